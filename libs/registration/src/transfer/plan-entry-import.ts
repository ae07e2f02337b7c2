import {
  checkEntry,
  checklistOf,
  type CrewRole,
  type EntryFacts,
  isImpossible,
  rulesOfClass,
  type Violation,
} from '@trm/rules';
import { factsOf } from '../entry-facts.js';
import type { ClassFile, EventFile, TrackerFile } from '../registration-store.js';
import type { EntryRecord, PersonRecord, VehicleRecord } from './entry-record.js';
import { Findings } from './findings.js';
import { columnOfPerson, fullName, PeopleOfFile } from './people-of-file.js';
import type { EntryRow, EntryRows, Finding, NamedPerson } from './read-entry-rows.js';
import { differences, key } from './same-entry.js';
import { VehiclesOfFile } from './vehicles-of-file.js';

/** What the database knows about what is in the file. */
export interface ImportFacts {
  readonly event: EventFile;
  readonly classes: readonly ClassFile[];
  /** Live entries of the event. */
  readonly entries: readonly EntryRecord[];
  /** Members of the organisation. */
  readonly people: readonly PersonRecord[];
  /** Which addresses of the file belong to people outside the organisation. */
  readonly foreignEmails: readonly string[];
  /** Vehicles of the organisation, the oldest first. */
  readonly vehicles: readonly VehicleRecord[];
  /** Trackers of the organisation. */
  readonly trackers: readonly TrackerFile[];
}

export interface RowReport {
  readonly row: number;
  /** `unchanged`: the entry is there already, just so. */
  readonly result: 'new' | 'unchanged' | 'refused';
  readonly raceNumber: number | null;
  readonly name: string | null;
  readonly classCode: string | null;
  /** Why the row is refused. */
  readonly violations: readonly Finding[];
  /** What is missing, or was done otherwise than the file says. */
  readonly warnings: readonly Finding[];
}

export interface ImportReport {
  readonly v: 1;
  readonly totals: {
    readonly rows: number;
    readonly new: number;
    readonly unchanged: number;
    readonly refused: number;
    readonly warnings: number;
  };
  /** What is said of the file as a whole. */
  readonly warnings: readonly Finding[];
  readonly rows: readonly RowReport[];
}

export interface NewPerson {
  readonly personId: string;
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly email: string | null;
  readonly birthDate: string | null;
  readonly nationality: string | null;
}

export interface ImportedEntry {
  readonly entryId: string;
  readonly raceNumber: number | null;
  readonly classId: string | null;
  readonly name: string;
  readonly teamName: string | null;
  readonly vehicleId: string | null;
  readonly crew: readonly { readonly personId: string; readonly role: CrewRole }[];
  readonly devices: readonly { readonly deviceId: string; readonly wornBy: string | null }[];
}

/** All that an import writes, in the order in which it has to be written. */
export interface ImportWrites {
  readonly people: readonly NewPerson[];
  readonly vehicles: readonly VehicleRecord[];
  readonly entries: readonly ImportedEntry[];
}

export interface ImportPlan {
  readonly report: ImportReport;
  /** Nothing at all when a row is refused. */
  readonly writes: ImportWrites;
}

/**
 * Plans the import of a file of entries; a preview shows the report, an apply writes what is planned.
 *   1. Which rows are there already: by race number, else by name and class. Equal in all that the file says, they are
 *      unchanged; else refused, for an import never changes an entry.
 *   2. The class of a new row, and a place in it for each; the race number, once in the file and in its range.
 *   3. Its people: by e-mail, else by name and birth date, among the members of the organisation, else new ones.
 *   4. Its vehicle: by plate, sail number, else by all that is said of it, among those of the organisation, else a
 *      new one. Nobody who is there already and no vehicle is changed.
 *   5. Its trackers: of the organisation, free, and once in the file.
 *   6. The rulebook of discipline and class: what can never become right refuses the row, what is missing is a warning.
 *   7. One row refused: nothing is written.
 * @param newId makes ids of what is written; the report has none, so that a preview and its apply are equal
 */
