import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { inspect } from 'node:util';
import { type RandomNumbers, randomNumbers } from '../../fixtures/src/tracks/random.js';
import { fenceAt } from '@trm/testing';
import { type Club, type Opening, type Race, seedOpening } from './race.js';
import type { Database } from './recorder.js';
import type { System } from './system.js';

/** What was confirmed to the people who did it, to be found again at the end. */
export interface Ledger {
  /** How often each kind of work was confirmed. */
  readonly confirmed: Map<string, number>;
  /** Marks by REST and in Directus, by the reason that names each of them; and whether it was taken back. */
  readonly marks: Map<string, 'marked' | 'restored'>;
  readonly openings: Opening[];
  /** Of geofences and formulas: what was saved last. */
  readonly saved: Map<string, { table: string; id: string; fields: Readonly<Record<string, unknown>> }>;
  /** Repeats of a request that was answered, under its key; and answers that were not the first one to the letter. */
  repeats: number;
  readonly differentAnswers: string[];
  /** Requests that were refused for good although nothing is wrong with them. */
  readonly refused: string[];
}

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly isOfDirectus: boolean;
}

/** Positions of an entry; ISO 8601. */
interface Range {
  readonly run: Club;
  readonly entryId: string;
  readonly from: string;
  readonly to: string;
}

interface Mark {
  readonly token: string;
  readonly reason: string;
  readonly id: string;
}

/** So often people ask, at least for a quarter of a minute. While a program is away that has to answer, it does not count. */
const TRIES = 100;

/**
 * What a race office does while everything around it breaks. Whoever gets no answer, or one that says "later", asks
 * again, as people do: by REST under the same key, in Directus after a look whether it is there already.
 */
export class Load {
  readonly ledger: Ledger = {
    confirmed: new Map(),
    marks: new Map(),
    openings: [],
    saved: new Map(),
    repeats: 0,
    differentAnswers: [],
    refused: [],
  };
  private readonly begunAt = performance.now();
  private isEnding = false;
  private asked = 0;
  private readonly work: Promise<void>[];

  constructor(
    private readonly db: Database,
    private readonly race: Race,
    private readonly system: System,
    seed: number,
  ) {
    const drivers: readonly [string, number, (random: RandomNumbers) => Promise<void>][] = [
      ['marks by REST 1', 60, (random) => this.markByRest(random)],
      ['marks by REST 2', 60, (random) => this.markByRest(random)],
      ['disputes', 250, (random) => this.dispute(random)],
      ['marks in Directus', 150, (random) => this.markInDirectus(random)],
      ['single positions', 40, (random) => this.markPosition(random)],
      ['starts', 150, (random) => this.correctStart(random)],
      ['geometry', 900, (random) => this.moveGeofence(random)],
      ['formulas', 1_500, (random) => this.changeFormula(random)],
      ['replays', 1_500, (random) => this.replay(random)],
      ['openings', 1_000, (random) => this.openAgainstLateEntries(random)],
    ];
    this.work = drivers.map(async ([name, pauseMs, work]) => {
      const random = randomNumbers(seed, name);
      while (!this.isEnding) {
        await work(random);
        await pause(random.between(0.5, 1.5) * pauseMs);
      }
    });
  }

  /** Lets everybody finish what they are at: all of it is confirmed then. */
  async end(): Promise<void> {
    this.isEnding = true;
    await Promise.all(this.work);
  }

  private async markByRest(random: RandomNumbers): Promise<void> {
    const mark = await this.mark(this.range(random));
    if (mark === undefined || random.next() >= 0.6) return;
    await pause(random.between(0, 800));
    await this.restore(mark);
  }

