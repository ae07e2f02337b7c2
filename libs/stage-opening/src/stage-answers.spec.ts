import { openingInWords, previewInWords } from './stage-answers.js';
import type { PublishedLine, PublishedStartList } from './stage-store.js';

const line = (position: number, over: Partial<PublishedLine> = {}): PublishedLine => ({
  position,
  group: position,
  entryId: `entry-${position}`,
  raceNumber: 300 + position,
  name: `Crew ${position}`,
  classCode: 'M-1',
  startAt: new Date(Date.UTC(2026, 5, 6, 12, position - 1)).toISOString(),
  startLocal: '',
  because: `race number order: #${300 + position}`,
  ...over,
});
const lines = (count: number) => Array.from({ length: count }, (_, index) => line(index + 1));

const list: PublishedStartList = {
  stageId: 'stage-1',
  stageName: 'Prologue Tirana',
  stageState: 'open',
  timezone: 'Europe/Tirane',
  startListId: 'list-1',
  version: 1,
  strategy: 'race_number',
  seed: null,
  staleDiff: null,
  diff: null,
  reason: null,
  checksum: 'c0ffee',
  stale: false,
  publishedAt: new Date('2026-06-06T03:04:05Z'),
  publishedBy: 'Mira Hoxha',
  segments: [],
  lines: lines(2),
};
const preview = (
  over: {
    lines?: PublishedLine[];
    notices?: { code: string; message: string }[];
    stageState?: 'planned' | 'open';
  } = {},
) =>
  previewInWords({
    stageId: 'stage-1',
    stageName: 'Prologue Tirana',
    stageState: 'planned',
    timezone: 'Europe/Tirane',
    strategy: 'race_number',
    controlTimes: [],
    diff: null,
    checksum: 'c0ffee',
    segments: [],
    lines: lines(2),
    notices: [],
    ...over,
  });

describe('the answer to a preview', () => {
  it('is the list as a table, in the time of the event', () => {
    expect(preview()).toEqual({
      title: 'Preview of Prologue Tirana',
      message: [
        '**Nothing is published yet.** An opening would publish this list now.',
        '',
        '2 entries start on Sat 6 Jun from 14:00:00 to 14:01:00 (Europe/Tirane).',
        '',
        '| Pos. | No. | Name | Start | Because |',
        '| ---: | ---: | :-- | :-- | :-- |',
        String.raw`| 1 | **301** | Crew 1 | 14:00:00 | race number order: \#301 |`,
        String.raw`| 2 | **302** | Crew 2 | 14:01:00 | race number order: \#302 |`,
      ].join('\n'),
      collection: 'stages',
      item: 'stage-1',
    });
  });

  it('does not say of an open stage that nothing is published', () => {
    expect(preview({ stageState: 'open' }).message).toMatch(
      /^\*\*Nothing was changed\.\*\* The published start list stays in force;/,
    );
  });

  it('says what an official should know first', () => {
    const { message } = preview({
      notices: [{ code: 'INPUT_RESULT_INCOMPLETE', message: '2 entries have no result in Leg 1.' }],
    });
    expect(message).toContain('\n\n**Note:** 2 entries have no result in Leg 1.\n\n|');
  });

  it('cuts a long list and says where the rest is', () => {
    const { message } = preview({ lines: lines(168) });
    expect(message.split('\n').filter((row) => /^\| \d/.test(row))).toHaveLength(100);
    expect(message).toMatch(/\n\n… and 68 more; .*`GET \/v1\/stages\/stage-1\/start-list-preview`\.$/);
    expect(preview({ lines: lines(100) }).message).not.toContain('more');
  });

  it.each<[string, PublishedLine[], string]>([
    [
      'a mass start',
      [line(1), line(2, { startAt: line(1).startAt })],
      '2 entries start on Sat 6 Jun at 14:00:00',
    ],
    ['one entry', [line(1)], '1 entry starts on Sat 6 Jun at 14:00:00'],
    [
      'starts past midnight',
      [line(1), line(2, { startAt: '2026-06-06T22:30:00.000Z' })],
      '2 entries start on Sat 6 Jun from 14:00:00 to 00:30:00 on Sun 7 Jun',
    ],
  ])('tells the times of %s', (_case, of, sentence) => {
    expect(preview({ lines: of }).message).toContain(`${sentence} (Europe/Tirane).`);
  });

  it('shows names as they were typed, and runs nothing in them', () => {
    const { message } = preview({
      lines: [line(1, { raceNumber: null, name: 'A|B <img src=x>\n[c](d) *e*' })],
    });
    expect(message).toContain(String.raw`| 1 |  | A\|B \<img src=x\> \[c\](d) \*e\* | 14:00:00 |`);
  });
});

describe('the answer to an opening', () => {
  it('says what is published, when and by whom, and leads to the list', () => {
    expect(openingInWords({ ...list, reason: 'opened on time' })).toMatchObject({
      title: 'Prologue Tirana is open',
      message: expect.stringMatching(
        /^\*\*Start list version 1 is published\*\*, on Sat 6 Jun at 05:04:05 by Mira Hoxha\.\n\n2 entries start on Sat 6 Jun from 14:00:00 to 14:01:00 \(Europe\/Tirane\)\.\n\nReason: opened on time\n\n\| Pos\./,
      ),
      collection: 'start_lists',
      item: 'list-1',
    });
  });

  it('says nothing about a reason or an author that there is not', () => {
    const { message } = openingInWords({ ...list, publishedBy: null });
    expect(message).toMatch(/at 05:04:05\.\n/);
    expect(message).not.toContain('Reason');
  });
});
