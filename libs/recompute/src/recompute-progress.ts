import { Injectable, type MessageEvent, type OnModuleDestroy } from '@nestjs/common';
import { type Caller, OrganisationAccess } from '@trm/platform';
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
  private readonly stopping = new ReplaySubject<void>(1);

  constructor(
    private readonly access: OrganisationAccess,
    private readonly store: PgRequestStore,
  ) {}

  /**
   * Whether the caller may follow is asked before the first look and with every one: whoever loses the role meanwhile
   * is told nothing more.
   * @throws EventNotFound, RoleMissing
   */
  async of(caller: Caller, eventId: string): Promise<Observable<MessageEvent>> {
    const mayFollow = () =>
      this.access.requireForEvent(caller, eventId, MAY_FOLLOW, 'follow what is computed again');
    await mayFollow();
    return new Observable<MessageEvent>((screen) => {
      let newest = Date.now() - LOOK_BACK_MS;
      const told = new Map<string, RecomputeRequestRow>();
      let toldAt = Date.now();
      let timer: NodeJS.Timeout | undefined;
      const look = async () => {
        await mayFollow();
        const since = newest - COMMITTED_WITHIN_MS;
        for (const [id, { status, updatedAt }] of told) {
          if (!OPEN.has(status) && Date.parse(updatedAt) < since) told.delete(id);
        }
        for (const request of await this.store.openOrChangedSince(eventId, new Date(since), told)) {
          told.set(request.id, request);
          newest = Math.max(newest, Date.parse(request.updatedAt));
          toldAt = Date.now();
          screen.next({ id: request.id, type: 'request', data: request });
        }
        if (Date.now() - toldAt > SIGN_OF_LIFE_MS) {
          toldAt = Date.now();
          screen.next({ type: 'still-here', data: '' });
        }
        if (!screen.closed) timer = setTimeout(again, LOOK_EVERY_MS);
      };
      const again = () => void look().catch((error: unknown) => screen.error(error));
      again();
      return () => clearTimeout(timer);
    }).pipe(takeUntil(this.stopping));
  }

  /** The server waits for its answers when it stops, and these have no end of their own. */
  onModuleDestroy(): void {
    this.stopping.next();
  }
}
