import { durationInWords, HOUR_MS } from '../../instants.js';
import { countFrom, unknown, unreadableRule } from '../count-from.js';
import { distanceOf, figure, KM_PER_MILE } from '../distance.js';
import type { Params } from '../params.js';
import type { ControlFacts, ModeAnswer } from '../types.js';

/**
 * Closes when somebody who left with the last start would come by at the slowest speed allowed: the broom wagon.
 * Sources: Rugby Racing Club (T = riders + 3 min a mile: one-minute gaps, 20 mph), Serres Rally (25 km/h).
 *
 * params
 *   min_speed_kmh or min_speed_mph
 *   distance_mi, distance_km   in place of the control's distanceKm
 *   from, from_control         see count-from.ts; the distance then counts from that control where both are known
 */
export function sweepSpeed(params: Params, facts: ControlFacts): ModeAnswer {
  const unit = params.named('min_speed_kmh', 'min_speed_mph') === 'min_speed_mph' ? 'mph' : 'km/h';
  const speed = params.positive(unit === 'mph' ? 'min_speed_mph' : 'min_speed_kmh');
  if (speed === undefined) {
    params.need('min_speed_kmh', 'the slowest speed allowed');
    return unreadableRule('a speed');
  }
  const distance = distanceOf(params, facts);
  if (distance === undefined) {
    params.need('distance_km', 'the distance of the control');
    return unreadableRule('a distance');
  }
  const from = countFrom(params, facts);
  if ('missing' in from) return unknown(from.missing);
  // A distance in the params is the rule's own; the control's counts from the start of the route.
  const isOwn = params.named('distance_mi', 'distance_km') !== undefined;
  const before = from.controlId === null || isOwn ? 0 : (facts.distanceKmOf(from.controlId) ?? 0);
  const km = distance.km - (from.controlId === facts.control.id ? 0 : before);
  const speedKmh = unit === 'mph' ? speed * KM_PER_MILE : speed;
  const travelMs = Math.round((Math.max(km, 0) / speedKmh) * HOUR_MS);
  const words = km === distance.km ? distance.because : `${figure(km)} km`;
  return {
    closesMs: from.ms + travelMs,
    because: `${from.because} + ${words} at ${figure(speed)} ${unit} = ${durationInWords(travelMs)}`,
  };
}
