/**
 * Does the protocol of recomputing hold in every order of steps?
 *
 *  1. The steps of a target are read from the functions of db-init, the decision of the relay from libs/recompute
 *     (transitions.ts): whoever changes them changes what is checked here.
 *  2. Around them a queue that forgets, two relays and two processors that die, sleep and wake up again (protocol-model.ts).
 *  3. Every state that can be reached within the bounds, by search (explore.ts): nothing written twice or over something
 *     newer, no correction left out, one job at a time, and from everywhere a way to the end.
 *  4. The same with one known mistake each (../faults/mutants.ts): every one must be found.
 *
 * `--trace` shows the shortest way to each mistake.
 */
import { SQL_MUTANTS } from '../faults/mutants.js';
import { explore, type Exploration } from './explore.js';
import { BOUNDS, lookFor } from './bounds.js';
import { readTransitions } from './transitions.js';

const say = (text: string) => process.stdout.write(`${text}\n`);
const showsTraces = process.argv.includes('--trace');
const number = (value: number) => value.toLocaleString('en');
const tell = ({ trace }: NonNullable<Exploration['violation']>) =>
  trace.forEach((step, index) => say(`      ${String(index + 1).padStart(2)}  ${step}`));

let isGood = true;
let all = 0;
const begun = performance.now();
for (const { name, bounds } of BOUNDS) {
  const startedAt = performance.now();
  const { states, steps, depth, violation } = explore(readTransitions(), bounds);
  all += states;
  say(
    `${violation === undefined ? '✓' : '✗'} ${name}: ${number(states)} states, ${number(steps)} steps, ${depth} deep, ${((performance.now() - startedAt) / 1_000).toFixed(1)} s`,
  );
  if (violation === undefined) continue;
  isGood = false;
  say(`    ${violation.what}`);
  tell(violation);
}
say(`${number(all)} states in ${((performance.now() - begun) / 1_000).toFixed(1)} s\n`);

for (const mutant of SQL_MUTANTS) {
  const { violation, states } = lookFor(mutant);
  isGood &&= violation !== undefined;
  say(
    violation === undefined
      ? `✗ "${mutant.name}" (${mutant.mistake}) was not found`
      : `✓ "${mutant.name}" (${mutant.mistake}) was found among ${number(states)} states, ${violation.trace.length} steps away: ${violation.what}`,
  );
  if (showsTraces && violation !== undefined) tell(violation);
}
process.exitCode = isGood ? 0 : 1;
