import type { PersonRecord } from './entry-record.js';
import type { Findings } from './findings.js';
import type { ImportFacts } from './plan-entry-import.js';
import type { EntryRow, NamedPerson } from './read-entry-rows.js';
import { key, sameName } from './same-entry.js';

/** Who is meant by the people of a file. */
export class PeopleOfFile {
  readonly created: PersonRecord[] = [];
  private readonly byEmail = new Map<string, PersonRecord>();
  private readonly byNameAndBirth = new Map<string, PersonRecord[]>();
  private readonly foreign: ReadonlySet<string>;
  /** In which entry, in words, somebody is already. */
  private readonly entryOf = new Map<string, string>();

  constructor(
    { people, foreignEmails, entries }: ImportFacts,
    private readonly newId: () => string,
  ) {
    for (const person of people) this.know(person);
    this.foreign = new Set(foreignEmails);
    for (const { crew, raceNumber, name } of entries)
      for (const { personId } of crew)
        this.entryOf.set(personId, raceNumber === null ? `"${name}"` : `#${raceNumber}`);
  }

  find(named: NamedPerson, row: EntryRow, findings: Findings): PersonRecord {
    const person = this.known(named, findings) ?? this.create(named, findings);
    const elsewhere = this.entryOf.get(person.personId);
    const here = `the entry of row ${row.row}`;
    if (elsewhere !== undefined && elsewhere !== here)
      findings.warning(
        columnOfPerson(named),
        'PERSON_IN_OTHER_ENTRY',
        `${fullName(person)} is in the crew of ${elsewhere} as well.`,
      );
    this.entryOf.set(person.personId, here);
    return person;
  }

  private known(named: NamedPerson, findings: Findings): PersonRecord | undefined {
    const column = columnOfPerson(named);
    const byEmail = named.email === null ? undefined : this.byEmail.get(named.email);
    if (byEmail !== undefined) {
      if ((named.firstName ?? named.lastName) !== null && !sameName(named, byEmail))
        findings.warning(
          column,
          'PERSON_CALLED_OTHERWISE',
          `${named.email} is ${fullName(byEmail)}; that name stays.`,
        );
      return this.asItIs(byEmail, column, findings);
    }
    if (named.birthDate === null) return undefined;
    const [person, ...others] = this.byNameAndBirth.get(nameAndBirth(named)) ?? [];
    if (others.length > 0)
      findings.violation(
        column,
        'PERSON_AMBIGUOUS',
        `Your organisation has several people called ${fullName(named)}, born on ${named.birthDate}. Give the e-mail address.`,
      );
    if (person === undefined) return undefined;
    if (named.email !== null)
      findings.warning(
        columnOfPerson(named, 'email'),
        'PERSON_HAS_OTHER_EMAIL',
        `${fullName(person)} is known with ${person.email === null ? 'no' : 'another'} e-mail address; that stays.`,
      );
    return this.asItIs(person, column, findings);
  }

  private asItIs(person: PersonRecord, column: string, findings: Findings): PersonRecord {
    if (!person.active)
      findings.warning(column, 'PERSON_NOT_ACTIVE', `The account of ${fullName(person)} is not active.`);
    return person;
  }

  private create(
    { firstName, lastName, email, birthDate, nationality, ...named }: NamedPerson,
    findings: Findings,
  ) {
    const person = {
      personId: this.newId(),
      firstName,
      lastName,
      email,
      birthDate,
      nationality,
      active: true,
    };
    if (email !== null && this.foreign.has(email))
      findings.violation(
        columnOfPerson(named, 'email'),
        'PERSON_NOT_MEMBER',
        `${email} cannot be used: its owner is not a member of your organisation. Have that person made a member first, or leave the address out.`,
      );
    if (firstName === null && lastName === null)
      findings.violation(
        columnOfPerson(named, 'last_name'),
        'NAME_MISSING',
        'Nobody is known by this. Give the name of the person.',
      );
    else if (email === null && birthDate === null)
      findings.warning(
        columnOfPerson(named),
        'PERSON_NOT_RECOGNISABLE',
        `${fullName(person)} has neither e-mail address nor birth date, and becomes a new person here and in every other event.`,
      );
    this.created.push(person);
    this.know(person);
    return person;
  }

  private know(person: PersonRecord): void {
    if (person.email !== null) this.byEmail.set(person.email, person);
    if (person.birthDate === null) return;
    const same = this.byNameAndBirth.get(nameAndBirth(person)) ?? [];
    this.byNameAndBirth.set(nameAndBirth(person), [...same, person]);
  }
}

export function fullName({ firstName, lastName }: Pick<PersonRecord, 'firstName' | 'lastName'>): string {
  return [firstName, lastName].filter(Boolean).join(' ');
}

function nameAndBirth(person: Pick<PersonRecord, 'firstName' | 'lastName' | 'birthDate'>): string {
  return `${key(person.firstName)}\n${key(person.lastName)}\n${person.birthDate}`;
}

/** `crew_1_email`, or the column of a role, which holds all of a person. */
export function columnOfPerson({ label }: Pick<NamedPerson, 'label'>, part = 'last_name'): string {
  return /^crew_\d/.test(label) ? `${label}_${part}` : label;
}
