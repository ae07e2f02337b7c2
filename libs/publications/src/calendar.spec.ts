import ICAL from 'ical.js';
import { entryCalendar, eventCalendar } from './calendar.js';
import { controlTime } from './published-stage.fixture.js';
import type { CalendarStage, CalendarStart, EntryCalendar, EventCalendar } from './publications-store.js';

const LIST = {
  stageId: 'stage-1',
  stageName: 'Leg 1',
  version: 3,
  publishedAt: new Date('2026-10-20T18:30:00Z'),
};
const STAGE: CalendarStage = {
  ...LIST,
  strategy: 'race_number',
  reason: 'Late entry, decision 4',
  stale: false,
  starters: 88,
  firstStartAt: new Date('2026-10-24T21:30:00Z'),
  lastStartAt: new Date('2026-10-25T02:30:00Z'),
  controls: [],
};
const START: CalendarStart = {
  ...LIST,
  segmentId: 'segment-1',
  segmentName: 'SS1 Krujë – Qafë Shtamë',
  position: 4,
  targetAt: new Date('2026-10-24T06:03:00Z'),
  actualAt: null,
  isVoid: false,
  because: '4th in Prologue',
  segmentBecause: 'due 60 min after the start of Liaison 1',
  pinReason: null,
};
const event = (change: Partial<EventCalendar> = {}): EventCalendar => ({
  eventId: 'event-1',
  eventName: 'Rally Albania 2026',
  organisationName: 'Motor Sport Club Albania',
  timezone: 'Europe/Tirane',
  stages: [STAGE],
  ...change,
});
const entry = (change: Partial<EntryCalendar> = {}): EntryCalendar => ({
  entryId: 'entry-12',
  entryName: 'Arben Hoxha',
  raceNumber: 12,
  eventName: 'Rally Albania 2026',
  organisationName: 'Motor Sport Club Albania',
  timezone: 'Europe/Tirane',
  starts: [START],
  controls: [],
  ...change,
});

/** Reads a feed as a calendar program does: it knows of time zones only what the feed itself says. */
function read(feed: string) {
  const calendar = new ICAL.Component(ICAL.parse(feed) as unknown[]);
  const zones = new Map(
    calendar.getAllSubcomponents('vtimezone').map((component) => {
      const zone = new ICAL.Timezone(component);
      return [zone.tzid, zone];
    }),
  );
  const instant = (component: ICAL.Component, name: string): string | undefined => {
    const property = component.getFirstProperty(name);
    const time = property?.getFirstValue() as ICAL.Time | null | undefined;
    if (!property || !time) return undefined;
    const zone = property.getFirstParameter('tzid');
    if (zone) time.zone = zones.get(zone)!;
    return new Date(time.toUnixTime() * 1000).toISOString();
  };
  return {
    name: calendar.getFirstPropertyValue('x-wr-calname'),
    events: calendar.getAllSubcomponents('vevent').map((component) => ({
      uid: component.getFirstPropertyValue('uid'),
      sequence: component.getFirstPropertyValue('sequence'),
      status: component.getFirstPropertyValue('status'),
      summary: component.getFirstPropertyValue('summary'),
      description: String(component.getFirstPropertyValue('description')),
      start: instant(component, 'dtstart'),
      end: instant(component, 'dtend'),
      modified: instant(component, 'last-modified'),
      stamp: instant(component, 'dtstamp'),
    })),
  };
}

