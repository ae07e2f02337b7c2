import { judgeNumber } from '../race-numbers/race-numbers.js';
import { checkAges, checkCrew } from './check-crew.js';
import { checkDevices } from './check-devices.js';
import { checklistOf, isMet, judgeItems } from './checklist.js';
import { readCrewRules } from './crew-rules.js';
import { type EffectiveRules, knowsCrewFormat, rulesOfClass } from './rules-of-class.js';
import type { EntryFacts, Violation } from './types.js';
import { error, errorsOf, inOrderOfWeight, isEmpty, warning } from './violations.js';
import { disciplineInWords, kindsInWords, rulesInWords } from './words.js';

/**
 * Judges an entry by the rules of its discipline and class.
 *   1. The class itself: is there one where one is needed, and can its own rules be read?
 *   2. The race number: is there one, in the range of the class?
 *   3. The vehicle: its presence, its kind, and what it must tell (sail number, rating).
 *   4. The crew: roles, numbers of each role, ages.
 *   5. The trackers: how many, where, worn by whom.
 *   6. The documents: passed or waived.
 * Each fault is told once, where an official puts it right.
 *
 * @returns errors first, then in the order of the document; the same facts always give the same list
 */
export function checkEntry(facts: EntryFacts): Violation[] {
  const rules = rulesOfClass(facts.discipline, facts.class);
  return inOrderOfWeight([
    ...checkClass(facts, rules),
    ...checkNumber(facts, rules),
    ...checkVehicle(facts, rules),
    ...checkCrew(facts, rules),
    ...checkAges(facts, rules),
    ...checkDevices(facts, rules),
    ...judgeItems(
      checklistOf(rules, facts).documents,
      facts,
      'DOCUMENT',
      'until then the entry is not confirmed',
    ),
  ]);
}

/** Whether an entry with these violations may be confirmed: warnings do not keep it from that. */
export function mayConfirm(violations: readonly Violation[]): boolean {
  return errorsOf(violations).length === 0;
}

function checkClass(
  { discipline, event, class: entryClass }: EntryFacts,
  rules: EffectiveRules,
): Violation[] {
  if (entryClass === null) {
    const isNeeded =
      rules.class === 'required' || (rules.class === 'required-if-several' && event.classCount > 1);
    if (!isNeeded) return [];
    return [
      error('CLASS_MISSING', '/class', 'The entry has no class. Choose the class that it competes in.'),
    ];
  }
  const violations: Violation[] = [];
  const read = readCrewRules(entryClass.crewRules);
  if ('violation' in read) violations.push(read.violation);
  const differs = 'violation' in read || Object.keys(read.override).length > 0;
  if (differs && (entryClass.crewRulesReason ?? '').trim() === '') {
    violations.push(
      error(
        'CREW_RULES_REASON_MISSING',
        '/class/crewRulesReason',
        `Class ${entryClass.code} has rules of its own. Say in the class why.`,
      ),
    );
  }
  if (!knowsCrewFormat(discipline, entryClass)) {
    violations.push(
      warning(
        'CREW_FORMAT_UNKNOWN',
        '/class/crewFormat',
        `Class ${entryClass.code} has crews of the format ${entryClass.crewFormat}, which ${disciplineInWords[discipline]} has no rule for, so its usual crew counts. Choose another format, or write the crew into the rules of the class.`,
      ),
    );
  }
  return violations;
}

function checkNumber({ entry, class: entryClass }: EntryFacts, rules: EffectiveRules): Violation[] {
  if (entry.raceNumber === null) {
    if (rules.raceNumber === 'optional') return [];
    return [
      error(
        'RACE_NUMBER_MISSING',
        '/entry/raceNumber',
        'The entry has no race number. Give it one of its class.',
      ),
    ];
  }
  const violation = judgeNumber({
    raceNumber: entry.raceNumber,
    from: entryClass?.numberFrom ?? null,
    to: entryClass?.numberTo ?? null,
    taken: new Set(),
    label: `Class ${entryClass?.code}`,
  });
  return violation === null ? [] : [violation];
}

function checkVehicle(facts: EntryFacts, rules: EffectiveRules): Violation[] {
  const { discipline, class: entryClass } = facts;
  const { vehicle } = facts.entry;
  const whose = rulesInWords(discipline, entryClass);
  if (vehicle === null) {
    if (rules.vehicle !== 'required') return [];
    return [
      error(
        'VEHICLE_MISSING',
        '/entry/vehicle',
        `${whose} needs a vehicle, and the entry has none. Choose a ${kindsInWords(...rules.vehicleKinds)}.`,
      ),
    ];
  }
  if (rules.vehicle === 'forbidden') {
    return [
      error(
        'VEHICLE_FORBIDDEN',
        '/entry/vehicle',
        `${whose} has no vehicles. Take the vehicle off the entry.`,
      ),
    ];
  }
  // A class may let a vehicle into a discipline that has none: then any kind is welcome.
  if (rules.vehicleKinds.length > 0 && !rules.vehicleKinds.includes(vehicle.kind)) {
    return [
      error(
        'VEHICLE_KIND_WRONG',
        '/entry/vehicle/kind',
        `${whose} is for ${kindsInWords(...rules.vehicleKinds)}, and the entry has a ${kindsInWords(vehicle.kind)}. Choose another vehicle or another class.`,
      ),
    ];
  }
  return rules.vehicleFields
    .filter(({ field, when }) => isMet(when, facts) && isEmpty(vehicle[field]))
    .map(({ field }) =>
      field === 'sailNumber'
        ? error('SAIL_NUMBER_MISSING', '/entry/vehicle/sailNumber', 'The boat has no sail number. Enter it.')
        : error(
            'RATING_MISSING',
            '/entry/vehicle/rating',
            `${whose} scores on corrected time, and the vehicle has no rating. Enter it from the certificate.`,
          ),
    );
}
