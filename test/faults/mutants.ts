import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The protocol of recomputing with one known mistake each. The fault harness installs them into its own database, the
 * model check into its model; both must notice, or they prove nothing. Nothing of this is shipped.
 */
export interface SqlMutant {
  readonly name: string;
  /** What is wrong with it, as its author could have thought that it is right. */
  readonly mistake: string;
  /** The function of db-init that it changes, with its schema. */
  readonly of: string;
  /** Text of the function's body → what stands there instead; each must be there just once. */
  readonly edits: readonly (readonly [from: string, to: string])[];
}

export const SQL_MUTANTS: readonly SqlMutant[] = [
  {
    name: 'unfenced completion',
    mistake: 'what has been computed is written, whatever was applied meanwhile',
    of: 'control.complete_recompute',
    edits: [
      ['of_generation < t.applied_generation', 'false'],
      ['of_generation = t.applied_generation', 'false'],
    ],
  },
  {
    name: 'completion ends the time of a newer job',
    mistake: 'the job that reports is taken for the only one',
    of: 'control.complete_recompute',
    edits: [
      ['CASE WHEN of_generation >= r.enqueued_generation THEN NULL ELSE r.inflight_until END', 'NULL'],
      [
        "WHEN of_generation >= r.enqueued_generation THEN 'pending'\n      ELSE r.state END",
        "ELSE 'pending' END",
      ],
    ],
  },
  {
    name: 'claim without a look at the lease',
    mistake: 'SKIP LOCKED is taken for a lease, but ends with the transaction',
    of: 'control.is_claimable',
    edits: [['(t.claim_until IS NULL OR t.claim_until < clock_timestamp())', 'true']],
  },
  {
    name: 'a request is dropped while a job of it is under way',
    mistake: 'what the queue calls deduplication is taken for coalescing',
    of: 'control.request_recompute',
    edits: [
      [
        'generation = t.generation + 1',
        "generation = CASE WHEN t.state = 'queued' THEN t.generation ELSE t.generation + 1 END",
      ],
    ],
  },
  {
    name: 'mark without a look at the lease',
    mistake: 'a relay that slept notes its jobs over those of the relay that took over',
    of: 'control.mark_recompute_queued',
    edits: [['AND t.claim_owner = relay\n', 'AND true\n']],
  },
];

/** Of the opening of stages; the protocol of recomputing does not know it. */
export const LATE_ENTRY_MUTANT: SqlMutant = {
  name: 'late entry without a lock on the stage',
  mistake: 'the stage is still planned when somebody looks, so the entry is taken for one in time',
  of: 'control.refuse_late_entry',
  edits: [['ORDER BY s.id FOR SHARE;', 'ORDER BY s.id;']],
};

/** Of marks; the protocol of recomputing only hears of what comes of them. */
export const UNORDERED_MARKS_MUTANT: SqlMutant = {
  name: 'marks that do not wait for one another',
  mistake: 'each looks at the marks that stand, and not at those that are just being made or restored',
  of: 'control.lock_marks_of',
  edits: [['PERFORM pg_advisory_xact_lock(held);', 'NULL;']],
};

/**
 * The definition of a function as db-init leaves it: of the last file that has it.
 * @param name with its schema
 * @returns the whole statement from CREATE OR REPLACE FUNCTION to the end of the body
 */
export function sqlFunction(name: string, mutant?: SqlMutant): string {
  const folder = join('db-init', 'post');
  const head = `CREATE OR REPLACE FUNCTION ${name}(`;
  let found: string | undefined;
  for (const file of readdirSync(folder).toSorted()) {
    const text = readFileSync(join(folder, file), 'utf8');
    const start = text.lastIndexOf(head);
    if (start >= 0) found = text.slice(start, text.indexOf('\n$$;', start) + '\n$$;'.length);
  }
  if (found === undefined) throw new Error(`db-init has no function ${name}`);
  if (mutant?.of !== name) return found;
  return mutant.edits.reduce((text, [from, to]) => {
    if (text.split(from).length !== 2)
      throw new Error(`"${mutant.name}" does not fit ${name} any more: ${JSON.stringify(from)}`);
    return text.replace(from, () => to);
  }, found);
}
