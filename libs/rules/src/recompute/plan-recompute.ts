import type {
  RecomputeLayer,
  RecomputePlan,
  RecomputeReason,
  RecomputeScope,
  RowChange,
  StartsChange,
} from './types.js';

const FROM_CROSSINGS: readonly RecomputeLayer[] = ['crossings', 'penalties', 'results'];
const FROM_PENALTIES: readonly RecomputeLayer[] = ['penalties', 'results'];
const RESULTS_ONLY: readonly RecomputeLayer[] = ['results'];

type Row = Readonly<Record<string, unknown>>;

/** What the change of one field sets going. */
interface FieldRule {
  readonly layers: readonly RecomputeLayer[];
  /** Another reason than the table's. */
  readonly reason?: RecomputeReason;
}

interface TableRule {
  readonly reason: RecomputeReason;
  /** Fields that can alter a result; whatever is not named here cannot. */
  readonly fields: Readonly<Record<string, FieldRule>>;
  /** What a new or deleted row sets going; null for nothing. */
  readonly wholeRow: readonly RecomputeLayer[] | null;
  /** Changes that reach nothing in spite of their fields. */
  readonly spares?: (change: RowChange) => boolean;
  readonly reaches: (change: RowChange) => readonly RecomputeScope[];
}

const crossings = { layers: FROM_CROSSINGS } satisfies FieldRule;
const penalties = { layers: FROM_PENALTIES } satisfies FieldRule;
const results = { layers: RESULTS_ONLY } satisfies FieldRule;

/**
 * Which change of the catalogue reaches what.
 *
 * Sources: a shape reaches those who were near the old or the new one; a new waypoint is missed by everybody who did
 * not go there, so it reaches all. A formula or geofence that is not retroactive reaches only stages that open later,
 * where nothing is computed yet. The moves between registered, confirmed, started and finished follow the race, they
 * do not alter it. Trackers: only the stages in whose time the binding differs. A crossing that a program found is
 * itself a result; one by hand is a decision.
 */