  /** One takes a mark back in the moment in which another marks a part of the same positions and some behind them. */
  private async dispute(random: RandomNumbers): Promise<void> {
    const range = this.range(random);
    const mark = await this.mark(range);
    if (mark === undefined) return;
    const [from, to] = [Date.parse(range.from), Date.parse(range.to)];
    const next = {
      ...range,
      from: new Date((from + to) / 2).toISOString(),
      to: new Date(to + 10_000).toISOString(),
    };
    const [, other] = await Promise.all([this.restore(mark), this.mark(next)]);
    if (other !== undefined) await this.restore(other);
  }

  /** @returns the mark; nothing when all of the range is marked already, as the answer says, or when it was refused */
  private async mark({ run, entryId, from, to }: Range): Promise<Mark | undefined> {
    const reason = `REST ${randomUUID()}`;
    const answer = await this.byRest(run.token, 'POST', '/v1/position-faults', { entryId, from, to, reason });
    if (answer.status === 422) {
      this.confirm('marks refused: nothing left to mark');
      return undefined;
    }
    if (!this.isGood(answer, 'mark by REST')) return undefined;
    this.ledger.marks.set(reason, 'marked');
    this.confirm('marks by REST');
    const { positionFaultId } = JSON.parse(answer.text) as { positionFaultId: string };
    return { token: run.token, reason, id: positionFaultId };
  }

  private async restore({ token, reason, id }: Mark): Promise<void> {
    const answer = await this.byRest(token, 'POST', `/v1/position-faults/${id}/restorations`, {
      reason: `${reason}, after all`,
    });
    if (!this.isGood(answer, 'restoration by REST')) return;
    this.ledger.marks.set(reason, 'restored');
    this.confirm('restorations by REST');
  }

  private async markInDirectus(random: RandomNumbers): Promise<void> {
    const { run, entryId, from, to } = this.range(random);
    const reason = `Directus ${randomUUID()}`;
    const find = `/items/position_faults?filter[reason][_eq]=${encodeURIComponent(reason)}&fields=id`;
    let id: string | undefined;
    while (id === undefined) {
      const written = await this.ask(`${this.system.directusUrl}/items/position_faults`, 'POST', run.token, {
        entry_id: entryId,
        ts_from: from,
        ts_to: to,
        reason,
      });
      if (written.status === 422 && written.text.includes('NO_POSITION_IN_RANGE'))
        return this.confirm('marks refused: nothing left to mark');
      if (isFinal(written) && !this.isGood(written, 'mark in Directus')) return;
      // No answer, or a bad one: it may be there all the same.
      const found = await this.untilAnswered(() =>
        this.ask(`${this.system.directusUrl}${find}`, 'GET', run.token),
      );
      if (!this.isGood(found, 'look at marks in Directus')) return;
      id = (JSON.parse(found.text) as { data: { id: string }[] }).data[0]?.id;
    }
    this.ledger.marks.set(reason, 'marked');
    this.confirm('marks in Directus');
    if (random.next() < 0.6) {
      await pause(random.between(0, 800));
      const restored = await this.saveInDirectus(run.token, `position_faults/${id}`, {
        restored_at: new Date().toISOString(),
        restore_reason: `${reason}, after all`,
      });
      if (!this.isGood(restored, 'restoration in Directus')) return;
      this.ledger.marks.set(reason, 'restored');
      this.confirm('restorations in Directus');
    }
  }

  /** Somebody at the database, one position at a time, of crews that nobody else marks. */
  private async markPosition(random: RandomNumbers): Promise<void> {
    const run = random.next() < 0.8 ? this.race.live : this.race.closed;
    const at = Math.floor(random.between(0, run.withoutMarks.length));
    await this.db.query(
      `UPDATE positions SET faulty = NOT faulty WHERE device_id = $1 AND ts = $2::timestamptz`,
      [run.withoutMarks[at], secondsBehind(run.firstStartAt, at * 60 + Math.floor(random.between(-20, 140)))],
    );
    this.confirm('single positions');
  }

