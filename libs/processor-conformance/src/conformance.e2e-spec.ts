import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { cloneDatabase, testEnvironment } from '@trm/testing';
import pLimit from 'p-limit';
import { CONFORMANCE_CASES } from './cases.js';
import { documentedPrograms, mutate, MUTANTS } from './documented-programs.fixture.js';
import { type ConformanceOptions, runConformance } from './run-conformance.js';

const run = promisify(execFile);
/** Below the repository, so that programs in it find its packages; the one that is tried lies in there as installed. */
const FOLDER = resolve(`packages/processor-contract/.tried-${randomUUID().slice(0, 8)}`);
const INSTALLED = join(FOLDER, 'node_modules/@trm/processor-contract');
const ALL = CONFORMANCE_CASES.map(({ id }) => id);

/** Processors are tried side by side, each on a database of its own: most of a case is waiting. */
const atOnce = pLimit(4);
const { withKit, plain, ofReadme } = documentedPrograms();

/** A program of the document, or nearly one, in the folder. @returns the command that starts it */
function program(name: string, text: string): string[] {
  const file = join(FOLDER, name);
  writeFileSync(file, text);
  return [process.execPath, file];
}

const onDatabase = <Result>(work: (databaseUrl: string) => Promise<Result>): Promise<Result> =>
  atOnce(async () => {
    const database = await cloneDatabase();
    try {
      return await work(database.url);
    } finally {
      await database.drop();
    }
  });

/** @returns the cases that failed, with what they said */
function failures(of: Pick<ConformanceOptions, 'command' | 'only'>): Promise<Record<string, string>> {
  return onDatabase(async (databaseUrl) => {
    const { cases } = await runConformance({
      databaseUrl,
      redisUrl: testEnvironment().redisUrl,
      patienceMs: 20_000,
      ...of,
    });
    return Object.fromEntries(
      cases.filter(({ passed }) => !passed).map(({ id, sentence }) => [id, sentence]),
    );
  });
}

let reference: Promise<Record<string, string>>;
let documented: Promise<{ stdout: string }>;
let documentedPlain: Promise<Record<string, string>>;
let readme: Promise<Record<string, string>>;
let mutants: Promise<Record<string, string>>[];

beforeAll(async () => {
  mkdirSync(INSTALLED, { recursive: true });
  const { stdout } = await run(process.execPath, ['scripts/pack-contract.mjs', testEnvironment().dir]);
  await run('tar', ['-xzf', stdout.trim(), '--strip-components=1', '-C', INSTALLED]);
  reference = failures({
    // Two of them run at once in one case.
    command: [
      'env',
      'PROCESSOR_PORT=0',
      'DIRECTUS_URL=http://127.0.0.1:1',
      process.execPath,
      'dist/apps/processor/src/main.js',
    ],
  });
  documented = onDatabase((databaseUrl) =>
    run(process.execPath, [
      join(INSTALLED, 'dist/processor-conformance/src/main.js'),
      '--database',
      databaseUrl,
      '--redis',
      testEnvironment().redisUrl,
      '--',
      ...program('with-kit.mts', withKit),
    ]).catch((failed: { stdout: string }) => ({ stdout: failed.stdout })),
  );
  documentedPlain = failures({ command: program('plain.mjs', plain) });
  readme = failures({
    command: program('readme.mjs', ofReadme),
    only: ['computed', 'unchanged', 'faulty-fixes'],
  });
  mutants = MUTANTS.map((mutant, index) =>
    failures({ command: program(`mutant-${index}.mjs`, mutate(plain, mutant)), only: mutant.tried }),
  );
});
afterAll(async () => {
  await Promise.allSettled([reference, documented, documentedPlain, readme, ...mutants]);
  rmSync(FOLDER, { recursive: true, force: true });
});

it('is kept by the reference processor', async () => {
  await expect(reference).resolves.toEqual({});
});

it('is kept by the program of the document, tried with the command of the package', async () => {
  const { stdout } = await documented;
  expect(stdout.split('\n').filter((line) => line.startsWith('FAILED'))).toEqual([]);
  expect(stdout).toContain(`${ALL.length} passed, 0 failed`);
});

it('is kept by the plain program of the document', async () => {
  await expect(documentedPlain).resolves.toEqual({});
});

it('is kept by the program of the README of the package', async () => {
  await expect(readme).resolves.toEqual({});
});

it.each(MUTANTS.map((mutant, index) => ({ ...mutant, index })))(
  'finds a processor that $mistake',
  async ({ index, found }) => {
    const failed = await mutants[index]!;
    expect(Object.keys(failed).toSorted()).toEqual(found.toSorted());
    expect(Object.values(failed).join()).not.toContain('The suite');
  },
);

it('has a mistake for each case', () => {
  expect([...new Set(MUTANTS.flatMap(({ found }) => found))].toSorted()).toEqual(ALL.toSorted());
});

it('brings schemas and types in the package', () => {
  const files = [
    'schemas/recompute-job.v1.json',
    'dist/index.d.ts',
    'dist/processor-conformance/src/index.d.ts',
    'README.md',
  ];
  expect(files.filter((file) => !existsSync(join(INSTALLED, file)))).toEqual([]);
});