const RULES: Readonly<Record<string, TableRule>> = {
  geofences: {
    reason: 'geometry_changed',
    fields: { area: crossings, direction: crossings, kind: crossings, retroactive: crossings },
    wholeRow: FROM_CROSSINGS,
    spares: isNotRetroactive,
    reaches: (change) => [
      {
        kind: 'near-geofence',
        eventId: text(change, 'event_id'),
        geofenceId: text(change, 'id'),
        shapes: both(change, 'area'),
      },
    ],
  },
  waypoints: {
    reason: 'waypoint_changed',
    fields: {
      location: penalties,
      open_radius_m: penalties,
      tolerance_m: penalties,
      kind: penalties,
      sequential: penalties,
      sort_order: penalties,
      segment_id: penalties,
      missed_penalty_formula_id: penalties,
    },
    wholeRow: FROM_PENALTIES,
    reaches: (change) => ofSegments(change),
  },
  speed_limit_zones: {
    reason: 'geometry_changed',
    fields: {
      area: penalties,
      limit_kmh: penalties,
      grace_kmh: penalties,
      penalty_formula_id: penalties,
      segment_id: penalties,
    },
    wholeRow: FROM_PENALTIES,
    reaches: (change) =>
      both(change, 'segment_id').map((segmentId) => ({
        kind: 'near-segment',
        segmentId: String(segmentId),
        shapes: both(change, 'area'),
      })),
  },
  segments: {
    reason: 'timing_changed',
    fields: {
      entry_geofence_id: crossings,
      exit_geofence_id: crossings,
      type: crossings,
      sort_order: crossings,
      stage_id: crossings,
      target_duration_seconds: penalties,
      max_duration_seconds: penalties,
      bogey_seconds: penalties,
      break_seconds: penalties,
      lead_time_seconds: penalties,
      closing_rule: penalties,
      enforcement: penalties,
    },
    wholeRow: FROM_CROSSINGS,
    reaches: (change) => [
      ...both(change, 'stage_id').map((stageId): RecomputeScope => ({
        kind: 'stage',
        stageId: String(stageId),
      })),
      ...besides(change),
    ],
  },
  events: {
    reason: 'replay',
    fields: { status: crossings },
    wholeRow: null,
    // As with a stage below: an official event keeps its results until it is opened again.
    spares: ({ before, after }) => !isOfficial(before) || isOfficial(after),
    reaches: (change) => [{ kind: 'event', eventId: text(change, 'id') }],
  },
  stages: {
    reason: 'replay',
    fields: { state: crossings },
    wholeRow: null,
    // What was corrected while the results were official follows when they are opened again, and only then.
    spares: ({ before }) => before?.['state'] !== 'official',
    reaches: (change) => [{ kind: 'stage', stageId: text(change, 'id') }],
  },
  penalty_formulas: {
    reason: 'formula_changed',
    fields: Object.fromEntries(
      [
        'applies_to_classes',
        'bracket_mode',
        'brackets',
        'cap',
        'enabled',
        'metric',
        'offence_max',
        'offence_min',
        'operator',
        'penalty',
        'penalty_unit',
        'per',
        'repeat',
        'retroactive',
        'rounding',
        'scope',
        'stacking',
        'status_effect',
        'unit',
        'valid_from_stage_id',
      ].map((field) => [field, penalties]),
    ),
    wholeRow: FROM_PENALTIES,
    spares: isNotRetroactive,
    reaches: (change) => [{ kind: 'event', eventId: text(change, 'event_id') }],
  },
  entry_devices: {
    reason: 'device_changed',
    fields: { device_id: crossings, entry_id: crossings, valid_from: crossings, valid_to: crossings },
    wholeRow: FROM_CROSSINGS,
    reaches: spansOfBinding,
  },
  devices: {
    reason: 'device_changed',
    // The kind says which of several trackers is believed.
    fields: { imei: crossings, kind: crossings },
    wholeRow: null,
    reaches: (change) => [{ kind: 'device', deviceId: text(change, 'id') }],
  },
  entries: {
    reason: 'entry_changed',
    // The reason of a retirement begins with a code, and says whether the time of its stage stands.
    fields: { status: results, status_reason: results, class_id: penalties },
    wholeRow: null,
    spares: ({ before, after, changed }) =>
      !changed.includes('class_id') && followsTheRace(before) && followsTheRace(after),
    reaches: (change) => [{ kind: 'entry', entryId: text(change, 'id') }],
  },
  entry_penalties: {
    reason: 'penalty_changed',
    fields: {
      value: results,
      unit: results,
      status: results,
      type: results,
      stage_id: results,
      entry_id: results,
    },
    wholeRow: RESULTS_ONLY,
    reaches: ({ before, after }) =>
      [before, after].flatMap((row) =>
        row === null
          ? []
          : [
              {
                kind: 'stage' as const,
                stageId: String(row['stage_id']),
                entryIds: [String(row['entry_id'])],
              },
            ],
      ),
  },
  entry_crossings: {
    reason: 'manual_correction',
    fields: {
      entry_id: penalties,
      ts: penalties,
      direction: penalties,
      geofence_id: penalties,
      source: penalties,
    },
    wholeRow: FROM_PENALTIES,
    spares: ({ before, after }) => before?.['source'] !== 'manual' && after?.['source'] !== 'manual',
    reaches: (change) =>
      both(change, 'entry_id').map((entryId) => ({ kind: 'entry', entryId: String(entryId) })),
  },
};

/** Tables whose changes are looked at; each has a trigger that captures them. */
export const TABLES_THAT_MATTER: readonly string[] = Object.keys(RULES);

/**
 * What a changed row of the catalogue sets going.
 *
 * @param change as the trigger wrote it down
 * @returns null when no result can differ: no field that matters has changed, or the change does not reach back
 */
export function planRecompute(change: RowChange): RecomputePlan | null {
  const rule = RULES[change.table];
  if (rule === undefined || rule.spares?.(change) === true) return null;
  const layers = widest(
    change.operation === 'update'
      ? change.changed.flatMap((field) =>
          Object.hasOwn(rule.fields, field) ? [rule.fields[field]!.layers] : [],
        )
      : rule.wholeRow === null
        ? []
        : [rule.wholeRow],
  );
  if (layers.length === 0) return null;
  return { reason: isRejoin(change) ? 'rejoin' : rule.reason, layers, scopes: rule.reaches(change) };
}

