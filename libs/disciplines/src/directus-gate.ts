import { Injectable } from '@nestjs/common';
import { type DirectusQuestion, isId, RoleMissing } from '@trm/platform';
import {
  checkEntry,
  checkReadiness,
  crewRoles,
  type EntryActor,
  type EntryFacts,
  type EntryStatus,
  entryStatuses,
  judgeMove,
  readCrewRules,
  type Violation,
} from '@trm/rules';
import { MarkWrites } from '@trm/recompute';
import { DirectusWrites } from '@trm/stage-opening';
import {
  ClassContradictsEntries,
  ClassRulesUnclear,
  ClassTooSmall,
  DisciplineContradictsEntries,
  DisciplineInUse,
  NotYourChange,
  type Objections,
  RulesBroken,
  StillInUse,
  ThingOfOthers,
  TooManyAtOnce,
  WaiverWithoutReason,
} from './disciplines.problems.js';
import { entryAsWritten, namesIn, writtenRows } from './entry-as-written.js';
import { faultCounts } from './fault-counts.js';
import { type ChildTable, type GateEntry, type GateEvent, GateStore, type Named } from './gate-store.js';
import { type Fields, fieldsOf, idIn, instantIn, integerIn, textIn } from './written.js';

/** What a person wants to save. */
interface Write {
  readonly collection: string;
  readonly action: 'create' | 'update' | 'delete';
  readonly fields: Fields;
  /** Rows that are changed or deleted. */
  readonly keys: readonly string[];
  readonly userId: string;
  readonly isAdmin: boolean;
}

/** So many entries are judged within the second that a form may wait; the lock at commit judges all. */
const MOST_AT_ONCE = 300;

/** Who sets up an event. */
const DIRECTION = ['org-admin', 'race-director'] as const;
const STAFF: ReadonlySet<string> = new Set([...DIRECTION, 'timekeeper', 'marshal']);
/** What a crew may change of its own entry while that is registered. */
const OPEN_TO_THE_CREW: ReadonlySet<string> = new Set([
  'name',
  'team_name',
  'vehicle_id',
  'class_id',
  'race_number',
  'crew',
  'status',
  'status_reason',
]);
/** A change of one of these can break a rule. */
const JUDGED = ['class_id', 'vehicle_id', 'race_number', 'event_id', 'crew', 'devices'] as const;
/** Violations of a move that say who may make it. */
const ABOUT_THE_PERSON: ReadonlySet<string> = new Set(['STATUS_ROLE', 'ENTRY_OF_OTHERS']);

/** Collections that only the direction adds to, by the field and table of their parent. */
const CATALOGUE: Readonly<
  Record<
    string,
    { field: string; parent: 'organizations' | 'events' | 'stages' | 'segments'; action: string }
  >
> = {
  events: { field: 'organization_id', parent: 'organizations', action: 'add an event' },
  classes: { field: 'event_id', parent: 'events', action: 'add a class' },
  stages: { field: 'event_id', parent: 'events', action: 'add a stage' },
  geofences: { field: 'event_id', parent: 'events', action: 'add a geofence' },
  penalty_formulas: { field: 'event_id', parent: 'events', action: 'add a penalty formula' },
  segments: { field: 'stage_id', parent: 'stages', action: 'add a segment' },
  waypoints: { field: 'segment_id', parent: 'segments', action: 'add a waypoint' },
  speed_limit_zones: { field: 'segment_id', parent: 'segments', action: 'add a speed limit zone' },
  organization_vehicles: { field: 'organization_id', parent: 'organizations', action: 'add a vehicle' },
  organization_devices: { field: 'organization_id', parent: 'organizations', action: 'add a tracker' },
};

/**
 * Says in words, before Directus writes, what the rules of the discipline, the class and the status machine forbid.
 *   1. New rows of the catalogue: only by the direction of the organisation that they belong to.
 *   2. An entry: the payload is applied to what is there, nested rows included, and the whole is judged; a change of
 *      status by the roles of the person in the organisation of the event.
 *   3. Crew, trackers and checks one by one: always what is wrong by itself. The whole entry is judged only when nobody
 *      is saving it at this moment, for then these rows are part of that save, which was judged already.
 *   4. Events and classes: what their entries were confirmed under.
 *   5. Marks on positions: whose they are, and whether there are any.
 *   6. Deletions, which are an administrator's alone: nothing that took part or that others stand on.
 * Somebody without any role in the organisation hears nothing from here: Directus refuses them itself, without a word
 * about what there is. Reads only; the triggers of db-init/post have the last word.
 */
