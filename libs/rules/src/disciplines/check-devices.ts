import { isMet } from './checklist.js';
import type { DeviceRule } from './discipline-matrix.js';
import type { EffectiveRules } from './rules-of-class.js';
import type { BoundDevice, EntryFacts, Violation } from './types.js';
import { error } from './violations.js';
import { deviceInWords, disciplineInWords, rulesInWords } from './words.js';

/** Judges how many trackers an entry carries, where, and who wears them. */
export function checkDevices(facts: EntryFacts, rules: EffectiveRules): Violation[] {
  const { discipline, class: entryClass, entry } = facts;
  const whose = rulesInWords(discipline, entryClass);
  const bound = numberOf(entry.devices);
  const twice = entry.devices.flatMap((device, index) =>
    entry.devices.findIndex(({ deviceId }) => deviceId === device.deviceId) < index
      ? error(
          'DEVICE_TWICE',
          `/entry/devices/${index}/deviceId`,
          `${deviceInWords(device)} is bound to the entry twice. Take one binding away.`,
        )
      : [],
  );
  const rulesThatCount = rules.deviceRules.filter(({ when }) => isMet(when, facts));
  const [min, max] = rules.devices;
  const least = rulesThatCount.some(({ rule }) => rule === 'at-least-one') ? Math.max(1, min) : min;
  if (bound < least) {
    const message = `${whose} needs at least ${least} tracker${least === 1 ? '' : 's'} on an entry${min < least ? ' that goes offshore' : ''}, and this one has ${bound}. Bind ${least - bound}.`;
    // What is said about trackers says nothing about none.
    const others = bound === 0 ? [] : judgeDevices(facts, rulesThatCount);
    return [...twice, error('DEVICES_TOO_FEW', '/entry/devices', message), ...others];
  }
  if (bound === 0) return [];
  const tooMany =
    bound > max
      ? [
          error(
            'DEVICES_TOO_MANY',
            '/entry/devices',
            `${whose} has at most ${max} trackers on an entry, and this one has ${bound}. Take ${bound - max} off.`,
          ),
        ]
      : [];
  return [...twice, ...tooMany, ...judgeDevices(facts, rulesThatCount)];
}

/** What a rule finds; how grave it is, the matrix says. */
type Finding = Pick<Violation, 'code' | 'pointer' | 'message'>;

const DEVICE_RULES: Readonly<Record<DeviceRule['rule'], (facts: EntryFacts) => readonly Finding[]>> = {
  // Told with the number of trackers.
  'at-least-one': () => [],
  'on-vehicle': ({ entry }) =>
    entry.devices.some(({ wornBy }) => wornBy === null)
      ? []
      : [
          {
            code: 'DEVICE_NOT_ON_VEHICLE',
            pointer: '/entry/devices',
            message:
              'All trackers of the entry are worn by people. Bind one to the vehicle, without a wearer.',
          },
        ],
  worn: ({ discipline, entry }) =>
    entry.devices.flatMap((device, index) =>
      device.wornBy === null
        ? {
            code: 'DEVICE_NOT_WORN',
            pointer: `/entry/devices/${index}/wornBy`,
            message: `${deviceInWords(device)} is worn by nobody. In ${disciplineInWords[discipline]} say who wears it.`,
          }
        : [],
    ),
  'worn-by-crew': ({ entry: { crew, devices } }) =>
    devices.flatMap((device, index) =>
      device.wornBy === null || crew.some(({ personId }) => personId === device.wornBy)
        ? []
        : {
            code: 'DEVICE_WEARER_NOT_IN_CREW',
            pointer: `/entry/devices/${index}/wornBy`,
            message: `${deviceInWords(device)} is worn by somebody outside the crew. Choose a member of the crew.`,
          },
    ),
  backup: ({ entry }) =>
    numberOf(entry.devices) > 1
      ? []
      : [
          {
            code: 'DEVICE_NO_BACKUP',
            pointer: '/entry/devices',
            message: 'The entry has one tracker. Should it fail, nobody sees the crew: bind a second one.',
          },
        ],
  'panic-button': ({ entry }) =>
    entry.devices.some(({ hasPanicButton }) => hasPanicButton === true)
      ? []
      : [
          {
            code: 'DEVICE_NO_PANIC_BUTTON',
            pointer: '/entry/devices',
            message:
              'No tracker of the entry has a panic button. Bind one, so that the crew can call for help.',
          },
        ],
};

function judgeDevices(facts: EntryFacts, rules: readonly DeviceRule[]): Violation[] {
  return rules.flatMap(({ rule, severity }) =>
    DEVICE_RULES[rule](facts).map(({ code, pointer, message }) => ({ code, severity, pointer, message })),
  );
}

/** A tracker that is bound twice is one tracker. */
function numberOf(devices: readonly BoundDevice[]): number {
  return new Set(devices.map(({ deviceId }) => deviceId)).size;
}
