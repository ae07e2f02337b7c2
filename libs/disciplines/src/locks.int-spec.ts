import { cloneDatabase, seedClub, type SeededClub, type TestDatabase } from '@trm/testing';

/**
 * What no writer gets past, psql included: in each discipline an entry is confirmed as it should be, and every statement
 * that would leave it otherwise is refused with its rule and changes nothing.
 */

let db: TestDatabase;
beforeAll(async () => {
  db = await cloneDatabase();
});
afterAll(() => db.drop());

interface Kind {
  readonly discipline: 'rally' | 'time-trial' | 'regatta' | 'trail-run' | 'hike';
  readonly vehicleKind: string | null;
  readonly crewFormat?: string;
  /** One person for each. */
  readonly roles: readonly string[];
  readonly documents: readonly string[];
}

const KINDS: readonly Kind[] = [
  {
    discipline: 'rally',
    vehicleKind: 'car',
    roles: ['pilot', 'co-pilot'],
    documents: ['driving-licence', 'competition-licence', 'medical', 'insurance', 'vehicle-registration'],
  },
  { discipline: 'time-trial', vehicleKind: null, roles: ['rider'], documents: ['competition-licence'] },
  {
    discipline: 'regatta',
    vehicleKind: 'boat',
    roles: ['skipper', 'crew'],
    documents: ['insurance', 'measurement-certificate'],
  },
  {
    discipline: 'trail-run',
    vehicleKind: null,
    crewFormat: 'duo',
    roles: ['runner', 'runner'],
    documents: ['medical', 'emergency-contact'],
  },
  { discipline: 'hike', vehicleKind: null, roles: ['hiker', 'hiker'], documents: ['medical'] },
];

interface Seeded {
  readonly club: SeededClub;
  readonly entryId: string;
}

/** The rule that refuses a statement; undefined when it is carried out. */
const refusal = (sql: string, values: readonly unknown[]) =>
  db.query(sql, values).then(
    () => undefined,
    ({ message }: Error) => /^\[([A-Z_]+)\]/.exec(message)?.[1] ?? message,
  );

async function complete({ discipline, vehicleKind, crewFormat, roles, documents }: Kind): Promise<Seeded> {
  const club = await seedClub(db, {
    discipline,
    vehicleKind,
    ...(crewFormat !== undefined && { crewFormat }),
  });
  const [entry] = await db.query<{ id: string }>(
    `INSERT INTO entries (event_id, class_id, name, race_number, vehicle_id) VALUES ($1, $2, 'Crew', 1, $3) RETURNING id`,
    [club.event.eventId, club.event.classId, club.vehicleId],
  );
  const entryId = entry!.id;
  await db.query(
    `INSERT INTO entry_crew (entry_id, user_id, role) SELECT $1, person, role
       FROM unnest($2::uuid[], $3::text[]) AS listed(person, role)`,
    [entryId, club.people.slice(0, roles.length).map(({ userId }) => userId), roles],
  );
  // On the vehicle where there is one, else worn.
  await db.query(
    `INSERT INTO entry_devices (entry_id, device_id, assigned_user_id, valid_from)
     SELECT $1, id, $3, now() FROM devices WHERE imei = $2`,
    [entryId, club.imeis[0], vehicleKind === null ? club.people[0]!.userId : null],
  );
  await db.query(`UPDATE entry_checks SET state = 'passed' WHERE entry_id = $1 AND item = ANY ($2)`, [
    entryId,
    documents,
  ]);
  return { club, entryId };
}

const confirm = (entryId: string) =>
  refusal(`UPDATE entries SET status = 'confirmed' WHERE id = $1`, [entryId]);

async function confirmed(kind: Kind): Promise<Seeded> {
  const entry = await complete(kind);
  expect(await confirm(entry.entryId)).toBeUndefined();
  return entry;
}

/** Every row of the entry. */
const everything = async (entryId: string) =>
  db.query(
    `SELECT to_jsonb(n) AS entry,
            (SELECT jsonb_agg(to_jsonb(c) ORDER BY c.id) FROM entry_crew c WHERE c.entry_id = n.id) AS crew,
            (SELECT jsonb_agg(to_jsonb(b) ORDER BY b.id) FROM entry_devices b WHERE b.entry_id = n.id) AS trackers,
            (SELECT jsonb_agg(to_jsonb(k) ORDER BY k.id) FROM entry_checks k WHERE k.entry_id = n.id) AS checks
       FROM entries n WHERE n.id = $1`,
    [entryId],
  );