@Injectable()
export class DirectusGate {
  constructor(
    private readonly store: GateStore,
    private readonly stages: DirectusWrites,
    private readonly marks: MarkWrites,
  ) {}

  /** @throws Problem with a sentence for the person at the form, and DatabaseUnavailable */
  async check(question: DirectusQuestion): Promise<void> {
    const write = readWrite(question);
    if (write === undefined) return;
    if (write.action === 'create') await this.requireDirection(write);
    switch (write.collection) {
      case 'entries':
        return this.checkEntries(write, question);
      case 'entry_crew':
      case 'entry_devices':
      case 'entry_checks':
        return this.checkRows(write, write.collection);
      case 'events':
        return this.checkEvents(write);
      case 'classes':
        return this.checkClasses(write);
      case 'stages':
        return write.action === 'delete' ? undefined : this.stages.check(question);
      case 'position_faults':
        return write.action === 'delete' ? undefined : this.checkMarks(write);
    }
  }

  private async checkMarks({ action, keys, fields, userId, isAdmin }: Write): Promise<void> {
    const isReadable = (field: string) => !(field in fields) || idIn(fields, field) !== undefined;
    if (!isReadable('entry_id') || !isReadable('device_id')) return;
    await this.marks.check(
      { userId, isAdmin, displayName: '' },
      {
        isNew: action === 'create',
        ids: keys,
        entryId: idIn(fields, 'entry_id'),
        deviceId: idIn(fields, 'device_id'),
        from: instantIn(fields, 'ts_from'),
        to: instantIn(fields, 'ts_to'),
      },
    );
  }

  private async requireDirection({ collection, fields, userId, isAdmin }: Write): Promise<void> {
    const rule = CATALOGUE[collection];
    if (rule === undefined || isAdmin) return;
    const parentId = idIn(fields, rule.field);
    // A parent that this very save makes is not there yet; making it was asked for itself.
    if (typeof parentId !== 'string') return;
    const owner = await this.store.ownerOf(rule.parent, parentId, userId);
    if (owner === undefined || owner.roles.length === 0) return;
    if (!owner.roles.some((role) => DIRECTION.some((needed) => needed === role)))
      throw new RoleMissing(rule.action, DIRECTION, owner.roles);
    if (collection !== 'organization_vehicles' && collection !== 'organization_devices') return;
    const thing = collection === 'organization_vehicles' ? 'vehicle' : 'tracker';
    const thingId = idIn(fields, thing === 'vehicle' ? 'vehicle_id' : 'device_id');
    if (typeof thingId !== 'string') return;
    if (!(await this.store.mayList(collection, thingId, parentId, userId))) throw new ThingOfOthers(thing);
  }

  private async checkEntries(write: Write, question: DirectusQuestion): Promise<void> {
    const { action, fields } = write;
    if (write.keys.length > MOST_AT_ONCE) throw new TooManyAtOnce(MOST_AT_ONCE);
    const entries = await this.entriesOf(write);
    const mine = entries.filter((entry) => concerns(entry, write));
    if (mine.length === 0) return;
    if (action === 'delete') {
      const raced = write.isAdmin ? mine.find(({ isInTheRace }) => isInTheRace) : undefined;
      if (raced !== undefined)
        throw new StillInUse(
          'ENTRY_IN_THE_RACE',
          `Entry ${raced.label} has starts or results and is not deleted. Withdraw it, or set it to dns or dnf.`,
        );
      return;
    }
    await this.requireReasons(writtenRows(fields, 'checks'));

    const people: Objections[] = [];
    const rules: Objections[] = [];
    for (const group of Map.groupBy(mine, ({ event }) => event.eventId).values()) {
      const named = await this.store.named(
        group[0]!.event,
        namesIn(fields, writtenRows(fields, 'crew'), writtenRows(fields, 'devices')),
      );
      for (const entry of group) {
        const violations = judge(entry, fields, named, write);
        const notTheirs = violations.filter(({ code }) => ABOUT_THE_PERSON.has(code));
        if (notTheirs.length > 0) people.push({ label: entry.label, violations: notTheirs });
        else if (violations.length > 0) rules.push({ label: entry.label, violations });
      }
    }
    if (people.length > 0) throw new NotYourChange(people);
    // It names the stage, which the rulebook does not know.
    await this.stages.check(question);
    if (rules.length > 0) throw new RulesBroken(rules);
  }

