/**
 * What does opening a stage cost beside the bare rows?
 *   1. For each size, in interleaved rounds on an empty starts table: open a stage, then write the same rows by one
 *      INSERT … SELECT. Both start from the same fresh event.
 *   2. At the small size also through the SDK's createItems on a running Directus.
 *   3. Print medians and ratios; figures are of this machine, ratios are of the code.
 */
import 'reflect-metadata';
import { createDirectus, createItems, rest, staticToken } from '@directus/sdk';
import { Logger } from '@nestjs/common';
import { Database } from '@trm/platform';
import { stageUseCases } from '@trm/stage-opening';
import {
  cloneDatabase,
  seedEvent,
  seedMember,
  seedStage,
  startDirectus,
  type TestDatabase,
} from '@trm/testing';

const RAW = `
  INSERT INTO entry_segment_starts (entry_id, segment_id, start_list_id, start_position, group_no, target_at)
  SELECT n.id, g.id, $2, n.place, n.place, s.starts_at + (n.place - 1) * s.start_interval_seconds * interval '1 second'
                                                       + (g.sort_order * 180 + (g.sort_order - 1) * 600) * interval '1 second'
    FROM stages s
    JOIN (SELECT id, event_id, row_number() OVER (ORDER BY race_number) AS place
            FROM entries WHERE status = 'confirmed' AND event_id = (SELECT event_id FROM stages WHERE id = $1)) n
      ON n.event_id = s.event_id
    JOIN segments g ON g.stage_id = s.id
   WHERE s.id = $1`;

Logger.overrideLogger(false);
const server = await cloneDatabase();
const db = new Database({ url: server.url, poolSize: 4, applicationName: 'trm-api' });
const { openStage } = stageUseCases(db);
const { userId: authorId } = await seedMember(server, {
  organizationId: (await seedEvent(server, { entries: 0 })).organizationId,
  role: 'race-director',
});

try {
  const rows = [
    await compare('500 × 12', { entries: 500, segments: 12, rounds: 11, withSdk: true }),
    await compare('5,000 × 50', { entries: 5_000, segments: 50, rounds: 5, withSdk: false }),
  ];
  console.table(Object.fromEntries(rows));
} finally {
  await db.onApplicationShutdown();
  await server.drop();
}

/** One size: medians in milliseconds, and how often the opening's time fits into the others'. */
async function compare(
  size: string,
  {
    entries,
    segments,
    rounds,
    withSdk,
  }: { entries: number; segments: number; rounds: number; withSdk: boolean },
): Promise<[string, Record<string, string | number>]> {
  const event = await seedEvent(server, { entries });
  const opening: number[] = [];
  const raw: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const { stageId } = await seedStage(server, {
      eventId: event.eventId,
      segments,
      stage: { sort_order: round + 1 },
    });
    const { startListId } = await openStage.execute({ stageId, authorId, reason: null });
    const measures = [
      async () => opening.push(await timeOpening(server, event.eventId, segments)),
      async () => raw.push(await timeRaw(server, stageId, startListId, entries * segments)),
    ];
    for (const measure of round % 2 === 0 ? measures : measures.toReversed()) await measure();
    process.stderr.write(`${size}: round ${round + 1} of ${rounds}\n`);
  }
  const sdk = withSdk ? await timeSdk(server, event.eventId, segments) : undefined;
  const median = (values: number[]) =>
    values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
  // Each opening is compared with the raw insert of its own round: a slow moment of the machine hits both.
  const ratio = median(opening.map((milliseconds, round) => milliseconds / (raw[round] ?? Number.NaN)));
  return [
    size,
    {
      'opening ms': Math.round(median(opening)),
      'raw insert ms': Math.round(median(raw)),
      'opening ÷ raw': Number(ratio.toFixed(2)),
      'SDK ms': sdk === undefined ? '' : Math.round(sdk),
      'SDK ÷ opening': sdk === undefined ? '' : Number((sdk / median(opening)).toFixed(0)),
    },
  ];
}

async function emptyStarts(server: TestDatabase): Promise<void> {
  await server.query('TRUNCATE entry_segment_starts');
  await server.query('CHECKPOINT');
}

async function timeOpening(server: TestDatabase, eventId: string, segments: number): Promise<number> {
  const { stageId } = await seedStage(server, { eventId, segments, controls: true });
  await emptyStarts(server);
  const started = performance.now();
  await openStage.execute({ stageId, authorId, reason: null });
  return performance.now() - started;
}

async function timeRaw(
  server: TestDatabase,
  stageId: string,
  startListId: string,
  expected: number,
): Promise<number> {
  await emptyStarts(server);
  const started = performance.now();
  await db.transaction((tx) => tx.query(RAW, [stageId, startListId]));
  const milliseconds = performance.now() - started;
  const [written] = await server.query<{ n: number }>('SELECT count(*)::int AS n FROM entry_segment_starts');
  if (written?.n !== expected) throw new Error(`the raw insert wrote ${written?.n} rows, not ${expected}`);
  return milliseconds;
}

/** createItems of the same rows by an administrator; its activity log is part of what it costs. */
async function timeSdk(server: TestDatabase, eventId: string, segments: number): Promise<number> {
  const { stageId } = await seedStage(server, { eventId, segments });
  const { startListId } = await openStage.execute({ stageId, authorId, reason: null });
  const rows = await server.query<Record<string, unknown>>(
    `SELECT entry_id, segment_id, start_list_id, start_position, group_no, target_at FROM entry_segment_starts WHERE start_list_id = $1`,
    [startListId],
  );
  const directus = await startDirectus(server.url);
  try {
    const client = createDirectus(directus.url)
      .with(staticToken(process.env['DIRECTUS_ADMIN_TOKEN'] ?? ''))
      .with(rest());
    await emptyStarts(server);
    const started = performance.now();
    // The default body limit of Directus is 1 MB.
    for (let from = 0; from < rows.length; from += 2_000) {
      const part = rows.slice(from, from + 2_000);
      await client.request(
        createItems('entry_segment_starts' as never, part as never, { fields: ['id'] as never }),
      );
    }
    return performance.now() - started;
  } finally {
    await directus.stop();
  }
}
