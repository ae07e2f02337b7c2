import { type CrewRole, crewRoles, type VehicleKind } from '@trm/rules';
import { isEmail } from 'class-validator';
import {
  type Column,
  columnOf,
  crewColumn,
  type EntryColumn,
  MOST_CREW,
  requiredColumns,
  roleOf,
} from './entry-columns.js';
import type { EntrySheet, SheetRow } from './entry-sheet.js';
import { EntryFileHeader } from './transfer.problems.js';

/** Something about a row of a file. */
export interface Finding {
  /** The column, as the header calls it; null: the row as a whole. */
  readonly column: string | null;
  /** Stable, for programs. */
  readonly code: string;
  /** For a race official: what is wrong and what to do. */
  readonly message: string;
}

/** A person as a file tells of one. */
export interface NamedPerson {
  /** Where the file has it: `crew_1`, or the role of a short column; a tracker names its wearer so. */
  readonly label: string;
  readonly role: CrewRole;
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly email: string | null;
  /** YYYY-MM-DD */
  readonly birthDate: string | null;
  readonly nationality: string | null;
}

/** A vehicle as a file tells of one; what it leaves out is null. */
export interface NamedVehicle {
  readonly kind: VehicleKind | null;
  readonly make: string | null;
  readonly model: string | null;
  readonly year: number | null;
  readonly plate: string | null;
  readonly sailNumber: string | null;
  readonly rating: number | null;
}

/** A row of a file, read. What could not be read is null and has a problem. */
export interface EntryRow {
  readonly row: number;
  readonly raceNumber: number | null;
  readonly classCode: string | null;
  readonly name: string | null;
  readonly team: string | null;
  readonly vehicle: NamedVehicle | null;
  readonly crew: readonly NamedPerson[];
  readonly trackers: readonly { readonly imei: string; readonly wearer: string | null }[];
  readonly problems: readonly Finding[];
}

export interface EntryRows {
  readonly rows: readonly EntryRow[];
  /** Headers that mean nothing here. */
  readonly unknownColumns: readonly string[];
  readonly notes: readonly string[];
}

const VEHICLE_KINDS: readonly VehicleKind[] = [
  'moto',
  'quad',
  'car',
  'ssv',
  'truck',
  'bicycle',
  'boat',
  'sled',
];
const LARGEST_NUMBER = 2_147_483_647;
const CONTROL_CHARACTERS = /\p{Cc}/u;
const PERSON = /^(?<name>[^<>]*?)\s*(?:<(?<email>[^<>]*)>)?$/;

/**
 * Reads the rows of a file, each by itself; rows without any text are left out.
 * @throws EntryFileHeader when the header cannot be understood
 */
export function readEntryRows({ header, rows, notes }: EntrySheet): EntryRows {
  const columns = header.map(columnOf);
  requireHeader(header, columns);
  return {
    rows: rows
      .filter(({ cells }) => cells.some((cell) => cell !== ''))
      .map((row) => new RowReader(row, columns).read()),
    unknownColumns: header.filter((name, at) => name.trim() !== '' && columns[at] === undefined),
    notes,
  };
}

function requireHeader(header: readonly string[], columns: readonly (Column | undefined)[]): void {
  const names = columns.map((column) => column?.name);
  const missing = requiredColumns.filter((name) => !names.includes(name));
  if (missing.length > 0)
    throw new EntryFileHeader(
      `The first row must name the columns, and ${missing.join(' and ')} ${missing.length === 1 ? 'is' : 'are'} missing. It names ${header.filter(Boolean).slice(0, 12).join(', ') || 'nothing'}.`,
    );
  const twice = names.find((name, at) => name !== undefined && names.indexOf(name) < at);
  if (twice !== undefined) throw new EntryFileHeader(`The column ${twice} is there twice. Take one out.`);
}

/** Reads one row, and collects what cannot be read. */
class RowReader {
  private readonly problems: Finding[] = [];
  private readonly texts = new Map<string, string>();