  /** The entries that are changed; for a new one the entry that it begins as. */
  private async entriesOf({ action, keys, fields, userId }: Write): Promise<GateEntry[]> {
    if (action !== 'create') return keys.length === 0 ? [] : this.store.entries(keys, userId);
    const eventId = idIn(fields, 'event_id');
    const event = typeof eventId === 'string' ? await this.store.event(eventId, userId) : undefined;
    return event === undefined ? [] : [newEntry(event, fields, userId)];
  }

  private async checkRows(write: Write, table: ChildTable): Promise<void> {
    const { action, fields, keys, userId } = write;
    if (table === 'entry_checks' && action !== 'delete')
      await this.requireReasons(action === 'create' ? [fields] : keys.map((id) => ({ ...fields, id })));
    const rows =
      action === 'create' ? [] : await this.store.entriesOfRows(table, keys.slice(0, MOST_AT_ONCE));
    const parentId = idIn(fields, 'entry_id');
    const entryIds = new Set(rows.map(({ entryId }) => entryId));
    if (typeof parentId === 'string') entryIds.add(parentId);
    if (entryIds.size === 0) return;
    const [entries, beingSaved] = await Promise.all([
      this.store.entries([...entryIds], userId),
      this.store.beingSaved([...entryIds]),
    ]);
    const people: Objections[] = [];
    const rules: Objections[] = [];
    for (const entry of entries.filter((each) => concerns(each, write))) {
      const own = rows.filter(({ entryId }) => entryId === entry.entryId).map(({ rowId }) => rowId);
      const objection = notForTheCrew(entry, write, table === 'entry_crew');
      if (objection !== undefined) {
        people.push({ label: entry.label, violations: [objection] });
        continue;
      }
      if (table === 'entry_checks') continue;
      const field = table === 'entry_crew' ? 'crew' : 'devices';
      const asParent: Fields = {
        [field]: {
          create: action === 'create' ? [fields] : [],
          update: action === 'update' ? own.map((id) => ({ ...fields, id })) : [],
          delete: action === 'delete' ? own : [],
        },
      };
      const written = action === 'delete' ? [] : [fields];
      const named = await this.store.named(
        entry.event,
        namesIn({}, field === 'crew' ? written : [], field === 'devices' ? written : []),
      );
      const after = entryAsWritten(entry, asParent, named);
      const byItself = [...after.foreign, ...(field === 'crew' ? misplacedRole(entry, fields) : [])];
      const isPartOfASave = entry.entryId !== null && beingSaved.has(entry.entryId);
      const faults = isPartOfASave
        ? []
        : faultsIn(after.facts, entry.status).filter(
            ({ code }) => field === 'crew' || code.startsWith('DEVICE'),
          );
      const violations = unique([...byItself, ...faults]);
      if (violations.length > 0) rules.push({ label: entry.label, violations });
    }
    if (people.length > 0) throw new NotYourChange(people);
    if (rules.length > 0) throw new RulesBroken(rules);
  }

  /** @throws WaiverWithoutReason when one of the checks is waived and neither says why nor did so before */
  private async requireReasons(checks: readonly Fields[]): Promise<void> {
    const waived = checks.filter(({ state }) => state === 'waived');
    const silent = waived.filter((check) => (textIn(check, 'waived_reason') ?? '').trim() === '');
    const untold = silent.filter((check) => !('waived_reason' in check) && isId(check['id']));
    const isRefused =
      silent.length > untold.length ||
      (untold.length > 0 && (await this.store.anyWithoutReason(untold.map(({ id }) => id as string))));
    if (isRefused) throw new WaiverWithoutReason();
  }

