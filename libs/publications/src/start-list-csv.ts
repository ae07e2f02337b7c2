import { stringify } from 'csv-stringify/sync';
import { local } from './local-time.js';
import { formulaInWords, remark } from './published-words.js';
import type { PublishedStage } from './publications-store.js';

/**
 * For spreadsheets, which is why: a byte order mark, or Excel guesses the encoding; CRLF; and an apostrophe before a
 * cell that begins like a formula, for the name of a crew is not ours.
 */
const FOR_SPREADSHEETS = {
  header: true,
  bom: true,
  record_delimiter: 'windows',
  escape_formulas: true,
} as const;

/** The start list, a row for each line. */
export function startListCsv({ lines, timezone }: PublishedStage): string {
  return stringify(
    lines.map((line) => ({
      position: line.position,
      group: line.group,
      race_number: line.raceNumber,
      name: line.name,
      class: line.classCode,
      ...inBoth('start', new Date(line.startAt), timezone),
      because: line.because,
      remark: remark(line),
    })),
    {
      ...FOR_SPREADSHEETS,
      columns: [
        'position',
        'group',
        'race_number',
        'name',
        'class',
        'start_local',
        'start_utc',
        'because',
        'remark',
      ],
    },
  );
}

/** When each control opens and closes, a row for each control and class. */
export function controlTimesCsv({ controls, timezone }: PublishedStage): string {
  return stringify(
    controls.map((control) => ({
      control: control.control,
      kind: control.controlKind,
      segment: control.segmentName,
      class: control.classCode,
      ...inBoth('opens', control.opensAt, timezone),
      ...inBoth('closes', control.closesAt, timezone),
      enforcement: control.enforcement,
      formula: formulaInWords(control),
    })),
    {
      ...FOR_SPREADSHEETS,
      columns: [
        'control',
        'kind',
        'segment',
        'class',
        'opens_local',
        'opens_utc',
        'closes_local',
        'closes_utc',
        'enforcement',
        'formula',
      ],
    },
  );
}

function inBoth(column: string, instant: Date | null, timezone: string): Record<string, string> {
  if (instant === null) return {};
  return {
    [`${column}_local`]: local(instant, timezone).toFormat('yyyy-MM-dd HH:mm:ss'),
    [`${column}_utc`]: local(instant, 'UTC').toFormat("yyyy-MM-dd'T'HH:mm:ss'Z'"),
  };
}
