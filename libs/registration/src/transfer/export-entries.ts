import { Injectable } from '@nestjs/common';
import { type Caller, EventNotFound, OrganisationAccess } from '@trm/platform';
import { stringify } from 'csv-stringify/sync';
import { type CellValue, writeXlsx } from 'hucre/xlsx';
import { RegistrationStore } from '../registration-store.js';
import { MAY_SEE_OFFICE } from '../who-may.js';
import { crewColumn, crewParts, entryColumns } from './entry-columns.js';
import type { EntryRecord } from './entry-record.js';
import { guarded } from './entry-sheet.js';
import { EntryTransferStore } from './entry-transfer-store.js';

export interface ExportedEntries {
  readonly eventName: string;
  readonly entries: readonly EntryRecord[];
}

/** The live entries of an event, for who works in its office. */
@Injectable()
export class ExportEntries {
  constructor(
    private readonly access: OrganisationAccess,
    private readonly registrations: RegistrationStore,
    private readonly store: EntryTransferStore,
  ) {}

  /** @throws EventNotFound, RoleMissing */
  async execute(caller: Caller, eventId: string): Promise<ExportedEntries> {
    await this.access.requireForEvent(caller, eventId, MAY_SEE_OFFICE, 'export entries');
    const event = await this.registrations.event(eventId);
    if (event === undefined) throw new EventNotFound();
    return { eventName: event.name, entries: await this.store.entries(eventId) };
  }
}

/**
 * Entries with the columns that an import reads. For spreadsheets: a byte order mark, or Excel guesses the encoding,
 * and CRLF. What begins like a formula gets an apostrophe, which an import takes away.
 */
export function entriesCsv(entries: readonly EntryRecord[]): string {
  const [header = [], ...rows] = tableOf(entries);
  return stringify(
    [header, ...rows].map((cells) => cells.map((cell) => guarded(cell === null ? '' : String(cell)))),
    { bom: true, record_delimiter: 'windows' },
  );
}

/** The same as a spreadsheet. Texts are cells of type text, so that no program takes one for a formula or a date. */
export async function entriesXlsx(entries: readonly EntryRecord[]): Promise<Uint8Array> {
  return writeXlsx({ sheets: [{ name: 'Entries', rows: tableOf(entries), freezePane: { rows: 1 } }] });
}

function tableOf(entries: readonly EntryRecord[]): CellValue[][] {
  const places = Math.max(1, ...entries.map(({ crew }) => crew.length));
  const crewHeader = Array.from({ length: places }, (_, index) =>
    crewParts.map((part) => crewColumn(index + 1, part)),
  );
  return [
    [...entryColumns, ...crewHeader.flat()],
    ...entries.map((entry) => [
      entry.raceNumber,
      entry.classCode,
      entry.name,
      entry.teamName,
      entry.vehicle?.kind ?? null,
      entry.vehicle?.make ?? null,
      entry.vehicle?.model ?? null,
      entry.vehicle?.year ?? null,
      entry.vehicle?.plate ?? null,
      entry.vehicle?.sailNumber ?? null,
      entry.vehicle?.rating ?? null,
      trackersOf(entry),
      ...crewHeader.flatMap((_, index) => {
        const member = entry.crew[index];
        return [
          member?.role ?? null,
          member?.firstName ?? null,
          member?.lastName ?? null,
          member?.email ?? null,
          member?.birthDate ?? null,
          member?.nationality ?? null,
        ];
      }),
    ]),
  ];
}

/** "356938035643809 356938035643817@crew_2" */
function trackersOf({ devices, crew }: EntryRecord): string | null {
  const words = devices.map(({ imei, wornBy }) => {
    const place = crew.findIndex(({ personId }) => personId === wornBy);
    return place === -1 ? imei : `${imei}@crew_${place + 1}`;
  });
  return words.length === 0 ? null : words.join(' ');
}