  private async checkEvents({ action, fields, keys, userId, isAdmin }: Write): Promise<void> {
    if (action === 'delete') {
      if (isAdmin && (await this.store.hasEntries('events', keys)))
        throw new StillInUse(
          'EVENT_HAS_ENTRIES',
          'An event that has entries is not deleted. Set its status to archived.',
        );
      return;
    }
    const discipline = textIn(fields, 'discipline');
    if (action !== 'update' || typeof discipline !== 'string') return;
    for (const eventId of keys) {
      const event = await this.store.event(eventId, userId);
      if (event === undefined || (event.roles.length === 0 && !isAdmin)) continue;
      if (event.discipline === discipline) continue;
      if (event.stageInUse !== null) throw new DisciplineInUse(event.name, event.stageInUse);
      const entries = await this.store.entriesIn({ eventId }, MOST_AT_ONCE);
      const objections = objectionsTo(
        entries.map((entry) => ({
          ...entry,
          facts: { ...entry.facts, discipline: discipline as EntryFacts['discipline'] },
        })),
      );
      if (objections.length > 0) throw new DisciplineContradictsEntries(event.name, discipline, objections);
    }
  }

  private async checkClasses({ action, fields, keys, userId, isAdmin }: Write): Promise<void> {
    if (action === 'delete') {
      if (isAdmin && (await this.store.hasEntries('classes', keys)))
        throw new StillInUse(
          'CLASS_HAS_ENTRIES',
          'A class that has entries is not deleted. Move its entries to another class first.',
        );
      return;
    }
    const crewRules = parsedJson(fields['crew_rules']);
    const read = readCrewRules(crewRules);
    if ('violation' in read) throw new ClassRulesUnclear(read.violation);
    if (action === 'create') return;
    for (const classId of keys) {
      const before = await this.store.class(classId);
      const event = before && (await this.store.event(before.eventId, userId));
      if (before === undefined || event === undefined || (event.roles.length === 0 && !isAdmin)) continue;
      const after = classAsWritten(before.facts, { ...fields, crew_rules: crewRules });
      const capacity = integerIn(fields, 'capacity') ?? Infinity;
      if (capacity < before.confirmed && capacity < (before.capacity ?? Infinity))
        throw new ClassTooSmall(before.facts.code, capacity, before.confirmed);
      if (JSON.stringify(after) === JSON.stringify(before.facts)) continue;
      const entries = await this.store.entriesIn({ classId }, MOST_AT_ONCE);
      const confirmed = entries.filter(({ status }) => status !== 'registered');
      // Only what this change makes wrong counts: a document may have expired since.
      const objections = objectionsTo(
        confirmed.map((entry) => ({ ...entry, facts: { ...entry.facts, class: after } })),
        (index) => new Set(checkEntry(confirmed[index]!.facts).map(({ code }) => code)),
      );
      if (objections.length > 0) throw new ClassContradictsEntries(before.facts.code, objections);
    }
  }
}

/** All that speaks against saving an entry, the person first, then the move, then the entry itself. */
function judge(entry: GateEntry, fields: Fields, named: Named, write: Write): Violation[] {
  const after = entryAsWritten(entry, fields, named);
  const to = statusIn(fields) ?? entry.status ?? 'registered';
  const isMove = to !== entry.status;
  const objection =
    entry.entryId === null ? undefined : notForTheCrew(entry, write, true, isMove ? to : undefined);
  if (objection !== undefined) return [objection];
  const move = isMove ? errors(judgeMove(moveOf(entry, to, after, fields, named, write))) : [];
  const isTouched = JUDGED.some((field) => field in fields);
  const full = classIsFull(entry, after.classId, fields, named);
  const faults = isTouched || (isMove && entry.status !== 'confirmed') ? faultsIn(after.facts, to) : [];
  return unique([...after.foreign, ...move, ...full, ...faults]);
}

