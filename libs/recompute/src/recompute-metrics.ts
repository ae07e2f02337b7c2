import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { errorForLog, WakeUps } from '@trm/platform';
import { Gauge, register } from 'prom-client';
import { PgMetricsStore, type RecomputeFigures } from './pg-metrics-store.js';
import { SendTargets } from './send-targets.js';

/** One gauge: its name, what it says, and where it is among the figures. */
type Described = readonly [name: string, help: string, of: (figures: RecomputeFigures) => number];

const GAUGES: readonly Described[] = [
  ['trm_outbox_waiting', 'Changes that nobody has planned yet', ({ outboxWaiting }) => outboxWaiting],
  [
    'trm_outbox_lag_seconds',
    'Age of the oldest change that nobody has looked at',
    ({ outboxLag }) => outboxLag,
  ],
  [
    'trm_outbox_set_aside',
    'Changes that could not be planned and are tried again; see control.outbox.last_error',
    ({ outboxSetAside }) => outboxSetAside,
  ],
  [
    'trm_recompute_oldest_dirty_seconds',
    'Age of the oldest wish that is not fulfilled, failed ones aside',
    ({ oldestDirty }) => oldestDirty,
  ],
  [
    'trm_recompute_oldest_live_seconds',
    'The same for stages that are open or running',
    ({ oldestLive }) => oldestLive,
  ],
  ['trm_recompute_in_flight', 'Jobs in the queue or being computed', ({ inFlight }) => inFlight],
  ['trm_recompute_failed', 'Targets that failed and wait for staff', ({ failed }) => failed],
  [
    'trm_recompute_open_requests',
    'Requests that have not come to their end',
    ({ openRequests }) => openRequests,
  ],
];

/** Prometheus asks for all gauges at once; the database is asked once. */
const KEPT_MS = 1_000;

/**
 * Figures about recomputing, read from the database when Prometheus asks: every replica of the worker tells the same,
 * but for the errors of its own relay and its own ear for notifications. When the database can't be asked they are
 * left out, and `trm_recompute_figures_up` is 0.
 */
@Injectable()
export class RecomputeMetrics implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly log = new Logger(RecomputeMetrics.name);
  private readonly names: string[] = [];
  private latest: { readonly until: number; readonly figures: Promise<RecomputeFigures | null> } | undefined;

  constructor(
    private readonly store: PgMetricsStore,
    private readonly targets: SendTargets,
    private readonly wakeUps: WakeUps,
  ) {}

  onApplicationBootstrap(): void {
    for (const [name, help, of] of GAUGES) {
      this.gauge(name, help, [], (gauge, figures) => figures !== null && gauge.set(of(figures)));
    }
    this.gauge(
      'trm_recompute_dirty',
      'Targets that are behind what is wanted, by priority (1 first)',
      ['priority'],
      (gauge, figures) => figures?.dirty.forEach(({ priority, targets }) => gauge.set({ priority }, targets)),
    );
    this.gauge(
      'trm_recompute_seconds',
      'From the wish to the start of its job, and to the applied result; of the last five minutes',
      ['until', 'quantile'],
      (gauge, figures) =>
        figures?.times.forEach(({ until, quantile, seconds }) => gauge.set({ until, quantile }, seconds)),
    );
    this.gauge('trm_recompute_figures_up', '1 when these figures could be read', [], (gauge, figures) =>
      gauge.set(figures === null ? 0 : 1),
    );
    this.gauge('trm_relay_failures', 'Rounds in which jobs could not be sent, since the start', [], (gauge) =>
      gauge.set(this.targets.failures),
    );
    this.gauge(
      'trm_listen_silent_seconds',
      'Since the connection that listens last heard something',
      [],
      (gauge) => gauge.set(this.wakeUps.silentFor() ?? Number.NaN),
    );
  }

  onModuleDestroy(): void {
    for (const name of this.names) register.removeSingleMetric(name);
  }

  private gauge(
    name: string,
    help: string,
    labelNames: string[],
    set: (gauge: Gauge, figures: RecomputeFigures | null) => unknown,
  ): void {
    this.names.push(name);
    const gauge: Gauge = new Gauge({
      name,
      help,
      labelNames,
      collect: async () => {
        const figures = await this.figures();
        gauge.reset();
        set(gauge, figures);
      },
    });
  }

  private figures(): Promise<RecomputeFigures | null> {
    if (this.latest === undefined || this.latest.until < Date.now()) {
      const figures = this.store.read().catch((error: Error) => {
        this.log.warn({ message: 'the figures could not be read', error: errorForLog(error) });
        return null;
      });
      this.latest = { until: Date.now() + KEPT_MS, figures };
    }
    return this.latest.figures;
  }
}