  constructor(
    private readonly sheetRow: SheetRow,
    private readonly columns: readonly (Column | undefined)[],
  ) {}

  read(): EntryRow {
    for (const [at, column] of this.columns.entries()) {
      if (column === undefined) continue;
      if (this.sheetRow.formulas.has(at))
        this.problem(column.name, 'FORMULA', 'The cell is a formula. Put its value there instead.');
      else this.take(column.name, this.sheetRow.cells[at] ?? '');
    }
    const crew = this.crew();
    return {
      row: this.sheetRow.row,
      raceNumber: this.whole('race_number', 0, LARGEST_NUMBER),
      classCode: this.text('class', 255),
      name: this.text('name', 255),
      team: this.text('team', 120),
      vehicle: this.vehicle(),
      crew,
      trackers: this.trackers(crew),
      problems: this.problems,
    };
  }

  private crew(): NamedPerson[] {
    const places = Array.from({ length: MOST_CREW }, (_, index) => index + 1);
    return [...places.flatMap((place) => this.inPlace(place) ?? []), ...this.inRoleColumns()];
  }

  private inPlace(place: number): NamedPerson | undefined {
    const column = (part: Parameters<typeof crewColumn>[1]) => crewColumn(place, part);
    const person = {
      label: `crew_${place}`,
      firstName: this.text(column('first_name'), 50),
      lastName: this.text(column('last_name'), 50),
      email: this.email(column('email'), this.texts.get(column('email'))),
      birthDate: this.day(column('birth_date')),
      nationality: this.country(column('nationality')),
    };
    const given = this.texts.get(column('role'));
    const isEmpty =
      given === undefined && Object.values(person).every((value, at) => at === 0 || value === null);
    if (isEmpty) return undefined;
    const role = given === undefined ? undefined : roleOf(given);
    if (role === undefined) {
      this.problem(
        column('role'),
        'ROLE_UNKNOWN',
        `${given === undefined ? 'The role is missing' : `"${given}" is no role`}. Choose one of ${crewRoles.join(', ')}.`,
      );
      return undefined;
    }
    return { ...person, role };
  }

  private inRoleColumns(): NamedPerson[] {
    return this.columns.flatMap((column) => {
      if (column?.kind !== 'role') return [];
      const people = (this.texts.get(column.name) ?? '').split(';').filter((text) => text.trim() !== '');
      return people.map((text) => this.shortPerson(column.name, column.role, text.trim()));
    });
  }

  /** "First names Last <e-mail>" */
  private shortPerson(column: string, role: CrewRole, text: string): NamedPerson {
    const { name = text, email } = PERSON.exec(text)?.groups ?? {};
    const names = name.trim().split(/\s+/).filter(Boolean);
    if (name.includes('<'))
      this.problem(column, 'PERSON_UNREADABLE', `"${text}" cannot be read. Write First Last <e-mail>.`);
    return {
      label: column,
      role,
      firstName: this.short(column, names.slice(0, -1).join(' ') || undefined, 50),
      lastName: this.short(column, names.at(-1), 50),
      email: this.email(column, email?.trim() || undefined),
      birthDate: null,
      nationality: null,
    };
  }

  private vehicle(): NamedVehicle | null {
    const vehicle: NamedVehicle = {
      kind: this.kind(),
      make: this.text('vehicle_make', 80),
      model: this.text('vehicle_model', 80),
      year: this.whole('vehicle_year', 1886, 2100),
      plate: this.text('vehicle_plate', 20),
      sailNumber: this.text('vehicle_sail_number', 20),
      rating: this.rating(),
    };
    return Object.values(vehicle).every((value) => value === null) ? null : vehicle;
  }