function moveOf(
  entry: GateEntry,
  to: EntryStatus,
  after: ReturnType<typeof entryAsWritten>,
  fields: Fields,
  named: Named,
  { userId, isAdmin }: Write,
): Parameters<typeof judgeMove>[0] {
  const { event } = entry;
  const { raceNumber } = after.facts.entry;
  const holders = raceNumber === null ? [] : (named.numbers[raceNumber] ?? []);
  const raceClass = after.classId === null ? undefined : named.classes[after.classId];
  // Whoever has a place keeps it; a new class is asked for one.
  const placeFree =
    raceClass === undefined || after.classId === entry.classId
      ? !entry.isWaiting
      : raceClass.capacity === null || raceClass.placesTaken < raceClass.capacity;
  return {
    from: entry.status,
    to,
    actors: actorsOf(event, isAdmin),
    isOfTheCrew: entry.isOfTheCrew || after.facts.entry.crew.some(({ personId }) => personId === userId),
    reason: reasonIn(entry, fields),
    facts: {
      ...event,
      ...entry.moveFacts,
      raceNumberFree: holders.every((id) => id === entry.entryId),
      faults: checkEntry(after.facts),
      placeFree,
      notReady: checkReadiness(after.facts),
    },
  };
}

/** Whoever comes into a class takes one of its places, or waits. */
function classIsFull(entry: GateEntry, classId: string | null, fields: Fields, named: Named): Violation[] {
  const raceClass = classId === null ? undefined : named.classes[classId];
  const comesIn = raceClass !== undefined && classId !== entry.classId && entry.status !== 'withdrawn';
  const waits =
    typeof fields['waiting_since'] === 'string' || (entry.isWaiting && !('waiting_since' in fields));
  if (!comesIn || waits || raceClass.capacity === null || raceClass.placesTaken < raceClass.capacity)
    return [];
  const message = `Class ${raceClass.facts.code} is full: all ${raceClass.capacity} places are taken. Put the entry on the waiting list, or choose another class.`;
  return [{ code: 'CLASS_FULL', severity: 'error', pointer: '/class', message }];
}

/** The database takes a reason only when it is a new one, so that an old one does not count again. */
function reasonIn(entry: GateEntry, fields: Fields): string | null {
  const reason = textIn(fields, 'status_reason');
  return typeof reason === 'string' && reason !== entry.statusReason ? reason : null;
}

/** An administrator of Directus acts for the organisation's. */
function actorsOf({ roles }: GateEvent, isAdmin: boolean): EntryActor[] {
  return isAdmin ? [...new Set<EntryActor>([...DIRECTION, ...roles])] : [...roles];
}

/** Whether the person has anything to do with the entry; Directus refuses everybody else by itself. */
function concerns({ event, isOfTheCrew, isOwn }: GateEntry, { isAdmin }: Write): boolean {
  return isAdmin || isOfTheCrew || isOwn || event.roles.length > 0;
}

/**
 * What keeps a person who is no official from changing an entry: it must be the own one, still registered, and the
 * fields those of a crew.
 * @param isOpen whether crews change this kind of row at all
 * @param to the status that it goes to, when it changes; a move is judged by the machine
 */
function notForTheCrew(
  entry: GateEntry,
  { fields, isAdmin, action, collection }: Write,
  isOpen: boolean,
  to?: EntryStatus,
): Violation | undefined {
  const { roles } = entry.event;
  if (isAdmin || roles.some((role) => STAFF.has(role))) return undefined;
  const refuse = (message: string): Violation => ({
    code: 'STATUS_ROLE',
    severity: 'error',
    pointer: '/actors',
    message,
  });
  if (!entry.isOfTheCrew && !entry.isOwn) return refuse('Only its crew and the race office change it.');
  const isWithdrawal =
    to === 'withdrawn' && Object.keys(fields).every((field) => /^status(_reason)?$/.test(field));
  if (isWithdrawal) return undefined;
  if (entry.status !== 'registered')
    return refuse(`It is ${entry.status}, so its crew can no longer change it. Ask the race office.`);
  const foreign =
    collection === 'entries' && action === 'update'
      ? Object.keys(fields).find((field) => !OPEN_TO_THE_CREW.has(field))
      : undefined;
  if (!isOpen || foreign !== undefined) return refuse('Only the race office changes this. Ask it.');
  return undefined;
}

