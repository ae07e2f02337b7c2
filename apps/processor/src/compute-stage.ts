import { fenceIndex, type SeenCrossing, type StageTime, timeStage } from '@trm/rules';
import { penaltyEvaluators } from './penalty-evaluators.js';
import type { StageFacts, Track } from './stage-facts.js';

/** A crossing that a tracker made. */
export interface TrackedCrossing {
  readonly fenceId: string;
  readonly deviceId: string;
  readonly direction: 'enter' | 'exit';
  readonly atMs: number;
  /** Where the segment began or ended with it. */
  readonly segmentId: string | null;
}

export interface StageOutcome {
  readonly crossings: readonly TrackedCrossing[];
  readonly status: 'pending' | 'classified' | 'dnf' | 'dns' | 'dsq';
  /** Milliseconds; null unless the entry has gone the whole stage. */
  readonly elapsedMs: number | null;
  readonly penaltyMs: number;
  readonly netMs: number | null;
}

/** Trackers from the best: fixed to the vehicle, then the spare, then what people carry. */
const TRACKERS_BY_TRUST = ['chassis', 'backup', 'body-worn', 'phone', 'satellite'];

/**
 * From the facts of an entry in a stage to its result; no input or output.
 *
 *  1. Find where each of its trackers entered and left the geofences of the stage.
 *  2. Time the segments from that, from what marshals set by hand and what timekeepers recorded.
 *  3. Ask the penalty evaluators.
 *  4. Say how the entry stands.
 */
export function computeStage(facts: StageFacts): StageOutcome {
  const index = fenceIndex([...facts.fences, ...facts.neighbourFences]);
  const ranked = facts.tracks.toSorted((a, b) => trust(a) - trust(b));
  const tracked = ranked.flatMap(({ deviceId, fixes }, position) =>
    index
      .crossings(fixes)
      .map(({ fenceId, direction, atMs }) => ({ fenceId, deviceId, direction, atMs, rank: position + 1 })),
  );
  const seen: SeenCrossing[] = [
    ...facts.manualCrossings.map((crossing) => ({ ...crossing, rank: 0 })),
    ...tracked,
  ];
  const time = timeStage(facts.course, seen, facts.neighbours);
  const own = new Set(facts.fences.map(({ id }) => id));
  const penaltyMs =
    facts.penaltyMs + penaltyEvaluators.reduce((sum, evaluate) => sum + evaluate(facts, time), 0);
  const status = statusOf(facts, time);
  const elapsedMs = status === 'pending' || status === 'classified' ? time.elapsedMs : null;
  return {
    crossings: once(tracked.filter(({ fenceId }) => own.has(fenceId))).map((crossing) => ({
      fenceId: crossing.fenceId,
      deviceId: crossing.deviceId,
      direction: crossing.direction,
      atMs: crossing.atMs,
      segmentId: segmentOf(crossing, facts, time),
    })),
    status,
    elapsedMs,
    penaltyMs,
    netMs: elapsedMs === null ? null : elapsedMs + penaltyMs,
  };
}

function trust({ kind }: Track): number {
  const place = TRACKERS_BY_TRUST.indexOf(kind);
  return place === -1 ? TRACKERS_BY_TRUST.length : place;
}

/** Two trackers may see the same crossing in the same tenth of a second: the better one keeps it. */
function once<Seen extends { fenceId: string; atMs: number; rank: number }>(
  tracked: readonly Seen[],
): readonly Seen[] {
  const kept = new Map<string, Seen>();
  for (const crossing of tracked) {
    const key = `${crossing.fenceId} ${crossing.atMs}`;
    const other = kept.get(key);
    if (other === undefined || crossing.rank < other.rank) kept.set(key, crossing);
  }
  return [...kept.values()];
}

function segmentOf(
  { fenceId, atMs }: { readonly fenceId: string; readonly atMs: number },
  { course }: StageFacts,
  { segments }: StageTime,
): string | null {
  const index = course.findIndex(
    ({ entryFence, exitFence }, place) =>
      (entryFence?.fenceId === fenceId && segments[place]?.startAtMs === atMs) ||
      (exitFence?.fenceId === fenceId && segments[place]?.finishAtMs === atMs),
  );
  return course[index]?.segmentId ?? null;
}

/** Reasons to retire that are about the stage just gone: its time does not stand, however complete it is. */
const OUT_OF_THE_STAGE = /^(otl|cutoff|missed_cp)\b/i;

/**
 * Who completes a stage is classified in it, also who retires, or does not start, later on. A stage in which an entry
 * retired and that it did not complete is over for it when it comes back for a later one. A disqualification is of all
 * stages.
 */
function statusOf(
  { entryStatus, statusReason, hasRetiredHere }: StageFacts,
  time: StageTime,
): StageOutcome['status'] {
  if (entryStatus === 'dsq') return 'dsq';
  if (entryStatus === 'withdrawn') return time.hasStarted ? 'dnf' : 'dns';
  const isOut = entryStatus === 'dnf' && hasRetiredHere && OUT_OF_THE_STAGE.test(statusReason ?? '');
  if (time.elapsedMs !== null && !isOut) return 'classified';
  if (entryStatus === 'dnf' || entryStatus === 'dns') return entryStatus;
  return hasRetiredHere ? 'dnf' : 'pending';
}
