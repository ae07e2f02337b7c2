import type { ControlTime, PublishedLine, PublishedStage } from './publications-store.js';

const MINUTE_MS = 60_000;

/** A stage with `count` starters, one a minute from 07:00 in Tirana, for the specs of the renderers. */
export function publishedStage(
  count: number,
  change: Partial<PublishedStage> = {},
  eachLine: (index: number) => Partial<PublishedLine> = () => ({}),
): PublishedStage {
  const firstMs = Date.parse('2026-06-07T05:00:00Z');
  return {
    organisationName: 'Motor Sport Club Albania',
    eventName: 'Rally Albania 2026',
    timezone: 'Europe/Tirane',
    stageId: '00000000-0000-4000-8000-000000000001',
    stageName: 'Leg 1 Tirana – Krujë',
    stageState: 'open',
    startListId: '00000000-0000-4000-8000-000000000002',
    version: 2,
    strategy: 'previous_stage_result',
    reason: 'Late entry admitted, decision 4',
    checksum: '0123456789abcdef'.repeat(4),
    stale: false,
    publishedAt: new Date('2026-06-06T19:14:00Z'),
    publishedBy: 'Race Director',
    controls: [],
    ...change,
    lines:
      change.lines ??
      Array.from({ length: count }, (_, index) => ({
        position: index + 1,
        group: index + 1,
        entryId: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
        raceNumber: 301 + index,
        name: `Crew ${index + 1}`,
        classCode: 'M-1',
        startAt: new Date(firstMs + index * MINUTE_MS).toISOString(),
        because: `place ${index + 1} in Prologue`,
        ...eachLine(index),
      })),
  };
}

export function controlTime(change: Partial<ControlTime> = {}): ControlTime {
  return {
    segmentId: '00000000-0000-4000-8000-00000000000a',
    segmentName: 'SS1 Krujë – Qafë Shtamë',
    geofenceId: '00000000-0000-4000-8000-00000000000b',
    control: 'TC1 Krujë',
    controlKind: 'tc',
    classId: null,
    classCode: null,
    opensAt: new Date('2026-06-07T06:00:00Z'),
    closesAt: new Date('2026-06-07T10:17:00Z'),
    enforcement: 'strict',
    mode: 'last_due_plus',
    because: 'last crew due 11:47 + 30 min',
    ...change,
  };
}