/** A role that no swap makes right. */
function misplacedRole({ facts }: GateEntry, fields: Fields): Violation[] {
  const role = crewRoles.find((known) => known === fields['role']);
  if (role === undefined) return [];
  const alone = { ...facts, entry: { ...facts.entry, crew: [{ personId: 'x', role, name: 'This person' }] } };
  return checkEntry(alone).filter(({ code }) => code.startsWith('CREW_ROLE'));
}

function faultsIn(facts: EntryFacts, status: EntryStatus | null): Violation[] {
  return status === null ? [] : errors(checkEntry(facts)).filter((fault) => faultCounts(fault, status));
}

function objectionsTo(
  entries: readonly { readonly label: string; readonly status: EntryStatus; readonly facts: EntryFacts }[],
  knownBefore: (index: number) => ReadonlySet<string> = () => new Set(),
): Objections[] {
  return entries
    .map(({ label, status, facts }, index) => {
      const known = knownBefore(index);
      return { label, violations: faultsIn(facts, status).filter(({ code }) => !known.has(code)) };
    })
    .filter(({ violations }) => violations.length > 0);
}

function classAsWritten(
  before: NonNullable<EntryFacts['class']>,
  fields: Fields,
): NonNullable<EntryFacts['class']> {
  const changed: Record<string, unknown> = {
    code: textIn(fields, 'code'),
    vehicleKind: textIn(fields, 'vehicle_kind'),
    numberFrom: integerIn(fields, 'number_from'),
    numberTo: integerIn(fields, 'number_to'),
    minAge: integerIn(fields, 'min_age'),
    maxAge: integerIn(fields, 'max_age'),
    ratingSystem: textIn(fields, 'rating_system'),
    crewFormat: textIn(fields, 'crew_format'),
    crewRules: fields['crew_rules'],
    crewRulesReason: textIn(fields, 'crew_rules_reason'),
  };
  return {
    ...before,
    ...Object.fromEntries(Object.entries(changed).filter(([, value]) => value !== undefined)),
  };
}

function newEntry(event: GateEvent, fields: Fields, userId: string): GateEntry {
  const raceNumber = integerIn(fields, 'race_number');
  return {
    entryId: null,
    label:
      typeof raceNumber === 'number' ? `#${raceNumber}` : `"${textIn(fields, 'name') ?? 'without a name'}"`,
    status: null,
    statusReason: null,
    classId: null,
    isWaiting: false,
    event,
    facts: {
      discipline: event.discipline,
      event: { startsOn: event.startsOn, classCount: event.classCount },
      class: null,
      entry: { raceNumber: null, vehicle: null, crew: [], devices: [], checks: [] },
    },
    isOfTheCrew: writtenRows(fields, 'crew').some((row) => idIn(row, 'user_id') === userId.toLowerCase()),
    isOwn: false,
    moveFacts: {
      onOpenStartList: false,
      everyResultThere: false,
      recomputePending: false,
      rejoinCount: 0,
      resultsOfficial: false,
      previousStatus: null,
    },
    isInTheRace: false,
  };
}

/** The status that is written; a word that is none is left to the database. */
function statusIn(fields: Fields): EntryStatus | undefined {
  return entryStatuses.find((status) => status === fields['status']);
}

/** Directus takes JSON also as text. */
function parsedJson(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

function errors(violations: readonly Violation[]): Violation[] {
  return violations.filter(({ severity }) => severity === 'error');
}

/** A fault that two looks have found is told once. */
function unique(violations: readonly Violation[]): Violation[] {
  return [...new Map(violations.map((each) => [`${each.code} ${each.message}`, each])).values()];
}

function readWrite({ trigger, accountability }: DirectusQuestion): Write | undefined {
  const action = /\.(create|update|delete)$/.exec(trigger.event)?.[1] as Write['action'] | undefined;
  if (action === undefined || typeof accountability?.user !== 'string') return undefined;
  // Signed or not, it came from outside: what is no list holds no keys.
  const given: unknown = Array.isArray(trigger.payload) ? trigger.payload : trigger.keys;
  const keys: unknown[] = Array.isArray(given) ? given : [];
  return {
    collection: trigger.collection,
    action,
    fields: fieldsOf(trigger.payload),
    keys: keys.filter(isId).map((key) => key.toLowerCase()),
    userId: accountability.user,
    isAdmin: accountability.admin === true,
  };
}
