/**
 * A worker with one mistake, loaded in front of it: whoever has something to do is told by NOTIFY, so nobody looks by
 * himself. What becomes due by the passing of time, and what was told while nobody listened, waits for good.
 */
import { Rounds } from '@trm/platform';

const FOREVER_MS = 2 ** 31 - 1;
const rounds = Rounds.prototype as unknown as { options: { everyMs: number }; start: () => void };
const start = rounds.start;
rounds.start = function startWithoutSweep() {
  this.options = { ...this.options, everyMs: FOREVER_MS };
  start.call(this);
};