export function planEntryImport(
  { rows, unknownColumns, notes }: EntryRows,
  facts: ImportFacts,
  newId: () => string,
): ImportPlan {
  const known = knownEntries(rows, facts.entries);
  const planner = new NewEntries(facts, newId);
  const reports = rows.map((row) => {
    const entry = known.get(row);
    return entry === undefined ? planner.plan(row) : reportOnKnown(row, entry);
  });
  const count = (result: RowReport['result']) => reports.filter((one) => one.result === result).length;
  const warnings: Finding[] = [
    ...unknownColumns.map((column) => ({
      column,
      code: 'COLUMN_UNKNOWN',
      message: `The column "${column}" is not known and was left aside.`,
    })),
    ...notes.map((message) => ({ column: null, code: 'SHEET_LEFT_ASIDE', message })),
  ];
  return {
    report: {
      v: 1,
      totals: {
        rows: rows.length,
        new: count('new'),
        unchanged: count('unchanged'),
        refused: count('refused'),
        warnings: reports.reduce((sum, row) => sum + row.warnings.length, warnings.length),
      },
      warnings,
      rows: reports,
    },
    writes: count('refused') > 0 ? { people: [], vehicles: [], entries: [] } : planner.writes(),
  };
}

/** Each entry is one row's: numbers go first, for a name may be there twice. */
function knownEntries(
  rows: readonly EntryRow[],
  entries: readonly EntryRecord[],
): ReadonlyMap<EntryRow, EntryRecord> {
  const known = new Map<EntryRow, EntryRecord>();
  const left = new Set(entries);
  const byNumber = new Map(entries.map((entry) => [entry.raceNumber, entry]));
  for (const row of rows) {
    const entry = row.raceNumber === null ? undefined : byNumber.get(row.raceNumber);
    if (entry === undefined || !left.delete(entry)) continue;
    known.set(row, entry);
  }
  const nameAndClass = (name: string | null, classCode: string | null) => `${key(name)}\n${key(classCode)}`;
  const byName = Map.groupBy(left, (entry) => nameAndClass(entry.name, entry.classCode));
  for (const row of rows) {
    if (known.has(row)) continue;
    const candidates = (byName.get(nameAndClass(nameOf(row), row.classCode)) ?? []).filter((entry) =>
      left.has(entry),
    );
    const entry = candidates.find((one) => differences(row, one).length === 0) ?? candidates[0];
    if (entry === undefined) continue;
    left.delete(entry);
    known.set(row, entry);
  }
  return known;
}

function reportOnKnown(row: EntryRow, entry: EntryRecord): RowReport {
  const different = row.problems.length > 0 ? [] : differences(row, entry);
  const violations =
    different.length === 0
      ? row.problems
      : [
          {
            column: row.raceNumber === entry.raceNumber ? 'race_number' : 'name',
            code: 'ENTRY_EXISTS',
            message: `${entry.raceNumber === null ? '' : `#${entry.raceNumber} `}${entry.name} exists already, with another ${inWords(different)}. Change the entry there, or take the row out.`,
          },
        ];
  return {
    row: row.row,
    result: violations.length === 0 ? 'unchanged' : 'refused',
    raceNumber: row.raceNumber,
    name: row.name ?? entry.name,
    classCode: row.classCode,
    violations,
    warnings: [],
  };
}

/** Plans the rows that are not there yet, one after the other: each sees what those above it have taken. */
class NewEntries {
  private readonly people: PeopleOfFile;
  private readonly vehicles: VehiclesOfFile;
  private readonly entries: ImportedEntry[] = [];
  private readonly rowOfNumber = new Map<number, number>();
  private readonly rowOfTracker = new Map<string, number>();
  private readonly rowOfNameWithoutNumber = new Map<string, number>();
  private readonly newInClass = new Map<ClassFile, number>();
  private readonly classByCode: ReadonlyMap<string, ClassFile>;
  private readonly trackerByImei: ReadonlyMap<string, TrackerFile>;

