import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { rulesCommands } from './commands.js';
import { documentCheck } from './document-schema.js';

const DOCS = 'docs/rules';
const EXAMPLES = join(DOCS, 'examples');
const read = (path: string) => JSON.parse(readFileSync(path, 'utf8'));

const examples = readdirSync(EXAMPLES)
  .filter((file) => !file.endsWith('.out.json'))
  .map((file) => {
    const [discipline = '', command = ''] = file.split('.');
    return { discipline, command, file };
  });

describe.each(examples)('docs/rules/examples/$file', ({ command, file }) => {
  const document = read(join(EXAMPLES, file));
  const answer = JSON.parse(JSON.stringify(rulesCommands.get(command)?.answer(document as never)));

  it('is answered as written beside it', () => {
    expect(answer).toEqual(read(join(EXAMPLES, file.replace('.json', '.out.json'))));
  });

  it('matches the schemas, as does its answer', () => {
    expect(() => documentCheck(command)(document)).not.toThrow();
    expect(() => documentCheck(command, 'output')(answer)).not.toThrow();
  });
});

it('there is an example of each command for each discipline', () => {
  const disciplines = ['rally', 'time-trial', 'regatta', 'trail-run', 'hike'];
  expect(examples.map(({ discipline, command }) => `${discipline}.${command}`).toSorted()).toEqual(
    disciplines
      .flatMap((discipline) => [...rulesCommands.keys()].map((command) => `${discipline}.${command}`))
      .toSorted(),
  );
});

describe.each([...rulesCommands.keys()])('the schemas of %s', (command) => {
  it.each(['input', 'output'] as const)('describe every field of the %s', (side) => {
    const schema = read(join(DOCS, `${command}.${side}.schema.json`));
    expect(undescribed(schema, '')).toEqual([]);
  });

  it('have examples that match', () => {
    const schema = read(join(DOCS, `${command}.input.schema.json`)) as { examples: unknown[] };
    for (const example of schema.examples) {
      expect(() => documentCheck(command)(example)).not.toThrow();
      const answer = JSON.parse(JSON.stringify(rulesCommands.get(command)?.answer(example as never)));
      expect(() => documentCheck(command, 'output')(answer)).not.toThrow();
    }
  });
});

interface Described {
  readonly title?: string;
  readonly description?: string;
  readonly examples?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Described>>;
  readonly items?: Described;
}

/** Fields that an official would have to guess at. */
function undescribed(schema: Described, path: string): string[] {
  return [
    ...Object.entries(schema.properties ?? {}).flatMap(([name, field]) => [
      ...(field.title && field.description && (field.examples || field.items) ? [] : [`${path}/${name}`]),
      ...undescribed(field, `${path}/${name}`),
    ]),
    ...(schema.items ? undescribed(schema.items, `${path}/items`) : []),
  ];
}