  /** Somebody at the database corrects the start of a crew on the road. */
  private async correctStart(random: RandomNumbers): Promise<void> {
    const { live } = this.race;
    const at = Math.floor(random.between(0, live.entryIds.length));
    await this.db.query(
      `UPDATE entry_segment_starts SET actual_at = $3::timestamptz WHERE entry_id = $1 AND segment_id = $2`,
      [
        live.entryIds[at],
        live.segmentIds[0],
        secondsBehind(live.firstStartAt, at * 60 + Math.floor(random.between(-5, 20))),
      ],
    );
    this.confirm('starts corrected');
  }

  private async moveGeofence(random: RandomNumbers): Promise<void> {
    const run = random.next() < 0.5 ? this.race.live : this.race.closed;
    const index = Math.floor(random.between(0, run.geofenceIds.length));
    await this.save(run.token, 'geofences', run.geofenceIds[index]!, {
      area: polygon(fenceAt(index, 0.0008 + 0.0004 * random.next())),
    });
  }

  private async changeFormula(random: RandomNumbers): Promise<void> {
    const run = random.next() < 0.5 ? this.race.live : this.race.closed;
    await this.save(run.token, 'penalty_formulas', run.formulaId, {
      penalty: Math.floor(random.between(10, 600)),
    });
  }

  private async save(
    token: string,
    table: string,
    id: string,
    fields: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    const answer = await this.saveInDirectus(token, `${table}/${id}?fields=id`, fields);
    if (!this.isGood(answer, `${table} in Directus`)) return;
    this.ledger.saved.set(id, { table, id, fields });
    this.confirm(`${table} in Directus`);
  }

  /** A whole event once more; now and then somebody changes his mind. */
  private async replay(random: RandomNumbers): Promise<void> {
    const run = random.next() < 0.3 ? this.race.live : this.race.closed;
    const answer = await this.byRest(run.token, 'POST', '/v1/recompute-requests', {
      eventId: run.eventId,
      reason: 'To be sure',
    });
    if (!this.isGood(answer, 'replay by REST')) return;
    this.confirm('replays by REST');
    if (random.next() < 0.3) {
      const { id } = JSON.parse(answer.text) as { id: string };
      const cancelled = await this.byRest(
        run.token,
        'POST',
        `/v1/recompute-requests/${id}/cancellations`,
        {},
      );
      if (cancelled.status === 409 || this.isGood(cancelled, 'cancellation by REST'))
        this.confirm('cancellations by REST');
    }
  }

  /** Entries become ready to start in the very moment in which the stage opens. */
  private async openAgainstLateEntries(random: RandomNumbers): Promise<void> {
    const { live } = this.race;
    // Half of one that was cut off stays behind and opens never.
    const opening = await seedOpening(this.db, live.organizationId).catch(() => undefined);
    if (opening === undefined) return;
    const opened = this.byRest(live.token, 'POST', `/v1/stages/${opening.stageId}/openings`, {});
    const late = opening.lateEntryIds.map(async (entryId) => {
      await pause(random.between(0, 40));
      // Refused when the stage is open by then: the entry needs a place in the list, which it is told.
      await this.db
        .query(`UPDATE entries SET status = 'confirmed' WHERE id = $1`, [entryId])
        .catch((refused: Error) => refused);
    });
    const [answer] = await Promise.all([opened, ...late]);
    if (!this.isGood(answer, 'opening by REST')) return;
    this.ledger.openings.push(opening);
    this.confirm('openings by REST');
    const started = await this.byRest(live.token, 'POST', `/v1/stages/${opening.stageId}/actual-starts`, {
      entryId: opening.readyEntryIds[0],
      startedAt: '2026-06-06T06:00:03Z',
      reason: 'Start judge',
    });
    if (this.isGood(started, 'start by REST')) this.confirm('starts by REST');
  }

