import { Injectable } from '@nestjs/common';
import { Database } from '@trm/platform';

/**
 * Writes into `devices.last_position_at` when each tracker was last heard, as far as it is newer than what stands there.
 *
 *  1. Trackers that an entry carries now or will carry: those of the shelf are nobody's worry.
 *  2. The newest fix of each behind the one that is known: one step on the primary key of `positions`. Not a trigger
 *     there, because fixes arrive by the thousand a second and this is looked at by people. A fix that is marked
 *     faulty is no sign of life, and neither is one from the future: the clock of that tracker is wrong, and the time
 *     would stand for as long as it is ahead.
 *  3. A row that somebody else is writing is left to the next round, so several workers never wait for each other.
 */
@Injectable()
export class NoteSignals {
  constructor(private readonly db: Database) {}

  /** @returns how many trackers were heard since the last time */
  async note(): Promise<number> {
    const heard = await this.db.query(
      `WITH heard AS (
         SELECT d.id, fix.ts
           FROM devices d
          CROSS JOIN LATERAL (
            SELECT p.ts
              FROM positions p
             WHERE p.device_id = d.imei
               AND p.ts > coalesce(d.last_position_at, '-infinity')
               AND p.ts <= now()
               AND NOT p.faulty
             ORDER BY p.ts DESC
             LIMIT 1
          ) fix
          WHERE EXISTS (
            SELECT FROM entry_devices b
             WHERE b.device_id = d.id AND coalesce(b.valid_to, 'infinity') > now()
          )
            FOR NO KEY UPDATE OF d SKIP LOCKED
       )
       UPDATE devices SET last_position_at = heard.ts FROM heard WHERE devices.id = heard.id
       RETURNING devices.id`,
    );
    return heard.length;
  }
}
