import type { Database, Tx } from '@trm/platform';
import { type EntryChange, type EntryFields, EntryWriter, type NewEntry } from './entry-writer.js';

const COLUMNS: Readonly<Record<keyof EntryFields, string>> = {
  name: 'name',
  teamName: 'team_name',
  raceNumber: 'race_number',
  classId: 'class_id',
  vehicleId: 'vehicle_id',
  status: 'status',
  statusReason: 'status_reason',
  waitingSince: 'waiting_since',
};

/**
 * Writes in SQL for somebody who pressed a button in the Admin UI: Directus vouches for the person there, but hands
 * out no token. Whoever uses it has checked the person's role; author and reason are recorded as elsewhere.
 */
export class SqlEntryWriter extends EntryWriter {
  constructor(
    private readonly db: Database,
    private readonly userId: string,
  ) {
    super();
  }

  override async create(entry: NewEntry): Promise<void> {
    const { entryId, eventId, crew, devices, ...fields } = entry;
    await this.inOneTransaction(async (tx) => {
      const [names, values] = assignments(fields);
      const all = ['id', 'event_id', 'created_by', 'updated_by', ...names];
      await tx.query(
        `INSERT INTO entries (${all.join(', ')}) VALUES (${all.map((_, at) => `$${at + 1}`).join(', ')})`,
        [entryId, eventId, this.userId, this.userId, ...values],
      );
      await this.children(tx, { entryId, crew: { add: crew }, devices: { bind: devices } });
    });
  }

  override async change(change: EntryChange): Promise<void> {
    await this.inOneTransaction(async (tx) => {
      // Crew and trackers first: the status that they make possible comes last.
      await this.children(tx, change);
      const [names, values] = assignments(change.fields ?? {});
      if (names.length === 0) return;
      const set = names.map((name, at) => `${name} = $${at + 3}`);
      await tx.query(
        `UPDATE entries SET ${[...set, 'updated_by = $2', 'updated_at = clock_timestamp()'].join(', ')} WHERE id = $1`,
        [change.entryId, this.userId, ...values],
      );
    });
  }

  private async children(tx: Tx, { entryId, crew, devices, checks }: EntryChange): Promise<void> {
    if (crew?.remove?.length)
      await tx.query(`DELETE FROM entry_crew WHERE entry_id = $1 AND id = ANY ($2::uuid[])`, [
        entryId,
        crew.remove,
      ]);
    for (const { personId, role } of crew?.add ?? [])
      await tx.query(
        `INSERT INTO entry_crew (entry_id, user_id, role, created_by, updated_by) VALUES ($1, $2, $3, $4, $4)`,
        [entryId, personId, role, this.userId],
      );
    for (const { bindingId, at } of devices?.end ?? [])
      await tx.query(
        `UPDATE entry_devices SET valid_to = $3, updated_by = $4, updated_at = clock_timestamp()
          WHERE id = $1 AND entry_id = $2`,
        [bindingId, entryId, at, this.userId],
      );
    for (const { deviceId, wornBy, validFrom } of devices?.bind ?? [])
      await tx.query(
        `INSERT INTO entry_devices (entry_id, device_id, assigned_user_id, valid_from, created_by, updated_by)
         VALUES ($1, $2, $3, $4, $5, $5)`,
        [entryId, deviceId, wornBy, validFrom, this.userId],
      );
    for (const { item, state, waivedReason, checkedAt } of checks ?? [])
      await tx.query(
        `INSERT INTO entry_checks (entry_id, item, state, waived_reason, checked_at, checked_by, created_by, updated_by)
         VALUES ($1, $2, $3, $4, $5, $6, $6, $6)
         ON CONFLICT (entry_id, item) DO UPDATE
           SET state = excluded.state, waived_reason = excluded.waived_reason, checked_at = excluded.checked_at,
               checked_by = excluded.checked_by, updated_by = excluded.updated_by, updated_at = clock_timestamp()`,
        [entryId, item, state, waivedReason, checkedAt, this.userId],
      );
  }

  private async inOneTransaction(work: (tx: Tx) => Promise<void>): Promise<void> {
    await this.db.transaction(async (tx) => {
      await tx.query(`SELECT set_config('trm.actor', $1, true)`, [this.userId]);
      await work(tx);
    });
  }
}

function assignments(fields: EntryFields): [names: string[], values: unknown[]] {
  const given = (Object.keys(COLUMNS) as (keyof EntryFields)[]).filter((key) => fields[key] !== undefined);
  return [given.map((key) => COLUMNS[key]), given.map((key) => fields[key])];
}
