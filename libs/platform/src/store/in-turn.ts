/**
 * Runs what concerns one thing one after the other within this process. Twenty presses of one button then hold one
 * database connection and not the whole pool; other replicas are kept in turn by the lock in the database.
 */
export class InTurn {
  private readonly last = new Map<string, Promise<unknown>>();

  /** @returns or throws what `work` does; a failure does not stop the next in turn */
  async run<Result>(key: string, work: () => Promise<Result>): Promise<Result> {
    const mine = (this.last.get(key) ?? Promise.resolve()).then(work);
    const settled = mine.catch(() => undefined);
    this.last.set(key, settled);
    try {
      return await mine;
    } finally {
      if (this.last.get(key) === settled) this.last.delete(key);
    }
  }
}
