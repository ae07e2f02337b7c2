import { checklistOf, judgeItems } from './checklist.js';
import { checkEntry } from './check-entry.js';
import { rulesOfClass } from './rules-of-class.js';
import type { EntryFacts, Violation } from './types.js';
import { inOrderOfWeight } from './violations.js';

/**
 * What keeps a confirmed entry from starting: items that are checked on site (administrative checking,
 * scrutineering, mandatory kit) and the trackers that it must carry.
 *
 * @returns errors READINESS_PENDING, READINESS_FAILED and DEVICES_TOO_FEW, in the order of the document
 */
export function checkReadiness(facts: EntryFacts): Violation[] {
  const { readiness } = checklistOf(rulesOfClass(facts.discipline, facts.class), facts);
  return inOrderOfWeight([
    ...judgeItems(readiness, facts, 'READINESS', 'until then the entry does not start'),
    ...checkEntry(facts).filter(({ code }) => code === 'DEVICES_TOO_FEW'),
  ]);
}
