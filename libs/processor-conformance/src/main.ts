#!/usr/bin/env node
import { parseArgs } from 'node:util';
import { CONFORMANCE_CASES } from './cases.js';
import { runConformance } from './run-conformance.js';

const USAGE = `usage: trm-processor-conformance --database <url> --redis <url> [--prefix <p>] [--only <id,id>] -- <command…>

  --database  a database with the schema of the control plane that nothing else uses; its processes must not run on it
  --redis     redis://, rediss:// or unix:///path
  --prefix    of the queue; any that nobody else uses when left out
  --only      ids of cases, with commas between
  --list      prints the cases
  <command…>  starts the processor; it finds DATABASE_URL, REDIS_URL, QUEUE_PREFIX, PROCESSOR_LOCK_SECONDS and
              RECOMPUTE_VISIBLE_SECONDS in its environment
`;

process.exitCode = await main();

async function main(): Promise<number> {
  let given;
  try {
    given = parseArgs({
      allowPositionals: true,
      options: {
        database: { type: 'string' },
        redis: { type: 'string' },
        prefix: { type: 'string' },
        only: { type: 'string' },
        list: { type: 'boolean' },
      },
    });
  } catch (error) {
    return explain((error as Error).message);
  }
  const { values, positionals: command } = given;
  if (values.list === true) {
    for (const { id, title } of CONFORMANCE_CASES) process.stdout.write(`${id.padEnd(16)} ${title}\n`);
    return 0;
  }
  if (values.database === undefined || values.redis === undefined)
    return explain('Where are PostgreSQL and Redis?');
  if (command.length === 0) return explain('Which command starts the processor?');
  try {
    const { passed, cases, output } = await runConformance({
      databaseUrl: values.database,
      redisUrl: values.redis,
      command,
      ...(values.prefix !== undefined && { prefix: values.prefix }),
      ...(values.only !== undefined && { only: values.only.split(',') }),
      report: ({ id, title, passed, sentence, milliseconds }) =>
        process.stdout.write(
          `${passed ? 'passed' : 'FAILED'}  ${id.padEnd(16)} ${title} (${(milliseconds / 1_000).toFixed(1)} s)\n` +
            (passed ? '' : `        ${sentence}\n`),
        ),
    });
    const failed = cases.filter(({ passed }) => !passed).length;
    if (!passed) process.stdout.write(`\nThe processor printed last:\n${output.slice(-4_000)}\n`);
    process.stdout.write(`${cases.length - failed} passed, ${failed} failed\n`);
    return passed ? 0 : 1;
  } catch (error) {
    process.stderr.write(`The suite can't run. ${(error as Error).message}\n`);
    return 2;
  }
}

function explain(problem: string): number {
  process.stderr.write(`${problem}\n\n${USAGE}`);
  return 2;
}
