import { Injectable, Logger } from '@nestjs/common';
import { ROW_CHANGED, STARTS_CHANGED } from '@trm/contracts';
import {
  Database,
  DatabaseUnavailable,
  errorForLog,
  SomebodyElseIsWorkingOnIt,
  type Tx,
} from '@trm/platform';
import {
  planRecompute,
  planRecomputeOfStarts,
  type RecomputeLayer,
  type RecomputePlan,
  type RowChange,
  type StartsChange,
} from '@trm/rules';
import { type CapturedChange, PgPlanStore, type Reach } from './pg-plan-store.js';

/** So many rows of the outbox are looked at in one round. */
const BATCH = 200;
/** So long may one statement take about a change that stood aside. */
const PATIENT_MS = 600_000;

/**
 * Turns what has changed into what has to be computed again.
 *
 *  1. Lease the oldest rows of the outbox that nobody has looked at; another worker skips them.
 *  2. Ask the rulebook what each sets going. Most set nothing going: they are done with that.
 *  3. Changes that one person made in one transaction for one reason become one request.
 *  4. The database finds the entries and stages that all of them reach, and only then asks for them as staff would: the
 *     event and its targets are held from the first asking on.
 *  5. The rows are done in the same transaction, so a change is neither lost nor asked for twice. A change that
 *     nothing can be made of, or that takes too long, stands aside with its error, so that those behind it do not wait.
 *  6. What stood aside is tried again, each change alone and with ten times as long, beside the others.
 */
@Injectable()
export class PlanChanges {
  private readonly log = new Logger(PlanChanges.name);

  constructor(
    private readonly db: Database,
    private readonly store: PgPlanStore,
  ) {}

  /** Those that come for the first time. @returns whether there may be more */
  async planSome(): Promise<boolean> {
    // Without a reach nothing is locked, so the many that matter to nobody go in one short transaction.
    const idle = await this.db.transaction(async (tx) => {
      const rows = await this.store.takeChanges(tx, BATCH);
      const without = rows.filter((row) => planOf(row) === null).map(({ id }) => id);
      await this.store.finish(tx, without);
      return { looked: rows.length, finished: without.length };
    });
    // One group at a time: the lock of its event is held no longer than its own transaction.
    let planned = 0;
    for (let group = await this.planGroup(); group > 0; group = await this.planGroup()) planned += group;
    return idle.looked === BATCH && idle.finished + planned > 0;
  }

  /** One that stood aside, when its time has come. @returns whether there may be more */
  async planAgain(): Promise<boolean> {
    return (await this.plan((tx) => this.store.takeSetAside(tx), { statement: PATIENT_MS })) > 0;
  }

  private planGroup(): Promise<number> {
    return this.plan((tx) => this.store.takeGroup(tx, BATCH));
  }

  private async plan(
    take: (tx: Tx) => Promise<CapturedChange[]>,
    patience?: { readonly statement: number },
  ): Promise<number> {
    let ids: readonly string[] = [];
    try {
      return await this.db.transaction(async (tx) => {
        const group = await take(tx);
        ids = group.map(({ id }) => id);
        const wanted: (Reach & MergedPlan)[] = [];
        for (const plan of merged(group)) {
          for (const reach of await this.store.reach(tx, plan.scopes)) wanted.push({ ...reach, ...plan });
        }
        // In one order of events, as everybody who holds several.
        wanted.sort((a, b) => a.eventId.localeCompare(b.eventId));
        for (const one of wanted) await this.store.request(tx, one);
        await this.store.finish(tx, ids);
        return group.length;
      }, patience);
    } catch (error) {
      if (
        ids.length === 0 ||
        error instanceof DatabaseUnavailable ||
        error instanceof SomebodyElseIsWorkingOnIt
      ) {
        throw error;
      }
      this.log.error({
        message: 'a change could not be planned',
        outbox: ids,
        error: errorForLog(error),
      });
      await this.store.setAside(this.db, ids, (error as Error).message);
      return ids.length;
    }
  }
}

function planOf({ topic, payload }: CapturedChange): RecomputePlan | null {
  if (topic === ROW_CHANGED) return planRecompute(payload as unknown as RowChange);
  if (topic === STARTS_CHANGED) return planRecomputeOfStarts(payload as unknown as StartsChange);
  // What the commands on a stage tell others: the rows that they wrote have been captured as well.
  return null;
}

interface MergedPlan extends RecomputePlan {
  readonly authorId: string | null;
  /** What was changed, for people: `geofences`, `segments`. */
  readonly changedTables: readonly string[];
}

/** Plans of the same reason and author as one, with the widest of their layers. */
function merged(rows: readonly CapturedChange[]): readonly MergedPlan[] {
  const groups = new Map<string, MergedPlan>();
  for (const row of rows) {
    const plan = planOf(row);
    if (plan === null) continue;
    const authorId = (row.payload['authorId'] as string | null | undefined) ?? null;
    const table = (row.payload['table'] as string | undefined) ?? 'entry_segment_starts';
    const key = `${plan.reason} ${authorId}`;
    const before = groups.get(key);
    groups.set(key, {
      reason: plan.reason,
      authorId,
      layers: wider(before?.layers ?? [], plan.layers),
      scopes: [...(before?.scopes ?? []), ...plan.scopes],
      changedTables: [...new Set([...(before?.changedTables ?? []), table])],
    });
  }
  return [...groups.values()];
}

const wider = (a: readonly RecomputeLayer[], b: readonly RecomputeLayer[]) => (a.length >= b.length ? a : b);
