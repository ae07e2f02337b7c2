import { ageOn, FULL_AGE } from './ages.js';
import type { RequiredItem, RuleCondition } from './discipline-matrix.js';
import type { EffectiveRules } from './rules-of-class.js';
import type { CheckItem, CheckState, EntryFacts, Violation } from './types.js';
import { error } from './violations.js';
import { itemInWords } from './words.js';

/** What the race office has to check of one entry. */
export interface Checklist {
  /** Before it is confirmed. */
  readonly documents: readonly CheckItem[];
  /** Before it starts. */
  readonly readiness: readonly CheckItem[];
}

/**
 * The items that count for an entry, in the order of the matrix.
 *
 * @param rules of the entry's class, by `rulesOfClass`
 */
export function checklistOf(rules: EffectiveRules, facts: EntryFacts): Checklist {
  const items = (required: readonly RequiredItem[]) =>
    required.filter(({ when }) => isMet(when, facts)).map(({ item }) => item);
  return { documents: items(rules.documents), readiness: items(rules.readiness) };
}

/** Whether a rule of the matrix counts for an entry. Somebody whose age is not known is taken for grown up. */
export function isMet(condition: RuleCondition | undefined, facts: EntryFacts): boolean {
  return condition === undefined || CONDITIONS[condition](facts);
}

const CONDITIONS: Readonly<Record<RuleCondition, (facts: EntryFacts) => boolean>> = {
  minor: ({ event, entry }) =>
    entry.crew.some(({ birthDate }) => (ageOn(birthDate ?? '', event.startsOn) ?? FULL_AGE) < FULL_AGE),
  rating: ({ class: entryClass }) => (entryClass?.ratingSystem ?? 'none') !== 'none',
  offshore: ({ event }) => event.offshore === true,
  vehicle: ({ entry }) => entry.vehicle !== null,
  oxfam: ({ class: entryClass }) => entryClass?.crewFormat === 'oxfam',
};

/**
 * What is still missing of a list of items.
 *
 * @param prefix of the codes: DOCUMENT gives DOCUMENT_PENDING and DOCUMENT_FAILED
 * @param until what waits for it, in words
 */
export function judgeItems(
  items: readonly CheckItem[],
  { entry }: EntryFacts,
  prefix: 'DOCUMENT' | 'READINESS',
  until: string,
): Violation[] {
  return items.flatMap((item) => {
    const state = stateOf(item, entry.checks);
    if (state === 'passed' || state === 'waived') return [];
    const index = entry.checks.findIndex((check) => check.item === item && check.state === state);
    const pointer = index === -1 ? '/entry/checks' : `/entry/checks/${index}/state`;
    const name = itemInWords(item);
    return state === 'failed'
      ? error(
          `${prefix}_FAILED`,
          pointer,
          `${name} has not passed. Have it put right and check it again, or waive it with a reason; ${until}.`,
        )
      : error(
          `${prefix}_PENDING`,
          pointer,
          `${name} is still to be checked. Check it, or waive it with a reason; ${until}.`,
        );
  });
}

/** An item stands in the list once; should it stand there more often, the worst counts. */
function stateOf(item: CheckItem, checks: EntryFacts['entry']['checks']): CheckState {
  const states = checks.filter((check) => check.item === item).map(({ state }) => state);
  return (
    (['failed', 'pending', 'waived', 'passed'] as const).find((state) => states.includes(state)) ?? 'pending'
  );
}
