import { setTimeout as pause } from 'node:timers/promises';

/** What was expected of a processor and did not happen; the sentence says what was seen instead. */
export class Unmet extends Error {
  override readonly name = 'Unmet';
}

/** @throws Unmet with that sentence, unless it holds */
export function expectThat(holds: boolean, sentence: string): asserts holds {
  if (!holds) throw new Unmet(sentence);
}

/**
 * Polls until there is an answer.
 * @param ask undefined: not yet
 * @throws Unmet with the sentence of `otherwise` after the time
 */
export async function within<Answer>(
  milliseconds: number,
  ask: () => Promise<Answer | undefined>,
  otherwise: () => string | Promise<string>,
): Promise<Answer> {
  const end = Date.now() + milliseconds;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > end) throw new Unmet(await otherwise());
    await pause(25);
  }
}
