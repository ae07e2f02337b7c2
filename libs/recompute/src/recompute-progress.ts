import { Injectable, Logger, type MessageEvent, type OnModuleDestroy } from '@nestjs/common';
import { type Caller, CallerDirectory, errorForLog, OrganisationAccess, Problem } from '@trm/platform';
import { Observable, ReplaySubject, takeUntil } from 'rxjs';
import { PgRequestStore, type RecomputeRequestRow } from './pg-request-store.js';
import { MAY_FOLLOW } from './who-may.js';

const LOOK_EVERY_MS = 1_000;
/** Proxies close what is silent for longer. */
const SIGN_OF_LIFE_MS = 15_000;
/** So long after its end a request is still sent to whoever begins to follow. */
const LOOK_BACK_MS = 60_000;
/** A change has its time before it is committed: one with a later time may be seen, and told, before it. */
const COMMITTED_WITHIN_MS = 10_000;
const OPEN: ReadonlySet<string> = new Set(['queued', 'running']);

/** Requests of an event as a stream, for whoever follows them on a screen. */
@Injectable()
export class RecomputeProgress implements OnModuleDestroy {
  private readonly log = new Logger(RecomputeProgress.name);
  private readonly stopping = new ReplaySubject<void>(1);

  constructor(
    private readonly callers: CallerDirectory,
    private readonly access: OrganisationAccess,
    private readonly store: PgRequestStore,
  ) {}

  /**
   *  1. Ask whether the caller may follow, before the first look and with every one.
   *  2. Tell what is open or has changed, each change once, and something every 15 s at least.
   *  3. What fails is told as a problem. Directus or a database that is away comes back: the stream goes on. Everything
   *     else ends it, as for whoever is suspended or loses the role meanwhile.
   *
   * @throws EventNotFound, RoleMissing
   */
  async of(caller: Caller, eventId: string): Promise<Observable<MessageEvent>> {
    await this.mayFollow(caller, eventId);
    return new Observable<MessageEvent>((screen) => {
      let newest = Date.now() - LOOK_BACK_MS;
      const told = new Map<string, RecomputeRequestRow>();
      let toldAt = Date.now();
      let isAway = false;
      let timer: NodeJS.Timeout | undefined;
      const tell = (message: MessageEvent) => {
        toldAt = Date.now();
        screen.next(message);
      };
      const look = async () => {
        await this.mayFollow(await this.callers.identify(caller.token ?? ''), eventId);
        const since = newest - COMMITTED_WITHIN_MS;
        for (const [id, { status, updatedAt }] of told) {
          if (!OPEN.has(status) && Date.parse(updatedAt) < since) told.delete(id);
        }
        for (const request of await this.store.openOrChangedSince(eventId, new Date(since), told)) {
          told.set(request.id, request);
          newest = Math.max(newest, Date.parse(request.updatedAt));
          tell({ id: request.id, type: 'request', data: request });
        }
      };
      const again = async () => {
        const wasAway = isAway;
        try {
          await look();
          isAway = false;
        } catch (error) {
          const { goesOn, ...problem } = this.inWords(error);
          isAway = true;
          if (!wasAway || !goesOn) tell({ type: 'problem', data: problem });
          if (!goesOn) screen.complete();
        }
        if ((wasAway && !isAway) || Date.now() - toldAt > SIGN_OF_LIFE_MS) {
          tell({ type: 'still-here', data: '' });
        }
        if (!screen.closed) timer = setTimeout(() => void again(), LOOK_EVERY_MS);
      };
      void again();
      return () => clearTimeout(timer);
    }).pipe(takeUntil(this.stopping));
  }

  /** The server waits for its answers when it stops, and these have no end of their own. */
  onModuleDestroy(): void {
    this.stopping.next();
  }

  private async mayFollow(caller: Caller, eventId: string): Promise<void> {
    await this.access.requireForEvent(caller, eventId, MAY_FOLLOW, 'follow what is computed again');
  }

  private inWords(error: unknown): { code: string; detail: string; goesOn: boolean } {
    if (error instanceof Problem) {
      return { code: error.code, detail: error.message, goesOn: error.kind === 'unavailable' };
    }
    this.log.error({ message: 'a stream of requests ended', error: errorForLog(error) });
    return {
      code: 'UNEXPECTED',
      detail:
        'Something unexpected happened. Open the page again, and tell the operator when it comes again.',
      goesOn: false,
    };
  }
}