  constructor(
    private readonly facts: ImportFacts,
    private readonly newId: () => string,
  ) {
    this.people = new PeopleOfFile(facts, newId);
    this.vehicles = new VehiclesOfFile(facts, newId);
    this.classByCode = new Map(facts.classes.map((one) => [key(one.code), one]));
    this.trackerByImei = new Map(facts.trackers.map((one) => [one.imei, one]));
  }

  plan(row: EntryRow): RowReport {
    const findings = new Findings(row.problems);
    const chosen = this.class(row, findings);
    this.number(row, findings);
    const crew = row.crew.map((named) => ({ named, person: this.people.find(named, row, findings) }));
    const vehicle = row.vehicle && this.vehicles.find(row.vehicle, chosen, row, findings);
    const trackers = this.trackers(row, crew, findings);
    const name = nameOf(row);
    if (name === null)
      findings.violation(
        'name',
        'NAME_MISSING',
        'Give the entry a name, or at least one person of its crew.',
      );
    if (!findings.refused) this.judge(row, { class: chosen, crew, vehicle, trackers }, findings);
    this.entries.push({
      entryId: this.newId(),
      raceNumber: row.raceNumber,
      classId: chosen?.classId ?? null,
      name: name ?? '',
      teamName: row.team,
      vehicleId: vehicle?.vehicleId ?? null,
      crew: crew.map(({ named, person }) => ({ personId: person.personId, role: named.role })),
      devices: trackers.map(({ tracker, wornBy }) => ({ deviceId: tracker.deviceId, wornBy })),
    });
    return {
      row: row.row,
      result: findings.refused ? 'refused' : 'new',
      raceNumber: row.raceNumber,
      name,
      classCode: chosen?.code ?? row.classCode,
      violations: findings.violations,
      warnings: findings.warnings,
    };
  }

  writes(): ImportWrites {
    return { people: this.people.created, vehicles: this.vehicles.created, entries: this.entries };
  }

  private class({ classCode }: EntryRow, findings: Findings): ClassFile | null {
    if (classCode === null) return null;
    const chosen = this.classByCode.get(key(classCode));
    if (chosen === undefined) {
      const codes = this.facts.classes.map(({ code }) => code).join(', ');
      findings.violation(
        'class',
        'CLASS_NOT_FOUND',
        `${this.facts.event.name} has no class "${classCode}". ${codes === '' ? 'Make its classes first.' : `Its classes are ${codes}.`}`,
      );
      return null;
    }
    const others = this.newInClass.get(chosen) ?? 0;
    this.newInClass.set(chosen, others + 1);
    const free = chosen.capacity === null ? Number.POSITIVE_INFINITY : chosen.capacity - chosen.placesTaken;
    if (others >= free)
      findings.violation(
        'class',
        'CLASS_FULL',
        `Class ${chosen.code} is full: ${free <= 0 ? `all ${chosen.capacity} places are taken` : `it has ${free} free places, and the rows above fill them`}. Choose another class, or give it more places.`,
      );
    return chosen;
  }

  private number(row: EntryRow, findings: Findings): void {
    const { raceNumber } = row;
    if (raceNumber !== null) {
      this.once(this.rowOfNumber, raceNumber, row, (other) =>
        findings.violation(
          'race_number',
          'RACE_NUMBER_TAKEN',
          `Number ${raceNumber} is in row ${other} as well. Choose another one.`,
        ),
      );
      if (this.facts.entries.some((entry) => entry.raceNumber === raceNumber))
        findings.violation('race_number', 'RACE_NUMBER_TAKEN', `Number ${raceNumber} is taken.`);
      return;
    }
    // Without numbers nothing would tell the two apart the next time.
    this.once(this.rowOfNameWithoutNumber, `${key(nameOf(row))}\n${key(row.classCode)}`, row, (other) =>
      findings.violation(
        'name',
        'ENTRY_TWICE',
        `Row ${other} has the same name and class. Give them numbers, or take one out.`,
      ),
    );
  }

