import { ageOn, isDay } from './ages.js';
import type { EffectiveRules } from './rules-of-class.js';
import type { CrewRole, EntryFacts, Range, Violation } from './types.js';
import { error, isEmpty, warning } from './violations.js';
import {
  countInWords,
  disciplineInWords,
  lowered,
  memberInWords,
  quoted,
  rolesInWords,
  rulesInWords,
} from './words.js';

/**
 * Judges the roles of a crew and how many there are of each. Somebody whose role has no place is told once and
 * counts for nothing else.
 */
export function checkCrew(
  { discipline, class: entryClass, entry }: EntryFacts,
  rules: EffectiveRules,
): Violation[] {
  const whose = rulesInWords(discipline, entryClass);
  const violations: Violation[] = [];
  const rolesOf = new Map<string, CrewRole[]>();
  const counted: CrewRole[] = [];
  for (const [index, member] of entry.crew.entries()) {
    const pointer = `/entry/crew/${index}`;
    const who = memberInWords(member, index);
    const others = rolesOf.get(member.personId) ?? [];
    rolesOf.set(member.personId, [...others, member.role]);
    if (others.length > 0) {
      violations.push(
        error(
          'CREW_MEMBER_TWICE',
          `${pointer}/personId`,
          `${who} is in the crew twice. Take one of them out.`,
        ),
      );
    }
    if (others.includes(member.role)) continue;
    const place = placeOfRole(member.role, rules);
    if (place === 'allowed') counted.push(member.role);
    else if (place === 'forbidden') {
      violations.push(
        error(
          'CREW_ROLE_FORBIDDEN',
          `${pointer}/role`,
          `${who} is ${aRole(member.role)}, a role that ${disciplineInWords[discipline]} does not have. Choose another role.`,
        ),
      );
    } else {
      violations.push(
        error(
          'CREW_ROLE_NOT_ALLOWED',
          `${pointer}/role`,
          `${who} is ${aRole(member.role)}, and a crew of ${lowered(whose)} has none. Its roles are ${rules.crew.flatMap(({ roles }) => roles).join(', ')}.`,
        ),
      );
    }
  }
  const sizes = rules.crew.flatMap(({ roles, count }) =>
    sizeFault(
      counted.filter((role) => roles.includes(role)).length,
      count,
      rolesInWords(roles, isPlural(count)),
      whose,
    ),
  );
  // The number of all is only told when the numbers of the roles are right: one fault is told once.
  violations.push(
    ...(sizes.length > 0
      ? sizes
      : sizeFault(counted.length, rules.total, isPlural(rules.total) ? 'people' : 'person', whose)),
  );
  return violations;
}

function isPlural([, max]: Range): boolean {
  return max !== 1;
}

function sizeFault(size: number, count: Range, what: string, whose: string): Violation[] {
  const [min, max] = count;
  if (size >= min && size <= max) return [];
  const missing = min - size;
  return [
    size < min
      ? error(
          'CREW_TOO_FEW',
          '/entry/crew',
          `${whose} needs ${countInWords(count)} ${what}, and the crew has ${size}. Add ${missing}.`,
        )
      : error(
          'CREW_TOO_MANY',
          '/entry/crew',
          `${whose} has ${countInWords(count)} ${what}, and the crew has ${size}. Take ${size - max} out.`,
        ),
  ];
}

/** Whether a crew can have a role: its discipline has none, or the class' crew has no place for it. */
export function placeOfRole(
  role: CrewRole,
  rules: EffectiveRules,
): 'allowed' | 'forbidden' | 'without place' {
  if (rules.forbiddenRoles.includes(role)) return 'forbidden';
  if (rules.crew.length === 0 || rules.crew.some(({ roles }) => roles.includes(role))) return 'allowed';
  return 'without place';
}

function aRole(role: CrewRole): string {
  return `a ${rolesInWords([role])}`;
}

/**
 * Judges the ages of a crew on the first day of the event.
 *
 * @returns a missing birth date is an error where the class has a limit of age, else a warning
 */
export function checkAges(facts: EntryFacts, rules: EffectiveRules): Violation[] {
  const { event, entry, class: entryClass, discipline } = facts;
  const hasLimit = rules.minAge !== null || rules.maxAge !== null;
  const needsConsent = rules.documents.some(({ when }) => when === 'minor');
  if (!isDay(event.startsOn)) {
    if (!hasLimit && !needsConsent) return [];
    return [
      warning(
        'AGES_NOT_CHECKED',
        '/event/startsOn',
        'The first day of the event is not known, so nobody has checked the ages. Say when the event starts.',
      ),
    ];
  }
  // A limit of the class is set on purpose; without a birth date nobody can say whether it is kept.
  const isNeeded = (entryClass?.minAge ?? entryClass?.maxAge ?? null) !== null;
  const whose = rulesInWords(discipline, entryClass);
  return entry.crew.flatMap((member, index) => {
    const pointer = `/entry/crew/${index}/birthDate`;
    const who = memberInWords(member, index);
    if (isEmpty(member.birthDate)) {
      const message = `The birth date of ${who} is missing. Enter it`;
      return isNeeded
        ? error('BIRTH_DATE_MISSING', pointer, `${message}: ${lowered(whose)} has limits of age.`)
        : warning('BIRTH_DATE_MISSING', pointer, `${message}, so that ages can be checked.`);
    }
    const age = ageOn(member.birthDate ?? '', event.startsOn);
    if (age === undefined) {
      return error(
        'BIRTH_DATE_INVALID',
        pointer,
        `${quoted(member.birthDate)} is no birth date of ${who}. Write it as 1990-05-31.`,
      );
    }
    if (rules.minAge !== null && age < rules.minAge) {
      return error(
        'AGE_TOO_LOW',
        pointer,
        `${who} is ${age} on the first day of the event, and ${lowered(whose)} begins at ${rules.minAge}. Choose another class or another person.`,
      );
    }
    if (rules.maxAge !== null && age > rules.maxAge) {
      return error(
        'AGE_TOO_HIGH',
        pointer,
        `${who} is ${age} on the first day of the event, and ${lowered(whose)} ends at ${rules.maxAge}. Choose another class or another person.`,
      );
    }
    return [];
  });
}
