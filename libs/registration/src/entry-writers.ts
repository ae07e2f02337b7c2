import { Injectable } from '@nestjs/common';
import { type Caller, Database } from '@trm/platform';
import { DirectusEntryWriter } from './directus-entry-writer.js';
import type { EntryWriter } from './entry-writer.js';
import { SqlEntryWriter } from './sql-entry-writer.js';

/** Where Directus is; a class of its own, so that Nest can inject it. */
export class DirectusAddress {
  constructor(readonly url: string) {}
}

@Injectable()
export class EntryWriters {
  constructor(
    private readonly directus: DirectusAddress,
    private readonly db: Database,
  ) {}

  /** Through Directus with the person's own token; in SQL for whoever has none, because a button was pressed. */
  of({ userId, token }: Caller, { byRaceControl = false } = {}): EntryWriter {
    return token === undefined || byRaceControl
      ? new SqlEntryWriter(this.db, userId)
      : new DirectusEntryWriter(this.directus.url, token, userId);
  }
}