/**
 * What changed starts set going: the time that a segment is counted from, and with it the fixes that are looked at. A
 * stage ends for an entry when its next one begins, so a stage between the same fences is computed again as well.
 */
export function planRecomputeOfStarts(change: StartsChange): RecomputePlan | null {
  if (change.entryIds.length === 0 || change.changed.length === 0) return null;
  const onlyActual = change.operation === 'update' && change.changed.every((field) => field === 'actual_at');
  return {
    reason: onlyActual ? 'timing_changed' : 'start_list_changed',
    layers: FROM_CROSSINGS,
    scopes: [{ kind: 'starts', stageId: change.stageId, entryIds: change.entryIds }],
  };
}

const widest = (all: readonly (readonly RecomputeLayer[])[]): readonly RecomputeLayer[] =>
  all.reduce((best, layers) => (layers.length > best.length ? layers : best), []);

/** A shape or formula that reaches only stages that open later, before the change as well as after it. */
function isNotRetroactive({ before, after }: RowChange): boolean {
  return [before, after].every((row) => row === null || row['retroactive'] === false);
}

const followsTheRace = (row: Row | null): boolean =>
  ['registered', 'confirmed', 'started', 'finished'].includes(String(row?.['status']));

const isOfficial = (event: Row | null): boolean =>
  ['official', 'archived'].includes(String(event?.['status']));

const isRejoin = ({ table, before, after }: RowChange): boolean =>
  table === 'entries' && before?.['status'] === 'dnf' && after?.['status'] === 'started';

/** Stages between the same fences as a segment that was given others, before or now: one ends where the next begins. */
function besides(change: RowChange): readonly RecomputeScope[] {
  const ends = ['entry_geofence_id', 'exit_geofence_id'];
  if (change.operation === 'update' && !change.changed.some((field) => ends.includes(field))) return [];
  const geofenceIds = [...new Set(ends.flatMap((end) => both(change, end)).map(String))];
  return geofenceIds.length === 0
    ? []
    : [{ kind: 'beside-stage', stageId: text(change, 'stage_id'), geofenceIds }];
}

function ofSegments(change: RowChange): readonly RecomputeScope[] {
  const segments = both(change, 'segment_id').map(String);
  // Moved: those who came near neither the old nor the new place missed it before and miss it now.
  const onlyMoved =
    change.operation === 'update' &&
    change.changed.every((field) => field === 'location' || field === 'name');
  return segments.map((segmentId) =>
    onlyMoved
      ? { kind: 'near-segment', segmentId, shapes: both(change, 'location') }
      : { kind: 'segment', segmentId },
  );
}

/** The spans of time in which a tracker belongs to another entry than before. */
function spansOfBinding({ before, after }: RowChange): readonly RecomputeScope[] {
  const whole = (row: Row): RecomputeScope => ({
    kind: 'entry',
    entryId: String(row['entry_id']),
    from: instantOf(row['valid_from']),
    to: instantOf(row['valid_to']),
  });
  if (before === null || after === null)
    return [before, after].flatMap((row) => (row === null ? [] : [whole(row)]));
  if (before['entry_id'] !== after['entry_id'] || before['device_id'] !== after['device_id']) {
    return [whole(before), whole(after)];
  }
  const entryId = String(after['entry_id']);
  return ['valid_from', 'valid_to'].flatMap((end): RecomputeScope[] => {
    const [a, b] = [instantOf(before[end]), instantOf(after[end])];
    if (a === b) return [];
    if (a === null || b === null) return [{ kind: 'entry', entryId, from: a ?? b, to: null }];
    const [from, to] = Date.parse(a) < Date.parse(b) ? [a, b] : [b, a];
    return [{ kind: 'entry', entryId, from, to }];
  });
}

const instantOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);

/** The values of a field before and after the change, without doubles and nothing. */
function both({ before, after }: RowChange, field: string): readonly unknown[] {
  const values = [before?.[field], after?.[field]].filter((value) => value !== undefined && value !== null);
  const unlike = JSON.stringify(values[0]) !== JSON.stringify(values[1]);
  return values.length === 2 && !unlike ? values.slice(0, 1) : values;
}

const text = ({ before, after }: RowChange, field: string): string => String((after ?? before)?.[field]);
