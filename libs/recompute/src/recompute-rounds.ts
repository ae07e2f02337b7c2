import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Rounds, WakeUps } from '@trm/platform';
import { PgRelayStore } from './pg-relay-store.js';
import { PlanChanges } from './plan-changes.js';
import { type Lane, SendTargets } from './send-targets.js';

/** So long at most does a change wait whose wake-up was lost. */
const SWEEP_MS = 1_000;
/** It stood aside for half a minute at least. */
const PLAN_AGAIN_EVERY_MS = 5_000;
/** A target that was asked for again within a second waits for the end of that second; nobody wakes for it. */
const SEND_LIVE_EVERY_MS = 250;
/** Others go in small portions, one behind the other, so that a live one in between finds the machine free. */
const SEND_OTHERS_EVERY_MS = 100;
const OTHERS_AT_ONCE = 20;
/** A queue that was emptied is noticed within this. */
const WATCH_MS = 500;
/** So old at most is what staff see of a request. */
const SETTLE_MS = 400;
const SETTLE_BATCH = 2_000;

/**
 * What the worker does about recomputing, again and again. Every replica does: what one has leased the others skip.
 *   plan    what was changed becomes what is wanted     woken by the outbox; what stood aside apart
 *   send    what is wanted becomes jobs                 woken by whoever asks; live ones and others apart
 *   watch   is this still the Redis that has the jobs?
 *   settle  what was computed is told to the requests
 */
@Injectable()
export class RecomputeRounds implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly plan: Rounds;
  private readonly planAgain: Rounds;
  private readonly send: readonly Rounds[];
  private readonly watch: Rounds;
  private readonly settle: Rounds;

  constructor(wakeUps: WakeUps, changes: PlanChanges, targets: SendTargets, store: PgRelayStore) {
    this.plan = new Rounds({
      name: 'planning what to recompute',
      everyMs: SWEEP_MS,
      work: () => changes.planSome(),
    });
    this.planAgain = new Rounds({
      name: 'planning again what stood aside',
      everyMs: PLAN_AGAIN_EVERY_MS,
      work: () => changes.planAgain(),
    });
    const send = (lane: Lane, everyMs: number, most?: number) =>
      new Rounds({
        name: 'sending what to recompute',
        everyMs,
        work: async () => {
          await targets.sendDue(lane, most);
          return false;
        },
      });
    this.send = [send('live', SEND_LIVE_EVERY_MS), send('other', SEND_OTHERS_EVERY_MS, OTHERS_AT_ONCE)];
    this.watch = new Rounds({
      name: 'watching the queue',
      everyMs: WATCH_MS,
      work: async () => {
        if ((await targets.watchTransport()) > 0) this.send.forEach((rounds) => rounds.wake());
        return false;
      },
    });
    this.settle = new Rounds({
      name: 'settling recompute requests',
      everyMs: SETTLE_MS,
      work: async () => (await store.settle(SETTLE_BATCH)) === SETTLE_BATCH,
    });
    wakeUps.on('control_outbox', () => this.plan.wake());
    // The others come with the next sweep: they are many, and nobody waits for one of them.
    wakeUps.on('control_recompute', () => this.send[0]!.wake());
  }

  onApplicationBootstrap(): void {
    for (const rounds of this.all()) rounds.start();
  }

  /** Before any connection closes: nothing new is begun, and what was claimed is sent or given back. */
  async onModuleDestroy(): Promise<void> {
    await Promise.all(this.all().map((rounds) => rounds.stop()));
  }

  private all(): readonly Rounds[] {
    return [this.plan, this.planAgain, ...this.send, this.watch, this.settle];
  }
}