  private trackers(
    row: EntryRow,
    crew: readonly { readonly named: NamedPerson; readonly person: PersonRecord }[],
    findings: Findings,
  ): { tracker: TrackerFile; wornBy: string | null }[] {
    return row.trackers.flatMap(({ imei, wearer }) => {
      const tracker = this.trackerByImei.get(imei);
      if (tracker === undefined) {
        findings.violation(
          'trackers',
          'TRACKER_OF_OTHER_ORGANISATION',
          `Your organisation has no tracker ${imei}. Check the IMEI, or add the tracker first.`,
        );
        return [];
      }
      if (tracker.boundTo !== null)
        findings.violation(
          'trackers',
          'TRACKER_IN_USE',
          `Tracker ${imei} is on entry ${tracker.boundTo}. End that binding first, or leave the tracker out.`,
        );
      this.once(this.rowOfTracker, imei, row, (other) =>
        findings.violation(
          'trackers',
          'TRACKER_IN_USE',
          `Tracker ${imei} is in row ${other} as well. One entry has it.`,
        ),
      );
      return [{ tracker, wornBy: crew.find(({ named }) => named.label === wearer)?.person.personId ?? null }];
    });
  }

  private judge(
    row: EntryRow,
    entry: {
      readonly class: ClassFile | null;
      readonly crew: readonly { readonly named: NamedPerson; readonly person: PersonRecord }[];
      readonly vehicle: VehicleRecord | null;
      readonly trackers: readonly { readonly tracker: TrackerFile; readonly wornBy: string | null }[];
    },
    findings: Findings,
  ): void {
    const facts = factsOf({
      event: this.facts.event,
      class: entry.class,
      raceNumber: row.raceNumber,
      vehicle: entry.vehicle && { ...entry.vehicle, label: '' },
      crew: entry.crew.map(({ named, person }) => ({
        crewId: '',
        personId: person.personId,
        role: named.role,
        name: fullName(person),
        birthDate: person.birthDate,
      })),
      devices: entry.trackers.map(({ tracker, wornBy }) => ({
        ...tracker,
        wornBy,
        bindingId: '',
        validFrom: this.facts.event.startsAt,
      })),
      checks: [],
    });
    for (const violation of checkEntry(facts)) {
      // Every document of a new entry is pending: one sentence says them all.
      if (violation.code === 'DOCUMENT_PENDING') continue;
      const add = isImpossible(violation) ? 'violation' : 'warning';
      findings[add](columnOf(violation, row), violation.code, violation.message);
    }
    const documents = documentsOf(facts);
    if (documents.length > 0)
      findings.warning(null, 'DOCUMENT_PENDING', `Still to be checked: ${documents.join(', ')}.`);
  }

  /** Calls `taken` with the row that has it already. */
  private once<Key>(rows: Map<Key, number>, of: Key, { row }: EntryRow, taken: (row: number) => void): void {
    const other = rows.get(of);
    if (other === undefined) rows.set(of, row);
    else taken(other);
  }
}

function documentsOf(facts: EntryFacts): readonly string[] {
  return checklistOf(rulesOfClass(facts.discipline, facts.class), facts).documents;
}

/** The name that the file gives, else the names of the crew, as at any other registration. */
function nameOf({ name, crew }: EntryRow): string | null {
  const names = crew.map(fullName).filter((one) => one !== '');
  return name ?? (names.length === 0 ? null : names.join(' / ').slice(0, 200));
}

const COLUMNS: Readonly<Record<string, string>> = {
  raceNumber: 'race_number',
  vehicle: 'vehicle_kind',
  'vehicle/sailNumber': 'vehicle_sail_number',
  'vehicle/rating': 'vehicle_rating',
  crew: 'crew_1_role',
  devices: 'trackers',
};
const CREW_PARTS: Readonly<Record<string, string>> = { role: 'role', birthDate: 'birth_date' };

/** Where in the file an official puts a fault right that the rulebook points to. */
function columnOf({ pointer }: Violation, row: EntryRow): string | null {
  const [, first, part, index, field] = pointer.split('/');
  if (first === 'class') return 'class';
  const person = part === 'crew' ? row.crew[Number(index)] : undefined;
  if (person !== undefined) return columnOfPerson(person, CREW_PARTS[field ?? '']);
  return COLUMNS[`${part}/${index}`] ?? COLUMNS[part ?? ''] ?? null;
}

function inWords(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
