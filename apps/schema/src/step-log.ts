/** One line for each step of the boot: JSON for machines, a sentence for people. */
export interface StepLog {
  /** Runs one step and logs what came of it with its duration. A failure is logged by whoever ends the program. */
  step<Result>(
    name: string,
    work: () => Promise<Result>,
    outcome?: (result: Result) => string,
  ): Promise<Result>;
  info(message: string, details?: Readonly<Record<string, unknown>>): void;
  warn(message: string, details?: Readonly<Record<string, unknown>>): void;
  error(message: string): void;
}

/** @param format `text` for a terminal, `json` for one JSON object per line */
export function createStepLog(format: string, print: (line: string) => void = console.log): StepLog {
  const started = performance.now();
  const write = (level: string, message: string, details: Readonly<Record<string, unknown>>) => {
    if (format === 'json') {
      print(
        JSON.stringify({ level, time: new Date().toISOString(), context: 'schema', message, ...details }),
      );
      return;
    }
    const { durationMs, outcome, ...rest } = details as { durationMs?: number; outcome?: string };
    const elapsed = `${((performance.now() - started) / 1000).toFixed(1).padStart(5)} s`;
    const took = durationMs === undefined ? '' : ` (${(durationMs / 1000).toFixed(1)} s)`;
    const result = outcome === undefined ? '' : `: ${outcome}`;
    const more = Object.keys(rest).length === 0 ? '' : ` ${JSON.stringify(rest)}`;
    print(`${elapsed}  ${level === 'info' ? '' : `${level}: `}${message}${result}${took}${more}`);
  };
  return {
    async step(name, work, outcome) {
      const began = performance.now();
      const result = await work();
      const durationMs = Math.round(performance.now() - began);
      write('info', name, { durationMs, ...(outcome && { outcome: outcome(result) }) });
      return result;
    },
    info: (message, details = {}) => write('info', message, details),
    warn: (message, details = {}) => write('warn', message, details),
    error: (message) => write('error', message, {}),
  };
}
