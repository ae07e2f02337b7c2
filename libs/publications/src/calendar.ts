import ical, { escape, ICalEventStatus, type ICalCalendar, type ICalEventData } from 'ical-generator';
import type { DateTime } from 'luxon';
import { tzlib_get_ical_block as timezoneBlock } from 'timezones-ical-library';
import { clock, local } from './local-time.js';
import { formulaInWords, strategyInWords } from './published-words.js';
import type {
  CalendarStage,
  ControlTime,
  EntryCalendar,
  EventCalendar,
  ListVersion,
} from './publications-store.js';

/** How often a calendar program should look again. */
const REFRESH_SECONDS = 15 * 60;
const UID_DOMAIN = 'race-control';

/** The published stages of an event: when crews start, and when each control closes. */
export function eventCalendar(event: EventCalendar): string {
  const calendar = emptyCalendar(event.eventName, event.organisationName, event.timezone);
  for (const stage of event.stages) {
    if (stage.firstStartAt !== null && stage.lastStartAt !== null) {
      add(calendar, event.timezone, {
        uid: `starts-${stage.stageId}`,
        list: stage,
        from: stage.firstStartAt,
        to: stage.lastStartAt,
        summary: `Starts of ${stage.stageName}`,
        description: describeStage(stage, event.timezone),
      });
    }
    for (const control of stage.controls) {
      if (control.closesAt === null) continue;
      add(calendar, event.timezone, {
        uid: `closing-${stage.stageId}-${controlKey(control)}-${control.classId ?? 'all'}`,
        list: stage,
        from: control.closesAt,
        summary: `${control.control} closes ${clock(local(control.closesAt, event.timezone))}${control.classCode === null ? '' : ` (${control.classCode})`}`,
        description: describeControl(control, stage, event.timezone),
      });
    }
  }
  return calendar.toString();
}

/** Where and when one entry starts, and the controls that it has to reach. */
export function entryCalendar(entry: EntryCalendar): string {
  const number = entry.raceNumber === null ? (entry.entryName ?? '') : `#${entry.raceNumber}`;
  const name = [number, entry.entryName === number ? null : entry.entryName, `– ${entry.eventName}`];
  const calendar = emptyCalendar(name.filter(Boolean).join(' '), entry.organisationName, entry.timezone);
  for (const start of entry.starts) {
    add(calendar, entry.timezone, {
      uid: `start-${entry.entryId}-${start.segmentId}`,
      list: start,
      from: start.targetAt,
      summary: `START ${clock(local(start.targetAt, entry.timezone))} ${start.segmentName} · ${number}`,
      isCancelled: start.isVoid,
      description: [
        start.isVoid && 'Does not start.',
        start.actualAt && `Started at ${local(start.actualAt, entry.timezone).toFormat('HH:mm:ss')}.`,
        `Position ${start.position} of ${start.stageName}${start.because ? `: ${start.because}` : ''}`,
        start.segmentBecause && `${start.segmentName}: ${start.segmentBecause}`,
        start.pinReason && `Placed by hand: ${start.pinReason}`,
        describeVersion(start, entry.timezone),
      ],
    });
  }
  for (const control of entry.controls) {
    const { opensAt, closesAt } = control;
    const from = opensAt ?? closesAt;
    if (from === null) continue;
    add(calendar, entry.timezone, {
      uid: `control-${entry.entryId}-${control.stageId}-${controlKey(control)}`,
      list: control,
      from,
      ...(opensAt !== null && closesAt !== null && { to: closesAt }),
      summary: `${control.control} ${closesAt === null ? 'opens' : 'closes'} ${clock(local(closesAt ?? from, entry.timezone))} · ${number}`,
      description: describeControl(control, control, entry.timezone),
    });
  }
  return calendar.toString();
}

interface Entry {
  readonly uid: string;
  readonly list: ListVersion;
  readonly from: Date;
  readonly to?: Date;
  readonly summary: string;
  readonly description: readonly (string | null | false | undefined)[];
  readonly isCancelled?: boolean;
}

/**
 * A calendar whose events bring their time zone themselves: with a zone of its own, the library would also write
 * DTSTAMP and LAST-MODIFIED in local time, and they must be UTC.
 */
function emptyCalendar(name: string, organisation: string, timezone: string): ICalCalendar {
  const block = timezoneBlock(timezone);
  return ical({
    // The library escapes the texts of events, but not those of the calendar.
    name: escape(name, false),
    description: escape(organisation, false),
    prodId: { company: 'TRM', product: 'race control', language: 'EN' },
    ttl: REFRESH_SECONDS,
    timezone: { name: null, generator: () => (Array.isArray(block) ? (block[0] ?? null) : null) },
  });
}

function add(calendar: ICalCalendar, timezone: string, entry: Entry): void {
  const from = local(entry.from, timezone);
  const to = entry.to && local(entry.to, timezone);
  const event: ICalEventData = {
    id: `${entry.uid}@${UID_DOMAIN}`,
    sequence: entry.list.version,
    stamp: entry.list.publishedAt,
    lastModified: entry.list.publishedAt,
    start: from,
    // An end that is not after its start is not allowed; without one the event is an instant.
    ...(to !== undefined && to > from && { end: to }),
    timezone: [from, to].some((time) => time !== undefined && comesTwice(time)) ? null : zoneId(timezone),
    summary: entry.summary,
    description: entry.description.filter(Boolean).join('\n'),
    status: entry.isCancelled === true ? ICalEventStatus.CANCELLED : ICalEventStatus.CONFIRMED,
  };
  calendar.createEvent(event);
}

/** The name under which the VTIMEZONE is known: that of the region today. null, and UTC is written, if there is none. */
function zoneId(timezone: string): string | null {
  const block = timezoneBlock(timezone);
  return Array.isArray(block) ? (block[1]?.replace(/^TZID=/, '') ?? null) : null;
}

/**
 * Whether the clock shows this time twice on this day, because it is put back. Calendar programs do not agree on which
 * of the two a local time means (RFC 5545, 3.3.5, says the first), so that such an instant is written in UTC.
 */
function comesTwice(time: DateTime): boolean {
  return time.getPossibleOffsets().length > 1;
}

function describeStage(stage: CalendarStage, timezone: string): Entry['description'] {
  return [
    stage.stale && 'INPUT HAS CHANGED: the results that this list was drawn from are different now.',
    `${stage.starters} starters. Order: ${strategyInWords(stage.strategy)}.`,
    describeVersion(stage, timezone),
    stage.reason && `Reason: ${stage.reason}`,
  ];
}

function describeControl(control: ControlTime, list: ListVersion, timezone: string): Entry['description'] {
  const { opensAt, closesAt, enforcement } = control;
  const time = (at: Date) => local(at, timezone).toFormat('ccc d LLL HH:mm:ss').replace(/:00$/, '');
  return [
    [list.stageName, control.segmentName, control.classCode && `class ${control.classCode}`]
      .filter(Boolean)
      .join(' · '),
    opensAt && `Opens ${time(opensAt)}`,
    closesAt && `Closes ${time(closesAt)}${enforcement === null ? '' : ` (${enforcement})`}`,
    formulaInWords(control),
    describeVersion(list, timezone),
  ];
}

function describeVersion({ version, publishedAt }: ListVersion, timezone: string): string {
  return `Start list version ${version}, published ${local(publishedAt, timezone).toFormat('d LLL yyyy HH:mm')}`;
}

function controlKey({ segmentId, geofenceId }: ControlTime): string {
  return `${segmentId ?? 'stage'}-${geofenceId}`;
}
