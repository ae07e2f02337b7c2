import { randomUUID } from 'node:crypto';
import { NEEDS_NOTHING, seedMember, seedRun, type SeededRun, seedStage } from '@trm/testing';
import type { Database } from './recorder.js';

export interface Club extends SeededRun {
  readonly token: string;
  readonly formulaId: string;
  /** Trackers of the first crews, whose positions are only flagged one by one: the others have marks, which can be compared. */
  readonly withoutMarks: readonly string[];
}

/** Two rallies of two clubs: one with a stage that is running, one with a stage that is closed. */
export interface Race {
  readonly live: Club;
  readonly closed: Club;
  /** Its results can't be written before the faults have ended. */
  readonly cursedEntryId: string;
}

export async function seedRace(db: Database): Promise<Race> {
  const club = async (state: string) => {
    const run = await seedRun(db, { entries: 20, segments: 2, state });
    await db.query(`UPDATE geofences SET retroactive = true WHERE event_id = $1`, [run.eventId]);
    const [formula] = await db.query<{ id: string }>(
      `INSERT INTO penalty_formulas (event_id, name, scope, metric, unit, penalty) VALUES ($1, 'Late at a control', 'stage', 'lateness', 'min', '60') RETURNING id`,
      [run.eventId],
    );
    const { token } = await seedMember(db, { organizationId: run.organizationId, role: 'race-director' });
    return { ...run, token, formulaId: formula!.id, withoutMarks: run.imeis.slice(0, 6) };
  };
  const [live, closed] = [await club('running'), await club('closed')];
  // What the course was made of is no correction.
  await db.query(`DELETE FROM control.outbox`);
  return { live, closed, cursedEntryId: live.entryIds[19]! };
}

/** A rally whose stage can be opened: six entries are confirmed, and six more may be in time, or not. */
export interface Opening {
  readonly eventId: string;
  readonly stageId: string;
  readonly segments: number;
  readonly readyEntryIds: readonly string[];
  readonly lateEntryIds: readonly string[];
}

/** In one statement for each table, so that it can be made while the database comes and goes. */
export async function seedOpening(db: Database, organizationId: string): Promise<Opening> {
  const [event] = await db.query<{ id: string }>(
    `INSERT INTO events (organization_id, name, slug, discipline, starts_at, ends_at, timezone, status)
     VALUES ($1, $2, $2, 'rally', '2026-06-06T00:00Z', '2026-06-13T22:00Z', 'Europe/Tirane', 'published') RETURNING id`,
    [organizationId, `opening-${randomUUID().slice(0, 8)}`],
  );
  const eventId = event!.id;
  const [entryClass] = await db.query<{ id: string }>(
    `INSERT INTO classes (event_id, code, name, sort_order, crew_rules, crew_rules_reason) VALUES ($1, 'M', 'M', 1, $2, 'A class of the tests') RETURNING id`,
    [eventId, JSON.stringify(NEEDS_NOTHING)],
  );
  const entries = await db.query<{ id: string; race_number: number }>(
    `INSERT INTO entries (event_id, class_id, race_number, name) SELECT $1, $2, n, 'Crew ' || n FROM generate_series(1, 12) n RETURNING id, race_number`,
    [eventId, entryClass!.id],
  );
  const ids = entries.toSorted((a, b) => a.race_number - b.race_number).map(({ id }) => id);
  await db.query(`UPDATE entries SET status = 'confirmed' WHERE id = ANY ($1::uuid[])`, [ids.slice(0, 6)]);
  const segments = 2;
  const { stageId } = await seedStage(db, { eventId, segments });
  return { eventId, stageId, segments, readyEntryIds: ids.slice(0, 6), lateEntryIds: ids.slice(6) };
}
