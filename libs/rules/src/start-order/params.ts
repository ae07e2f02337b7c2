import type { Remarks } from './remarks.js';
import { quoted } from './words.js';

/** A setting with the place where it was found. */
export interface Param {
  readonly value: unknown;
  readonly pointer: string;
}

/** The settings that one pool's strategy sees: its own, else the stage's. */
export interface Params {
  /** The first of these names that is set; null counts as not set. */
  find(...names: readonly string[]): Param | undefined;
  /** A number of at least `min`, or a problem. */
  number(names: readonly string[], min: number): number | undefined;
  /** One of the words, or a problem. Compared without case. */
  choice<Word extends string>(
    names: readonly string[],
    words: Readonly<Record<string, Word>>,
  ): Word | undefined;
  /** True, or any word but "no", "none" and "false": "commissaires may" is a yes. */
  flag(...names: readonly string[]): boolean;
}

type Settings = Readonly<Record<string, unknown>>;

/** @param layers settings with the pointer of their object; the first layer that has a name wins */
export function readParams(layers: readonly (readonly [Settings, string])[], remarks: Remarks): Params {
  const find = (...names: readonly string[]): Param | undefined => {
    for (const [settings, pointer] of layers) {
      for (const name of names) {
        const value = settings[name];
        if (value !== undefined && value !== null) return { value, pointer: `${pointer}/${escaped(name)}` };
      }
    }
    return undefined;
  };
  return {
    find,
    number: (names, min) => {
      const param = find(...names);
      if (param === undefined) return undefined;
      const value = numberOf(param.value);
      if (value !== undefined && value >= min) return value;
      remarks.problem(
        'PARAM_INVALID',
        `"${names[0]}" is ${quoted(param.value)}. Enter a number of ${min} or more.`,
        param.pointer,
      );
      return undefined;
    },
    choice: (names, words) => {
      const param = find(...names);
      if (param === undefined) return undefined;
      const word = typeof param.value === 'string' ? words[param.value.trim().toLowerCase()] : undefined;
      if (word === undefined) {
        remarks.problem(
          'PARAM_INVALID',
          `"${names[0]}" is ${quoted(param.value)}. Choose one of: ${Object.keys(words).join(', ')}.`,
          param.pointer,
        );
      }
      return word;
    },
    flag: (...names) => {
      const value = find(...names)?.value;
      if (typeof value === 'string') return !['', 'no', 'none', 'false'].includes(value.trim().toLowerCase());
      return value === true || (typeof value === 'number' && value !== 0);
    },
  };
}

/** A finite number, or a text that is one. */
export function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value !== 'string' || value.trim() === '') return undefined;
  const number = Number(value);
  return Number.isFinite(number) ? number : undefined;
}

/** A JSON object, no array. */
export function settingsOf(value: unknown): Settings | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Settings)
    : undefined;
}

/** A name as a part of a JSON pointer. Source: RFC 6901 section 3. */
export function escaped(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}