describe('the calendar of an entry', () => {
  it('shows each start with number, name and minute, and says why then', () => {
    const { name, events } = read(entryCalendar(entry()));
    expect(name).toBe('#12 Arben Hoxha – Rally Albania 2026');
    expect(events).toEqual([
      {
        uid: 'start-entry-12-segment-1@race-control',
        sequence: 3,
        status: 'CONFIRMED',
        summary: 'START 08:03 SS1 Krujë – Qafë Shtamë · #12',
        description: [
          'Position 4 of Leg 1: 4th in Prologue',
          'SS1 Krujë – Qafë Shtamë: due 60 min after the start of Liaison 1',
          'Start list version 3, published 20 Oct 2026 20:30',
        ].join('\n'),
        start: '2026-10-24T06:03:00.000Z',
        end: undefined,
        modified: '2026-10-20T18:30:00.000Z',
        stamp: '2026-10-20T18:30:00.000Z',
      },
    ]);
  });

  it('gives every start its instant through midnight and the night in which the clock is put back', () => {
    const first = Date.parse('2026-10-24T21:00:00Z');
    const starts = Array.from({ length: 40 }, (_, index) => ({
      ...START,
      segmentId: `segment-${index}`,
      targetAt: new Date(first + index * 15 * 60_000),
    }));
    const { events } = read(entryCalendar(entry({ starts })));
    expect(events.map(({ start }) => start)).toEqual(starts.map(({ targetAt }) => targetAt.toISOString()));
    // 02:30 comes twice; people see the same minute on the clock.
    expect(events.filter(({ summary }) => String(summary).startsWith('START 02:30'))).toHaveLength(2);
  });

  it('gives every start its instant when the clock is put forward', () => {
    const first = Date.parse('2026-03-28T23:00:00Z');
    const starts = Array.from({ length: 16 }, (_, index) => ({
      ...START,
      segmentId: `segment-${index}`,
      targetAt: new Date(first + index * 15 * 60_000),
    }));
    expect(read(entryCalendar(entry({ starts }))).events.map(({ start }) => start)).toEqual(
      starts.map(({ targetAt }) => targetAt.toISOString()),
    );
  });

  it('writes local times with the zone and its rules', () => {
    const feed = entryCalendar(entry());
    expect(feed).toMatch(/BEGIN:VTIMEZONE\r\nTZID:Europe\/Tirane\r\n/);
    expect(feed).toContain('DTSTART;TZID=Europe/Tirane:20261024T080300\r\n');
    expect(feed).toContain('LAST-MODIFIED:20261020T183000Z\r\n');
  });

  it('cancels a start that does not take place and tells of one that did', () => {
    const { events } = read(
      entryCalendar(
        entry({
          starts: [
            { ...START, isVoid: true },
            { ...START, segmentId: 'segment-2', actualAt: new Date('2026-10-24T06:03:07Z') },
          ],
        }),
      ),
    );
    expect(events.map(({ status, description }) => [status, description.split('\n')[0]])).toEqual([
      ['CANCELLED', 'Does not start.'],
      ['CONFIRMED', 'Started at 08:03:07.'],
    ]);
  });

  it('shows the controls that it has to reach', () => {
    const { events } = read(
      entryCalendar(
        entry({
          starts: [],
          controls: [
            { ...LIST, ...controlTime() },
            { ...LIST, ...controlTime({ geofenceId: 'pc2', control: 'PC2', opensAt: null }) },
            { ...LIST, ...controlTime({ geofenceId: 'pc3', closesAt: null, opensAt: null }) },
          ],
        }),
      ),
    );
    expect(events.map(({ summary, start, end }) => [summary, start, end])).toEqual([
      ['TC1 Krujë closes 12:17 · #12', '2026-06-07T06:00:00.000Z', '2026-06-07T10:17:00.000Z'],
      ['PC2 closes 12:17 · #12', '2026-06-07T10:17:00.000Z', undefined],
    ]);
    expect(events[0]?.description).toContain('Closes Sun 7 Jun 12:17 (strict)\nlast crew due 11:47 + 30 min');
  });
});

describe('the calendar of an event', () => {
  it('shows each stage from its first start to its last, over midnight and the change of the clock', () => {
    const { name, events } = read(eventCalendar(event()));
    expect(name).toBe('Rally Albania 2026');
    expect(events).toEqual([
      expect.objectContaining({
        uid: 'starts-stage-1@race-control',
        sequence: 3,
        summary: 'Starts of Leg 1',
        start: '2026-10-24T21:30:00.000Z',
        end: '2026-10-25T02:30:00.000Z',
        description: [
          '88 starters. Order: race numbers, lowest first.',
          'Start list version 3, published 20 Oct 2026 20:30',
          'Reason: Late entry, decision 4',
        ].join('\n'),
      }),
    ]);
  });

  it('shows when each control closes, for each class', () => {
    const controls = [
      controlTime(),
      controlTime({ classId: 'class-2', classCode: 'C-2' }),
      controlTime({ closesAt: null }),
    ];
    const { events } = read(eventCalendar(event({ stages: [{ ...STAGE, controls }] })));
    expect(events.slice(1).map(({ summary, start }) => [summary, start])).toEqual([
      ['TC1 Krujë closes 12:17', '2026-06-07T10:17:00.000Z'],
      ['TC1 Krujë closes 12:17 (C-2)', '2026-06-07T10:17:00.000Z'],
    ]);
    expect(new Set(events.map(({ uid }) => uid)).size).toBe(3);
  });

  it('says that the input has changed, and leaves out a stage on which nobody is left', () => {
    const stages = [
      { ...STAGE, stale: true },
      { ...STAGE, stageId: 'stage-2', firstStartAt: null, lastStartAt: null },
    ];
    const { events } = read(eventCalendar(event({ stages })));
    expect(events).toHaveLength(1);
    expect(events[0]?.description).toMatch(/^INPUT HAS CHANGED/);
  });

  it('is one line a property, however long or odd a name is', () => {
    const odd = 'Rally, "Shqipëria"; \\ \r\nBEGIN:VEVENT Ξ '.repeat(6).trim();
    const feed = eventCalendar(
      event({ eventName: odd, stages: [{ ...STAGE, stageName: odd, reason: odd }] }),
    );
    for (const line of feed.split('\r\n')) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(75);
    const { events, name } = read(feed);
    expect(events).toHaveLength(1);
    expect(String(name).replaceAll(/\\(.)/g, (_, letter) => (letter === 'n' ? '\n' : letter))).toBe(
      odd.replaceAll('\r\n', '\n').trim(),
    );
    expect(events[0]?.description).toContain(odd.replaceAll('\r\n', '\n').trim());
  });

  it.each([
    ['Europe/Kiev', 'DTSTART;TZID=Europe/Kyiv:20261025T003000'],
    ['Asia/Kolkata', 'DTSTART;TZID=Asia/Kolkata:20261025T030000'],
  ])('names the zone %s as its rules are named', (timezone, expected) => {
    expect(eventCalendar(event({ timezone }))).toContain(expected);
  });

  it('is the same text for the same lists', () => {
    expect(eventCalendar(event())).toBe(eventCalendar(event({ stages: [{ ...STAGE }] })));
  });
});
