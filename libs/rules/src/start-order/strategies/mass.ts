import { byRaceNumber } from '../competitor.js';
import { numberOf, settingsOf } from '../params.js';
import { clock } from '../words.js';
import type { PoolOrder, StrategyRequest } from './strategy.js';

/**
 * Everybody of the pool starts at once; the positions are by race number. With pools, each pool is a fleet that
 * starts its `gap_before_s` behind the fleet before.
 *
 * `params.signals`, `[{t, s}]` with t in seconds before (negative) the start, are told with every line. Source:
 * Racing Rules of Sailing 26: warning 5 min, preparatory 4 min, one-minute, start. With `next_class_warning` the
 * warning of a fleet is not before the start of the fleet in front of it, as the same rule wants it.
 */
export function mass(request: StrategyRequest): PoolOrder {
  const signals = readSignals(request);
  const earliest = Math.min(0, ...signals.map(({ t }) => t));
  const leadSeconds = request.params.flag('next_class_warning') ? -earliest : 0;
  const who = request.poolId === '' ? 'everybody starts' : `${request.poolId} starts`;
  return {
    ordered: request.entries.toSorted(byRaceNumber).map((entry) => ({ entry, fact: `${who} together` })),
    unplaced: [],
    timing: {
      kind: 'together',
      leadSeconds,
      inWords: (startMs) =>
        signals.map(({ t, s }) => `${s} ${clock(startMs + t * 1000, request.startsAt)}`).join(', '),
    },
  };
}

function readSignals({ params, remarks }: StrategyRequest): { readonly t: number; readonly s: string }[] {
  const param = params.find('signals');
  if (param === undefined) return [];
  if (!Array.isArray(param.value)) {
    remarks.problem('PARAM_INVALID', '"signals" is not a list of {t, s}.', param.pointer);
    return [];
  }
  return (param.value as readonly unknown[]).flatMap((item, index) => {
    const signal = settingsOf(item);
    const t = numberOf(signal?.['t']);
    const s = signal?.['s'];
    if (t !== undefined && typeof s === 'string') return [{ t, s: s.replace(/:\s*/, ', ') }];
    remarks.problem(
      'PARAM_INVALID',
      'A signal has a time "t" in seconds and a text "s".',
      `${param.pointer}/${index}`,
    );
    return [];
  });
}
