import { readFileSync } from 'node:fs';

const DOCUMENT = 'docs/processor-contract.md';

const README = 'packages/processor-contract/README.md';

export interface DocumentedPrograms {
  readonly withKit: string;
  readonly plain: string;
  /** The one of the package's own README. */
  readonly ofReadme: string;
}

/** The complete programs of docs/processor-contract.md, in the order in which they stand there, and that of the README. */
export function documentedPrograms(): DocumentedPrograms {
  const [withKit, plain] = programsOf(DOCUMENT, 2);
  const [ofReadme] = programsOf(README, 1);
  return { withKit: withKit!, plain: plain!, ofReadme: ofReadme! };
}

function programsOf(file: string, expected: number): string[] {
  const blocks = [...readFileSync(file, 'utf8').matchAll(/^```[jt]s\n(.*?)^```/gms)].map(([, code]) => code!);
  if (blocks.length !== expected)
    throw new Error(`${file} should have ${expected} programs, it has ${blocks.length}.`);
  return blocks;
}

/** A program with a mistake in it, and the cases that must find it. */
export interface Mutant {
  readonly mistake: string;
  readonly edits: readonly (readonly [from: string, to: string])[];
  /** Cases that are tried; those of `found` among them must fail, and no other. */
  readonly tried: readonly string[];
  readonly found: readonly string[];
}

