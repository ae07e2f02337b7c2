import type { Params } from './params.js';
import type { ControlFacts } from './types.js';

export const KM_PER_MILE = 1.609344;

/** A distance with the words that its rule was written in. */
export interface Distance {
  readonly km: number;
  readonly because: string;
}

/** The distance of the control: `distance_mi` or `distance_km` of its params, else its `distanceKm`. */
export function distanceOf(params: Params, { control }: ControlFacts): Distance | undefined {
  const name = params.named('distance_mi', 'distance_km');
  const given = name === undefined ? undefined : params.amount(name);
  if (name === 'distance_mi' && given !== undefined)
    return { km: given * KM_PER_MILE, because: `${figure(given)} mi` };
  const km = given ?? control.distanceKm ?? undefined;
  return km === undefined ? undefined : { km, because: `${figure(km)} km` };
}

/** A number as people write it: at most three decimals. */
export function figure(value: number): string {
  return String(Math.round(value * 1000) / 1000);
}