  private trackers(crew: readonly NamedPerson[]): { imei: string; wearer: string | null }[] {
    const words = (this.texts.get('trackers') ?? '').split(/[\s,;]+/).filter(Boolean);
    return words.flatMap((word) => {
      const [imei = '', at = null] = word.split('@');
      const wearer = at === null ? null : (roleOf(at) ?? at.toLowerCase());
      if (!/^\S{1,40}$/.test(imei) || /^\d[.,]?\d*e\+?\d+$/i.test(imei)) {
        this.problem('trackers', 'TRACKER_UNREADABLE', `"${word}" is no IMEI. Format the column as text.`);
        return [];
      }
      if (wearer !== null && !crew.some(({ label }) => label === wearer)) {
        this.problem(
          'trackers',
          'DEVICE_WEARER_NOT_IN_CREW',
          `Tracker ${imei} is to be worn by ${at}, and the row has nobody there. Write for example ${imei}@${crew[0]?.label ?? 'crew_1'}.`,
        );
        return [];
      }
      return [{ imei, wearer }];
    });
  }

  private take(column: string, cell: string): void {
    if (cell === '') return;
    if (CONTROL_CHARACTERS.test(cell.replaceAll(/[\r\n\t]+/g, ' ')))
      this.problem(column, 'TEXT_UNREADABLE', 'The cell has characters that cannot be printed.');
    else this.texts.set(column, cell.replaceAll(/\s+/g, ' '));
  }

  private text(column: string, most: number): string | null {
    return this.short(column, this.texts.get(column), most);
  }

  private short(column: string, text: string | undefined, most: number): string | null {
    if (text === undefined) return null;
    if (text.length <= most) return text;
    this.problem(column, 'TEXT_TOO_LONG', `The text has ${text.length} characters; ${most} are taken.`);
    return null;
  }

  private whole(column: EntryColumn, from: number, to: number): number | null {
    const text = this.texts.get(column);
    if (text === undefined) return null;
    if (/^\d{1,10}$/.test(text) && Number(text) >= from && Number(text) <= to) return Number(text);
    this.problem(column, 'NUMBER_UNREADABLE', `"${text}" is no whole number from ${from} to ${to}.`);
    return null;
  }

  private rating(): number | null {
    const text = this.texts.get('vehicle_rating');
    if (text === undefined) return null;
    const rating = Number(text.replace(',', '.'));
    if (/^\d{1,6}([.,]\d{1,4})?$/.test(text) && rating > 0) return rating;
    this.problem('vehicle_rating', 'NUMBER_UNREADABLE', `"${text}" is no rating. Write it as 1.0325.`);
    return null;
  }

  private kind(): VehicleKind | null {
    const text = this.texts.get('vehicle_kind');
    const kind = VEHICLE_KINDS.find((one) => one === text?.toLowerCase());
    if (text !== undefined && kind === undefined)
      this.problem(
        'vehicle_kind',
        'VEHICLE_KIND_UNKNOWN',
        `"${text}" is no kind of vehicle. Choose one of ${VEHICLE_KINDS.join(', ')}.`,
      );
    return kind ?? null;
  }

  private email(column: string, text: string | undefined): string | null {
    if (text === undefined) return null;
    if (text.length <= 128 && isEmail(text, { require_tld: false })) return text.toLowerCase();
    this.problem(column, 'EMAIL_UNREADABLE', `"${text}" is no e-mail address.`);
    return null;
  }

  private day(column: string): string | null {
    const text = this.texts.get(column);
    if (text === undefined) return null;
    if (/^(19|20)\d{2}-\d{2}-\d{2}$/.test(text)) {
      const day = new Date(`${text}T00:00Z`);
      if (!Number.isNaN(day.getTime()) && day.toISOString().startsWith(text)) return text;
    }
    this.problem(
      column,
      'DATE_UNREADABLE',
      `"${text}" is no date that can only be read in one way. Write year, month and day: 1990-05-31.`,
    );
    return null;
  }

  private country(column: string): string | null {
    const text = this.texts.get(column);
    if (text === undefined) return null;
    if (/^[a-z]{3}$/i.test(text)) return text.toUpperCase();
    this.problem(column, 'NATIONALITY_UNREADABLE', `"${text}" is no country in three letters, such as ALB.`);
    return null;
  }

  private problem(column: string, code: string, message: string): void {
    this.problems.push({ column, code, message });
  }
}
