import { HOUR_MS, isDuration, MINUTE_MS, pointerStep } from '../instants.js';
import type { PlanRemark } from '../start-order/types.js';

const UNITS = { s: 1000, seconds: 1000, min: MINUTE_MS, minutes: MINUTE_MS, h: HOUR_MS, hours: HOUR_MS };

interface Param {
  readonly value: unknown;
  readonly pointer: string;
}

/**
 * The params of a control as one class sees them, read by name. Names are snake_case with the unit at the end;
 * camelCase is read as the same name. A param that cannot be read becomes a problem that points at it, and reads as
 * absent; names that no mode asks for are left alone.
 */
export class Params {
  readonly problems: PlanRemark[] = [];
  /** What the class says itself, then what the rule says for all. */
  readonly #layers: readonly Map<string, Param>[];
  readonly #pointer: string;

  /**
   * @param params of the control; those in `classes[classId]` win
   * @param pointer to them in the document
   */
  constructor(params: unknown, classId: string | null, pointer: string) {
    this.#pointer = pointer;
    const all = this.#read(params, pointer);
    const classes = all.get('classes')?.value;
    const own =
      classId === null
        ? new Map<string, Param>()
        : this.#read(memberOf(classes, classId), `${pointer}/classes/${pointerStep(classId)}`);
    // What a class sets to null, it does without.
    for (const [name, { value }] of own) if (value === null) all.delete(name);
    this.#layers = [own, all].map((layer) => new Map([...layer].filter(([, { value }]) => value !== null)));
  }

  /** The name under which one of them is there. */
  named(...names: readonly string[]): string | undefined {
    for (const layer of this.#layers) {
      const name = names.find((each) => layer.has(each));
      if (name !== undefined) return name;
    }
    return undefined;
  }

  /** A finite number under the first of the names that is there. */
  number(...names: readonly string[]): number | undefined {
    const found = this.#first(names);
    if (found === undefined) return undefined;
    const { value } = found;
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    return this.#unreadable(found, 'a number');
  }

  /** A number above zero: a distance, a speed, a factor. */
  positive(...names: readonly string[]): number | undefined {
    const value = this.number(...names);
    if (value === undefined || value > 0) return value;
    return this.#unreadable(this.#first(names), 'a number above zero');
  }

  /** A number that is not negative. */
  amount(...names: readonly string[]): number | undefined {
    const value = this.number(...names);
    if (value === undefined || value >= 0) return value;
    return this.#unreadable(this.#first(names), 'a number that is not negative');
  }

  /** A text that is not empty. */
  text(...names: readonly string[]): string | undefined {
    const found = this.#first(names);
    if (found === undefined) return undefined;
    if (typeof found.value === 'string' && found.value !== '') return found.value;
    return this.#unreadable(found, 'a text');
  }

  /** One of the values. */
  choice<Value extends string>(name: string, values: readonly Value[]): Value | undefined {
    const found = this.#first([name]);
    if (found === undefined) return undefined;
    const chosen = values.find((value) => value === found.value);
    return chosen ?? this.#unreadable(found, `one of ${values.join(', ')}`);
  }

  /** true unless the param says false. */
  unlessFalse(name: string): boolean {
    const found = this.#first([name]);
    if (found === undefined || found.value === true) return true;
    if (found.value !== false) this.#unreadable(found, 'true or false');
    return found.value !== false;
  }

  /**
   * A duration in milliseconds, under the first of the stems that is there with a unit (`limit_h: 13.5`), or as a
   * text of hours and minutes without one (`limit: "13:30"`).
   */
  duration(...stems: readonly string[]): number | undefined {
    const names = stems.flatMap((stem) => [...Object.keys(UNITS).map((unit) => `${stem}_${unit}`), stem]);
    const name = this.named(...names);
    if (name === undefined) return undefined;
    const { value } = this.#find(name) as Param;
    const unitMs = UNITS[name.slice(name.lastIndexOf('_') + 1) as keyof typeof UNITS];
    const isBare = stems.includes(name);
    const ms = typeof value === 'number' && !isBare ? value * unitMs : parseHours(value);
    if (ms !== undefined && ms >= 0 && isDuration(ms / 1000)) return Math.round(ms);
    return this.refuse(
      name,
      isBare
        ? `a duration: hours and minutes like "13:30", or a number under ${name}_s, ${name}_min or ${name}_h`
        : 'a duration',
    );
  }

  /** An object or array, for the mode to read. */
  raw(name: string): unknown {
    return this.#find(name)?.value;
  }

  /** Where a param is in the document, or would be. */
  pointerTo(name: string): string {
    return this.#find(name)?.pointer ?? `${this.#pointer}/${name}`;
  }

  /** Records that a param cannot be read. */
  refuse(name: string, what: string): undefined {
    return this.#unreadable(this.#find(name), what);
  }

  /** Records that a param is needed and absent, unless it is there and was found unreadable. */
  need(name: string, what: string): void {
    if (this.problems.length > 0) return;
    this.problems.push({
      code: 'PARAM_MISSING',
      message: `The rule lacks ${what}. Add "${name}" to its params.`,
      pointer: this.pointerTo(name),
    });
  }

  #first(names: readonly string[]): Param | undefined {
    const name = this.named(...names);
    return name === undefined ? undefined : this.#find(name);
  }

  #find(name: string): Param | undefined {
    return this.#layers.find((layer) => layer.has(name))?.get(name);
  }

  #read(params: unknown, pointer: string): Map<string, Param> {
    const values = new Map<string, Param>();
    if (params === undefined || params === null) return values;
    if (typeof params !== 'object' || Array.isArray(params)) {
      this.#unreadable({ value: params, pointer }, 'an object');
      return values;
    }
    for (const [name, value] of Object.entries(params)) {
      const snake = name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
      if (value !== undefined) values.set(snake, { value, pointer: `${pointer}/${pointerStep(name)}` });
    }
    return values;
  }

  #unreadable(param: Param | undefined, what: string): undefined {
    if (param === undefined) return;
    this.problems.push({
      code: 'PARAM_INVALID',
      message: `${JSON.stringify(param.value)} is not ${what}.`,
      pointer: param.pointer,
    });
  }
}

/** "13:30" and "13:30:15" → milliseconds. */
export function parseHours(text: unknown): number | undefined {
  const match = typeof text === 'string' ? /^(\d{1,4}):([0-5]\d)(?::([0-5]\d))?$/.exec(text.trim()) : null;
  if (match === null) return undefined;
  const [, hours, minutes, seconds = '0'] = match;
  return Number(hours) * HOUR_MS + Number(minutes) * MINUTE_MS + Number(seconds) * 1000;
}

/** The own member of an object, never one that it inherits. */
export function memberOf(object: unknown, name: string): unknown {
  if (typeof object !== 'object' || object === null || !Object.hasOwn(object, name)) return undefined;
  return (object as Record<string, unknown>)[name];
}
