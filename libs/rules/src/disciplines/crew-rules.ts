import { error } from './violations.js';
import { checkItems, type CrewRulesOverride, crewRoles, type Violation } from './types.js';
import { quoted } from './words.js';

/** What a class does differently, or why that cannot be read. */
export type CrewRulesRead = { readonly override: CrewRulesOverride } | { readonly violation: Violation };

const HIGHEST_COUNT = 100;

/** What each key may hold: whether a value fits, and the words for what would. */
const KEYS: Readonly<
  Record<keyof CrewRulesOverride, { fits: (value: unknown) => boolean; expected: string }>
> = {
  vehicle: oneOf('required', 'optional', 'forbidden'),
  crew: {
    fits: (value) =>
      isObject(value) &&
      Object.keys(value).length > 0 &&
      Object.entries(value).every(([key, count]) => isCrewLine(key) && isRange(count)) &&
      countsEachRoleOnce(Object.keys(value)),
    expected: `the least and the greatest number of each role, like {"pilot": [1, 1], "co-pilot+navigator": [0, 1], "total": [1, 2]}; roles are ${crewRoles.join(', ')}, each in one line`,
  },
  forbiddenRoles: listOf(crewRoles),
  devices: { fits: isRange, expected: 'the least and the greatest number of trackers, like [1, 4]' },
  documents: listOf(checkItems),
  readiness: listOf(checkItems),
  raceNumber: oneOf('required', 'optional'),
  class: oneOf('required', 'optional'),
};

/**
 * Reads what `classes.crew_rules` holds.
 *
 * @param value anything; null and an empty object change nothing
 * @returns the override, or a violation CREW_RULES_INVALID that points at the first part that cannot be read
 */
export function readCrewRules(value: unknown): CrewRulesRead {
  if (value === null || value === undefined) return { override: {} };
  if (!isObject(value)) {
    return invalid('', `The rules of a class are an object like {"devices": [1, 2]}, not ${quoted(value)}.`);
  }
  for (const [key, part] of Object.entries(value)) {
    if (!isKey(key)) {
      return invalid(
        `/${escaped(key)}`,
        `The rules of a class have no "${key}". Known are ${Object.keys(KEYS).join(', ')}.`,
      );
    }
    if (!KEYS[key].fits(part)) {
      return invalid(
        `/${key}`,
        `"${key}" in the rules of a class is ${KEYS[key].expected}, not ${quoted(part)}.`,
      );
    }
  }
  return { override: value };
}

function invalid(pointer: string, message: string): CrewRulesRead {
  return { violation: error('CREW_RULES_INVALID', `/class/crewRules${pointer}`, message) };
}

function isKey(key: string): key is keyof CrewRulesOverride {
  return Object.hasOwn(KEYS, key);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isRange(value: unknown): boolean {
  if (!Array.isArray(value) || value.length !== 2) return false;
  const [min, max] = value as readonly unknown[];
  return isCount(min) && isCount(max) && min <= max;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= HIGHEST_COUNT;
}

function isCrewLine(key: string): boolean {
  return key === 'total' || key.split('+').every((role) => isAmong(crewRoles, role));
}

function countsEachRoleOnce(keys: readonly string[]): boolean {
  const roles = keys.flatMap((key) => key.split('+'));
  return new Set(roles).size === roles.length;
}

function oneOf(...words: readonly string[]) {
  return { fits: (value: unknown) => isAmong(words, value), expected: `one of ${words.join(', ')}` };
}

function listOf(words: readonly string[]) {
  return {
    fits: (value: unknown) => Array.isArray(value) && value.every((each) => isAmong(words, each)),
    expected: `a list of ${words.join(', ')}`,
  };
}

function isAmong(words: readonly string[], value: unknown): boolean {
  return typeof value === 'string' && words.includes(value);
}

function escaped(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}
