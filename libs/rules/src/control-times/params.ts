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
  readonly #values = new Map<string, Param>();
  readonly #pointer: string;

  /**
   * @param params of the control; those in `classes[classId]` win
   * @param pointer to them in the document
   */
  constructor(params: unknown, classId: string | null, pointer: string) {
    this.#pointer = pointer;
    this.#take(params, pointer);
    const classes = this.#values.get('classes');
    this.#values.delete('classes');
    const own = classId === null ? undefined : memberOf(classes?.value, classId);
    if (classId !== null) this.#take(own, `${pointer}/classes/${pointerStep(classId)}`);
  }

  /** Whether one of the names is there at all. */
  has(...names: readonly string[]): boolean {
    return names.some((name) => this.#values.has(name));
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
    for (const stem of stems) {
      for (const [unit, ms] of Object.entries(UNITS)) {
        const found = this.#values.get(`${stem}_${unit}`);
        if (found === undefined) continue;
        const value = typeof found.value === 'number' ? found.value * ms : parseHours(found.value);
        if (value !== undefined && value >= 0 && isDuration(value / 1000)) return Math.round(value);
        return this.#unreadable(found, 'a duration');
      }
      const found = this.#values.get(stem);
      if (found === undefined) continue;
      return (
        parseHours(found.value) ??
        this.#unreadable(
          found,
          `a duration: hours and minutes like "13:30", or a number under ${stem}_s, ${stem}_min or ${stem}_h`,
        )
      );
    }
    return undefined;
  }

  /** An object or array, for the mode to read. */
  raw(name: string): unknown {
    return this.#values.get(name)?.value;
  }

  /** Where a param is in the document, or would be. */
  pointerTo(name: string): string {
    return this.#values.get(name)?.pointer ?? `${this.#pointer}/${name}`;
  }

  /** Records that a param cannot be read. */
  refuse(name: string, what: string): undefined {
    return this.#unreadable(this.#values.get(name), what);
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
    for (const name of names) {
      const found = this.#values.get(name);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #take(params: unknown, pointer: string): void {
    if (params === undefined || params === null) return;
    if (typeof params !== 'object' || Array.isArray(params)) {
      this.#unreadable({ value: params, pointer }, 'an object');
      return;
    }
    for (const [name, value] of Object.entries(params)) {
      if (value === null || value === undefined) continue;
      const snake = name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
      this.#values.set(snake, { value, pointer: `${pointer}/${pointerStep(name)}` });
    }
  }

  #unreadable(param: Param | undefined, what: string): undefined {
    if (param === undefined) return;
    this.problems.push({
      code: 'PARAM_UNREADABLE',
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
