import { Injectable } from '@nestjs/common';
import { Database } from './database.js';

const CONNECTIONS = 4;
/** Questions only read, so a lock that they meet is a change of the schema: as good as no answer. */
const PATIENCE = { connect: 400, lock: 0, statement: 700, answer: 800 };

/**
 * The same store, for what Directus asks while it waits with a transaction of its own in its hand: connections that no
 * other work can take, and an end to every statement well before the second in which Directus must have its answer.
 */
@Injectable()
export class HookDatabase extends Database {
  constructor(options: { readonly url: string; readonly applicationName: string }) {
    super({ ...options, poolSize: CONNECTIONS, patience: PATIENCE });
  }
}
