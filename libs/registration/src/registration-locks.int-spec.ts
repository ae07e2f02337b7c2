import { cloneDatabase, seedClub, type SeededClub, type TestDatabase } from '@trm/testing';

/** What the database refuses whoever writes: places that are taken, and things that belong to others. */

let db: TestDatabase;
let ours: SeededClub;
let theirs: SeededClub;

beforeAll(async () => {
  db = await cloneDatabase();
  ours = await seedClub(db, { discipline: 'rally', vehicleKind: 'moto' });
  theirs = await seedClub(db, { discipline: 'rally', vehicleKind: 'moto' });
});
afterAll(() => db.drop());

/** The rule that refuses a statement; undefined when it is carried out. */
const refusal = (sql: string, values: readonly unknown[]) =>
  db.query(sql, values).then(
    () => undefined,
    ({ message }: Error) => /^\[([A-Z_]+)\]/.exec(message)?.[1] ?? message,
  );
const entry = async (name: string, fields: Readonly<Record<string, unknown>> = {}) => {
  const columns = { event_id: ours.event.eventId, class_id: ours.event.classId, name, ...fields };
  const names = Object.keys(columns);
  const [row] = await db.query<{ id: string }>(
    `INSERT INTO entries (${names.join(', ')}) VALUES (${names.map((_, at) => `$${at + 1}`).join(', ')}) RETURNING id`,
    Object.values(columns),
  );
  return row!.id;
};
const waitingSince = async (id: string) =>
  (
    await db.query<{ waiting_since: Date | null }>('SELECT waiting_since FROM entries WHERE id = $1', [id])
  )[0]!.waiting_since;

describe('places in a class', () => {
  const limit = (capacity: number | null) =>
    db.query('UPDATE classes SET capacity = $2 WHERE id = $1', [ours.event.classId, capacity]);

  it('are never given twice, and free ones go to whoever waits longest', async () => {
    await limit(1);
    const holder = await entry('Holder');
    await expect(entry('Too late')).rejects.toThrow(/^\[CLASS_FULL\]/);
    // A moment of long ago gains nothing.
    const first = await entry('First in the queue', { waiting_since: new Date('2020-01-01') });
    const second = await entry('Jumps the queue', { waiting_since: new Date('2019-01-01') });
    expect((await waitingSince(second))!.getTime()).toBeGreaterThan((await waitingSince(first))!.getTime());
    expect(await refusal(`UPDATE entries SET waiting_since = NULL WHERE id = $1`, [second])).toBe(
      'CLASS_FULL',
    );
    expect(
      await refusal(`UPDATE entries SET status = 'confirmed', race_number = 1 WHERE id = $1`, [second]),
    ).toBe('ENTRY_IS_WAITING');

    await db.query(`UPDATE entries SET status = 'withdrawn' WHERE id = $1`, [holder]);
    expect([await waitingSince(first), (await waitingSince(second)) === null]).toEqual([null, false]);
    await limit(2);
    expect(await waitingSince(second)).toBeNull();
    await limit(null);
  });

  it('hold under concurrency: of twenty at once three get the three that are left', async () => {
    await db.query(`UPDATE entries SET status = 'withdrawn' WHERE event_id = $1 AND status <> 'withdrawn'`, [
      ours.event.eventId,
    ]);
    await limit(3);
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, (_, n) => entry(`Racer ${n}`)));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
    await limit(null);
  });
});

describe('things of others', () => {
  const join = (entryId: string, actor: string) =>
    refusal(`INSERT INTO entry_crew (entry_id, user_id, role, created_by) VALUES ($1, $2, 'rider', $2)`, [
      entryId,
      actor,
    ]);

  it('nobody makes himself the crew of an entry of somebody else, or of an own one that is confirmed', async () => {
    const [me, other] = ours.people;
    const foreign = await entry('Of somebody else', { created_by: other!.userId });
    const own = await entry('My own', { created_by: me!.userId });
    expect(await join(foreign, me!.userId)).toBe('ENTRY_OF_OTHERS');
    expect(await join(own, me!.userId)).toBeUndefined();
    expect(await join(foreign, ours.director.userId)).not.toBe('ENTRY_OF_OTHERS');
    await db.query(`UPDATE entries SET status = 'withdrawn' WHERE id = $1`, [own]);
    const late = `INSERT INTO entry_crew (entry_id, user_id, role, created_by) VALUES ($1, $2, 'rider', $3)`;
    expect(await refusal(late, [own, other!.userId, me!.userId])).toBe('CREW_IS_FIXED');
  });

  it('nobody lists a vehicle or a tracker that another organisation has', async () => {
    const list = (thing: string, id: string | null, organizationId: string, actor: string) =>
      refusal(
        `INSERT INTO organization_${thing}s (organization_id, ${thing}_id, created_by) VALUES ($1, $2, $3)`,
        [organizationId, id, actor],
      );
    const [device] = await db.query<{ id: string }>('SELECT id FROM devices WHERE imei = $1', [
      theirs.imeis[0],
    ]);
    expect(await list('vehicle', theirs.vehicleId, ours.organizationId, ours.director.userId)).toBe(
      'VEHICLE_OF_OTHER_ORGANISATION',
    );
    expect(await list('device', device!.id, ours.organizationId, ours.director.userId)).toBe(
      'TRACKER_OF_OTHER_ORGANISATION',
    );
    const [made] = await db.query<{ id: string }>(
      `INSERT INTO vehicles (kind, make, created_by) VALUES ('moto', 'New', $1) RETURNING id`,
      [ours.people[0]!.userId],
    );
    expect(await list('vehicle', made!.id, theirs.organizationId, theirs.director.userId)).toBe(
      'VEHICLE_OF_OTHER_ORGANISATION',
    );
    expect(await list('vehicle', made!.id, ours.organizationId, ours.director.userId)).toBeUndefined();
  });
});