describe.each(KINDS)('a confirmed entry of a $discipline', (kind) => {
  let entry: Seeded;
  beforeAll(async () => {
    entry = await confirmed(kind);
  });

  const breaks: readonly (readonly [string, string, (entry: Seeded) => readonly unknown[]])[] = [
    ['CLASS_MISSING', 'UPDATE entries SET class_id = NULL WHERE id = $1', ({ entryId }) => [entryId]],
    [
      'RACE_NUMBER_MISSING',
      'UPDATE entries SET race_number = NULL WHERE id = $1',
      ({ entryId }) => [entryId],
    ],
    [
      'RACE_NUMBER_OUT_OF_RANGE',
      'UPDATE entries SET race_number = 400 WHERE id = $1',
      ({ entryId }) => [entryId],
    ],
    // Who wears the tracker stays in the crew, which is found first.
    [
      kind.vehicleKind === null ? 'WEARER_NOT_IN_CREW' : 'CREW_TOO_FEW',
      'DELETE FROM entry_crew WHERE entry_id = $1',
      ({ entryId }) => [entryId],
    ],
    [
      'CREW_ROLE_FORBIDDEN',
      'UPDATE entry_crew SET role = $2 WHERE entry_id = $1',
      ({ entryId }) => [entryId, kind.discipline === 'hike' ? 'runner' : 'hiker'],
    ],
    [
      'CREW_TOO_MANY',
      `INSERT INTO entry_crew (entry_id, user_id, role)
       SELECT $1, person, $3 FROM unnest($2::uuid[]) person`,
      ({ entryId, club }) => [
        entryId,
        club.people.slice(kind.roles.length).map(({ userId }) => userId),
        kind.roles[0],
      ],
    ],
  ];
  // Six hikers are a team, so that nothing here makes theirs too many.
  it.each(breaks.filter(([code]) => code !== 'CREW_TOO_MANY' || kind.discipline !== 'hike'))(
    'is not left with %s',
    async (code, sql, values) => {
      const before = await everything(entry.entryId);
      expect(await refusal(sql, values(entry))).toBe(code);
      expect(await everything(entry.entryId)).toEqual(before);
    },
  );

  it('is confirmed with its documents only; one that is found wrong later is written down', async () => {
    const { entryId } = await complete(kind);
    const check = (state: string) =>
      refusal(`UPDATE entry_checks SET state = $3 WHERE entry_id = $1 AND item = $2`, [
        entryId,
        kind.documents[0],
        state,
      ]);
    expect([await check('failed'), await confirm(entryId)]).toEqual([undefined, 'DOCUMENT_FAILED']);
    expect([await check('pending'), await confirm(entryId)]).toEqual([undefined, 'DOCUMENT_PENDING']);
    expect([await check('passed'), await confirm(entryId)]).toEqual([undefined, undefined]);
    expect(await check('failed')).toBeUndefined();
  });

  it('makes none but the moves of its status', async () => {
    const forbidden = ['finished', 'dnf', 'no such status'];
    for (const status of forbidden) {
      expect([
        status,
        await refusal(`UPDATE entries SET status = $2 WHERE id = $1`, [entry.entryId, status]),
      ]).not.toEqual([status, undefined]);
    }
    expect((await everything(entry.entryId))[0]).toMatchObject({ entry: { status: 'confirmed' } });
  });
});

describe('across', () => {
  it('a vehicle, a tracker and a person of another organisation are refused', async () => {
    const { entryId } = await confirmed(KINDS[0]!);
    const others = await seedClub(db, { discipline: 'rally', vehicleKind: 'car' });
    const before = await everything(entryId);
    const tries = [
      await refusal('UPDATE entries SET vehicle_id = $2 WHERE id = $1', [entryId, others.vehicleId]),
      await refusal(
        `INSERT INTO entry_devices (entry_id, device_id, valid_from) SELECT $1, id, now() FROM devices WHERE imei = $2`,
        [entryId, others.imeis[0]],
      ),
      await refusal(`INSERT INTO entry_crew (entry_id, user_id, role) VALUES ($1, $2, 'mechanic')`, [
        entryId,
        others.people[0]!.userId,
      ]),
    ];
    expect(tries).toEqual([
      'VEHICLE_OF_OTHER_ORGANISATION',
      'TRACKER_OF_OTHER_ORGANISATION',
      'PERSON_NOT_MEMBER',
    ]);
    expect(await everything(entryId)).toEqual(before);
  });

  it('a discipline does not become one that contradicts its entries, nor while a stage is open', async () => {
    const { club } = await confirmed(KINDS[0]!);
    expect(await refusal(`UPDATE events SET discipline = 'hike' WHERE id = $1`, [club.event.eventId])).toBe(
      'DISCIPLINE_CONTRADICTS_ENTRIES',
    );
    const empty = await seedClub(db, { discipline: 'rally', vehicleKind: 'moto' });
    await db.query(`DELETE FROM classes WHERE event_id = $1`, [empty.event.eventId]);
    expect(
      await refusal(`UPDATE events SET discipline = 'hike' WHERE id = $1`, [empty.event.eventId]),
    ).toBeUndefined();
  });

  it('a class does not come to forbid what was confirmed in it', async () => {
    const { club } = await confirmed(KINDS[0]!);
    const change = (sql: string) => refusal(`UPDATE classes SET ${sql} WHERE id = $1`, [club.event.classId]);
    expect(await change(`vehicle_kind = 'truck'`)).toBe('CLASS_CONTRADICTS_ENTRIES');
    expect(await change('number_from = 50')).toBe('CLASS_CONTRADICTS_ENTRIES');
    expect(await change('min_age = 70')).toBe('CLASS_CONTRADICTS_ENTRIES');
    expect(await change('capacity = 0')).not.toBeUndefined();
    expect(await change(`name = 'Cars'`)).toBeUndefined();
  });

  it('a crew is put right in one transaction, in any order', async () => {
    const { club, entryId } = await confirmed(KINDS[0]!);
    const swap = `WITH gone AS (DELETE FROM entry_crew WHERE entry_id = $1 AND role = 'co-pilot')
                  INSERT INTO entry_crew (entry_id, user_id, role) VALUES ($1, $2, 'navigator')`;
    expect(await refusal(swap, [entryId, club.people[3]!.userId])).toBeUndefined();
  });
});