  private range(random: RandomNumbers): Range {
    const run = random.next() < 0.8 ? this.race.live : this.race.closed;
    const at = Math.floor(random.between(run.withoutMarks.length, run.entryIds.length));
    const start = at * 60 + Math.floor(random.between(-20, 120));
    return {
      run,
      entryId: run.entryIds[at]!,
      from: secondsBehind(run.firstStartAt, start),
      to: secondsBehind(run.firstStartAt, start + Math.floor(random.between(0, 30))),
    };
  }

  /** Under a key of its own until there is an answer; every third time once more, to see that it stays the same. */
  private async byRest(token: string, method: string, path: string, body: object): Promise<Answer> {
    const key = randomUUID();
    const ask = () => this.ask(`${this.system.apiUrl}${path}`, method, token, body, key);
    const answer = await this.untilAnswered(ask);
    this.asked += 1;
    if (isConfirmed(answer) && this.asked % 3 === 0) {
      this.ledger.repeats += 1;
      const again = await this.untilAnswered(ask);
      if (again.text !== answer.text || again.status !== answer.status) {
        this.ledger.differentAnswers.push(
          `${method} ${path}: first ${answer.status} ${answer.text.slice(0, 200)}, then ${again.status} ${again.text.slice(0, 200)}`,
        );
      }
    }
    return answer;
  }

  /** Saving the same again changes nothing. */
  private saveInDirectus(token: string, path: string, fields: object): Promise<Answer> {
    return this.untilAnswered(() =>
      this.ask(`${this.system.directusUrl}/items/${path}`, 'PATCH', token, fields),
    );
  }

  /** Only for what is done once however often it is asked for. */
  private async untilAnswered(ask: () => Promise<Answer>): Promise<Answer> {
    const { api, directus } = this.system;
    let tries = 0;
    for (;;) {
      const answer = await ask();
      // The API asks Directus who is calling.
      if (directus.isUp && (answer.isOfDirectus || api.isUp)) tries += 1;
      if (isFinal(answer) || tries > TRIES) return answer;
      await pause(150);
    }
  }

  /** @returns status 0 when there is no answer */
  private async ask(
    url: string,
    method: string,
    token: string,
    body?: object,
    key?: string,
  ): Promise<Answer> {
    const isOfDirectus = url.startsWith(this.system.directusUrl);
    const response = fetch(url, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body && { 'content-type': 'application/json' }),
        ...(key && { 'idempotency-key': key }),
      },
      ...(body && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(10_000),
    });
    return response
      .then(async (answered) => ({ status: answered.status, text: await answered.text(), isOfDirectus }))
      .catch((error: Error) => ({ status: 0, text: inspect(error, { depth: 4 }), isOfDirectus }));
  }

  private isGood(answer: Answer, what: string): boolean {
    if (isConfirmed(answer)) return true;
    const after = ((performance.now() - this.begunAt) / 1_000).toFixed(1);
    this.ledger.refused.push(`${what}, after ${after} s: ${answer.status} ${answer.text.slice(0, 400)}`);
    return false;
  }

  private confirm(kind: string): void {
    this.ledger.confirmed.set(kind, (this.ledger.confirmed.get(kind) ?? 0) + 1);
  }
}

function isConfirmed({ status }: Answer): boolean {
  return status >= 200 && status < 300;
}

/** Anything else says "later", or nothing at all. Directus says 500 when its database is away; the API must not. */
function isFinal({ status, isOfDirectus }: Answer): boolean {
  return (
    (status >= 200 && status < 500 && ![408, 425, 429].includes(status)) || (status === 500 && !isOfDirectus)
  );
}

function secondsBehind(at: Date, seconds: number): string {
  return new Date(at.getTime() + seconds * 1_000).toISOString();
}

/** GeoJSON, as the Admin UI sends it. */
function polygon(ewkt: string): object {
  const ring = /\(\((.*)\)\)/
    .exec(ewkt)![1]!
    .split(',')
    .map((point) => point.split(' ').map(Number));
  return { type: 'Polygon', coordinates: [ring] };
}
