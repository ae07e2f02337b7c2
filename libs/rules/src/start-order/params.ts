import type { StrategyParams } from './types.js';

/** Reads the first of these names that is there; regulations write the same thing in several ways. */
export function param(params: StrategyParams, ...names: readonly string[]): unknown {
  for (const name of names) if (params[name] !== undefined && params[name] !== null) return params[name];
  return undefined;
}

/** A number, also when it is written as text; undefined when it is missing or not one. */
export function numberParam(params: StrategyParams, ...names: readonly string[]): number | undefined {
  const value = param(params, ...names);
  const parsed = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof parsed === 'number' && Number.isFinite(parsed) ? parsed : undefined;
}

export function textParam(params: StrategyParams, ...names: readonly string[]): string | undefined {
  const value = param(params, ...names);
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : undefined;
}

/** A list of texts; numbers become texts, because ids and race numbers are written both ways. */
export function listParam(
  params: StrategyParams,
  ...names: readonly string[]
): readonly string[] | undefined {
  const value = param(params, ...names);
  return Array.isArray(value) ? value.map(String) : undefined;
}

/** true, or any text that does not say no: "commissaires may" is a yes that a person still decides about. */
export function flagParam(params: StrategyParams, ...names: readonly string[]): boolean {
  const value = param(params, ...names);
  return value === true || (typeof value === 'string' && !/^(no|false|never|)$/i.test(value.trim()));
}