/** Mistakes of the plain program. */
export const MUTANTS: readonly Mutant[] = [
  {
    mistake: 'ignores that complete_recompute says false',
    edits: [['if (!done.rows[0].done) throw new Overtaken();', '']],
    tried: ['computed', 'done-before', 'overtaken', 'done-by-another'],
    found: ['done-by-another'],
  },
  {
    mistake: 'ignores that complete_recompute says false, and inserts results without looking for one',
    edits: [
      ['if (!done.rows[0].done) throw new Overtaken();', ''],
      [
        `
       ON CONFLICT (entry_id, stage_id) DO UPDATE
         SET status = excluded.status, elapsed_ms = excluded.elapsed_ms, net_ms = excluded.net_ms
         WHERE (r.status, r.elapsed_ms) IS DISTINCT FROM (excluded.status, excluded.elapsed_ms)`,
        '',
      ],
    ],
    tried: ['computed', 'done-by-another'],
    found: ['done-by-another'],
  },
  {
    mistake: 'takes GENERATION_SUPERSEDED for a reason to commit nothing but the results',
    edits: [
      [
        `const done = await client.query('SELECT control.complete_recompute($1, $2, $3) AS done', [...target, facts.generation]);`,
        `await client.query('SAVEPOINT s');
    const done = await client.query('SELECT control.complete_recompute($1, $2, $3) AS done', [...target, facts.generation])
      .catch(() => client.query('ROLLBACK TO s; SELECT true AS done').then(() => ({ rows: [{ done: true }] })));`,
      ],
    ],
    tried: ['computed', 'overtaken'],
    found: ['overtaken'],
  },
  {
    mistake: 'reads facts before the generation',
    edits: [
      [
        `const facts = await inTransaction(`,
        `const early = await pool.query('SELECT ts, speed_kmh FROM control.fixes_of($1, $2) ORDER BY ts', target);
  const facts = await inTransaction(`,
      ],
      [
        `const fixes = await client.query('SELECT ts, speed_kmh FROM control.fixes_of($1, $2) ORDER BY ts', target);`,
        'const fixes = early;',
      ],
    ],
    tried: ['computed', 'wish-meanwhile', 'one-snapshot', 'overtaken'],
    found: ['one-snapshot'],
  },
  {
    mistake: 'completes what the job said',
    edits: [['[...target, facts.generation]', '[...target, generation]']],
    tried: ['computed', 'newest-wish', 'wish-meanwhile'],
    found: ['newest-wish'],
  },
  {
    mistake: 'completes whatever is wanted when it writes',
    edits: [
      [
        '$1, $2, $3) AS done',
        '$1, $2, (SELECT greatest($3, t.generation) FROM control.recompute_targets t WHERE t.entry_id = $1 AND t.stage_id = $2)) AS done',
      ],
    ],
    tried: ['computed', 'newest-wish', 'wish-meanwhile'],
    found: ['wish-meanwhile'],
  },
  {
    mistake: 'does not say that it is computing',
    edits: [["await client.query(`SET LOCAL trm.computing = 'on'`);", '']],
    tried: ['computed', 'no-wish', 'unchanged'],
    found: ['no-wish'],
  },
  {
    mistake: 'tries unknown versions again',
    edits: [['throw new UnrecoverableError(`This', 'throw new Error(`This']],
    tried: ['computed', 'unknown-version', 'unknown-target'],
    found: ['unknown-version'],
  },
  {
    mistake: 'computes what it does not understand',
    edits: [["throw new UnrecoverableError('The job is not one.')", 'return']],
    tried: ['unknown-version', 'malformed'],
    found: ['malformed'],
  },
  {
    mistake: 'takes errors of the database for success',
    edits: [
      [
        `    await job.moveToDelayed(Date.now() + 500, token);
    throw new DelayedError();
`,
        '',
      ],
    ],
    tried: ['computed', 'done-by-another', 'database-lost'],
    found: ['database-lost'],
  },
  {
    mistake: 'ends when an idle connection is lost',
    edits: [["pool.on('error', () => {});", '']],
    tried: ['computed', 'database-lost'],
    found: ['database-lost'],
  },
  {
    mistake: 'completes in another transaction than it writes',
    edits: [
      [
        'const done = await client.query(',
        `await client.query('COMMIT; BEGIN');
    const done = await client.query(`,
      ],
    ],
    tried: ['computed', 'newest-wish', 'overtaken'],
    found: ['computed', 'overtaken'],
  },
  {
    mistake: 'does not ask whether there is anything to do',
    edits: [['if (!started.rows[0].due) return;', '']],
    tried: ['done-before', 'unknown-target', 'cancelled', 'given-up'],
    found: ['cancelled', 'given-up'],
  },
  {
    mistake: 'reads positions past fixes_of',
    edits: [
      [
        'FROM control.fixes_of($1, $2) ORDER BY ts',
        'FROM positions WHERE $2::text IS NOT NULL AND device_id IN (SELECT d.imei FROM devices d JOIN entry_devices b ON b.device_id = d.id WHERE b.entry_id = $1) ORDER BY ts',
      ],
    ],
    tried: ['computed', 'unchanged', 'faulty-fixes'],
    found: ['faulty-fixes'],
  },
  {
    mistake: 'takes penalties of officials for its own',
    edits: [
      [
        "WHERE ${ofType} AND status = 'proposed' AND value <> $3::numeric",
        'WHERE entry_id = $1 AND stage_id = $2 AND value <> $3::numeric',
      ],
    ],
    tried: ['computed', 'by-hand'],
    found: ['by-hand'],
  },
  {
    mistake: 'takes a job that is done already for a failure',
    edits: [
      [
        'if (!started.rows[0].due) return;',
        `if (!started.rows[0].due) throw new Error('Nothing is wanted.');`,
      ],
    ],
    tried: ['computed', 'done-before'],
    found: ['done-before'],
  },
  {
    mistake: 'ends when nothing is wanted',
    edits: [['if (!started.rows[0].due) return;', 'if (!started.rows[0].due) process.exit(1);']],
    tried: ['computed', 'unknown-target'],
    found: ['unknown-target'],
  },
  {
    mistake: 'carries something over from one job to the next',
    edits: [
      ['const worker = new Worker(', 'let carried = 0;\n\nconst worker = new Worker('],
      ['fixes.at(-1).ts - fixes[0].ts;', 'fixes.at(-1).ts - fixes[0].ts + (carried += 1);'],
    ],
    tried: ['computed', 'unchanged'],
    found: ['unchanged'],
  },
  {
    mistake: 'tells nobody when it gives up',
    edits: [['if (attemptsMade + 1 >= (opts.attempts ?? 1))', 'if (false)']],
    tried: ['computed', 'never-works'],
    found: ['never-works'],
  },
  {
    mistake: 'never connects to Redis again',
    edits: [['retryStrategy: (attempt) => Math.min(attempt * 100, 1_000),', 'retryStrategy: () => null,']],
    tried: ['computed', 'redis-lost'],
    found: ['redis-lost'],
  },
  {
    mistake: 'ends at an error of the queue',
    edits: [[`worker.on('error', () => {});`, `worker.on('error', () => process.exit(1));`]],
    tried: ['computed', 'queue-emptied'],
    found: ['queue-emptied'],
  },
  {
    mistake: 'leaves to a dead one what that had begun',
    edits: [
      [
        'await computeAndApply(entryId, stageId, generation);',
        `const redis = await worker.backend.client;
    const begun = \`\${env.QUEUE_PREFIX}:begun:\${entryId}\`;
    if (await redis.get(begun)) return;
    await redis.set(begun, '1');
    try {
      await computeAndApply(entryId, stageId, generation);
    } finally {
      await redis.del(begun);
    }`,
      ],
    ],
    tried: ['computed', 'killed'],
    found: ['killed'],
  },
  {
    mistake: 'computes otherwise in another process, and knows only there what is done',
    edits: [
      ['if (!done.rows[0].done) throw new Overtaken();', ''],
      ['fixes.at(-1).ts - fixes[0].ts;', 'fixes.at(-1).ts - fixes[0].ts + process.pid;'],
    ],
    tried: ['computed', 'unchanged', 'two-instances'],
    found: ['two-instances'],
  },
  {
    mistake: 'does not end at SIGTERM',
    edits: [
      [
        `  await worker.close();
  await pool.end();
  process.exit(0);`,
        '',
      ],
    ],
    tried: ['computed', 'stopped'],
    found: ['stopped'],
  },
];

/** @throws Error when an edit does not find exactly one place: the document has changed, and the mutant is none any more */
export function mutate(program: string, { mistake, edits }: Mutant): string {
  return edits.reduce((text, [from, to]) => {
    const places = text.split(from).length - 1;
    if (places !== 1) throw new Error(`"${mistake}": ${places} places to edit, not one.`);
    return text.replace(from, () => to);
  }, program);
}
