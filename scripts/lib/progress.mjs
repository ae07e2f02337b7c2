// Tells on stderr what is going on: a line when a step starts, a line when it ends, and a sign of life in
// between. On a terminal the running steps share one line at the bottom that is rewritten every second.

const HEARTBEAT_MS = 15_000;
const QUICK_MS = 150;

export class Progress {
  #startedAt = performance.now();
  /** @type {Map<string, number>} */
  #running = new Map();
  #terminal = process.stderr.isTTY && !process.env['CI'];
  #printedAt = 0;
  /** @type {NodeJS.Timeout | undefined} */
  #timer;

  /** Seconds since the launcher started, as text. */
  get elapsed() {
    return seconds(performance.now() - this.#startedAt);
  }

  /**
   * Runs one step and tells when it starts and how long it took. A step that was over at once is told in
   * one line only.
   * @template T
   * @param {string} name what is being done, as a noun phrase
   * @param {(note: (text: string) => void) => Promise<T>} work may add a note to the closing line
   * @returns {Promise<T>}
   */
  async step(name, work) {
    const startedAt = performance.now();
    let closing = '';
    let announced = this.#terminal;
    const announce = setTimeout(() => {
      if (this.#terminal) return;
      announced = true;
      this.#print(`  … ${name}`);
    }, QUICK_MS);
    this.#running.set(name, startedAt);
    this.#timer ??= setInterval(() => this.#tick(), 1000).unref();
    let failed = true;
    try {
      const result = await work((text) => (closing = `: ${text}`));
      failed = false;
      return result;
    } finally {
      clearTimeout(announce);
      this.#running.delete(name);
      if (failed) {
        if (announced) this.#print(`  ✖ ${name} (${seconds(performance.now() - startedAt)})`);
      } else {
        this.#print(`  ✔ ${name}${closing} (${seconds(performance.now() - startedAt)})`);
      }
    }
  }

  /** @param {string} text one line for the reader */
  say(text) {
    this.#print(`  ${text}`);
  }

  /** Stops drawing, so that another program can have the terminal. */
  quiet() {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#clear();
  }

  /** @param {string} line */
  #print(line) {
    this.#clear();
    this.#printedAt = performance.now();
    process.stderr.write(`${this.elapsed.padStart(8)} ${line}\n`);
    this.#draw();
  }

  #tick() {
    if (this.#running.size === 0) return;
    if (this.#terminal) {
      this.#clear();
      this.#draw();
    } else if (performance.now() - this.#printedAt > HEARTBEAT_MS) {
      this.#print(`  … still ${this.#names()}`);
    }
  }

  #names() {
    const now = performance.now();
    return [...this.#running].map(([name, since]) => `${name} (${seconds(now - since)})`).join(', ');
  }

  #clear() {
    if (this.#terminal) process.stderr.write('\r\x1b[2K');
  }

  #draw() {
    if (!this.#terminal || this.#running.size === 0) return;
    const width = (process.stderr.columns ?? 80) - 1;
    process.stderr.write(`${this.elapsed.padStart(8)}   … ${this.#names()}`.slice(0, width));
  }
}

/** @param {number} ms */
function seconds(ms) {
  return `${(ms / 1000).toFixed(1)} s`;
}
