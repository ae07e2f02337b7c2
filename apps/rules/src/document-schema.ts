import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseInstant } from '@trm/rules';
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import { DocumentProblem } from './document-problem.js';

/** A description of a command's documents: docs/rules/<command>.<side>.schema.json. */
export type Side = 'input' | 'output';

const FOLDER = findFolder(import.meta.dirname);
const SUGGESTION_EDITS = 3;

/**
 * A check of documents against the published schema.
 * @returns a function that throws a DocumentProblem pointing at the first field that does not match
 */
export function documentCheck(command: string, side: Side = 'input'): (document: unknown) => void {
  const schema = JSON.parse(readFileSync(join(FOLDER, `${command}.${side}.schema.json`), 'utf8'));
  const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, strictRequired: false, verbose: true });
  ajv.addFormat('date-time', (text: string) => parseInstant(text) !== undefined);
  const validate: ValidateFunction = ajv.compile(schema);
  return (document) => {
    if (validate(document)) return;
    const [error] = validate.errors ?? [];
    if (error) throw new DocumentProblem('DOCUMENT_INVALID', messageOf(error), pointerOf(error));
  };
}

/** The field that is wrong; one that is missing or unknown is named itself, not the object around it. */
function pointerOf({ instancePath, keyword, params }: ErrorObject): string {
  const member =
    keyword === 'required'
      ? params['missingProperty']
      : keyword === 'additionalProperties'
        ? params['additionalProperty']
        : undefined;
  if (member === undefined) return instancePath;
  return `${instancePath}/${String(member).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

function messageOf(error: ErrorObject): string {
  const { keyword, params, data, parentSchema, message = 'is not valid' } = error;
  const where = pointerOf(error) || 'The document';
  const value = JSON.stringify(data).slice(0, 80);
  switch (keyword) {
    case 'required':
      return `${where} is missing.`;
    case 'additionalProperties': {
      const known = Object.keys((parentSchema as { properties?: object } | undefined)?.properties ?? {});
      return `${where} is not known here. ${suggestion(String(params['additionalProperty']), known)}`;
    }
    case 'type':
      return `${where} must be ${[params['type']].flat().join(' or ')}, not ${value}.`;
    case 'enum':
      return `${where} must be one of ${(params['allowedValues'] as unknown[]).join(', ')}, not ${value}.`;
    case 'format':
      return `${where} is not an instant: ${value}. Write it with its zone, like 2026-06-07T07:00:00+02:00.`;
    default:
      return `${where} ${message}, but is ${value}.`;
  }
}

function suggestion(name: string, known: readonly string[]): string {
  const [nearest] = known
    .map((each) => ({ each, edits: editsBetween(name.toLowerCase(), each.toLowerCase()) }))
    .filter(({ edits }) => edits <= SUGGESTION_EDITS)
    .toSorted((a, b) => a.edits - b.edits);
  return nearest ? `Did you mean "${nearest.each}"?` : `Known are ${known.join(', ')}.`;
}

/** Levenshtein distance of two words. */
function editsBetween(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/** The program runs from the sources, from dist and from an image: the schemas are in a folder above it. */
function findFolder(from: string): string {
  const folder = join(from, 'docs/rules');
  if (existsSync(folder)) return folder;
  const above = dirname(from);
  if (above === from) throw new Error(`No folder above ${import.meta.dirname} holds docs/rules.`);
  return findFolder(above);
}
