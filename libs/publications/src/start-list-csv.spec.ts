import { parse } from 'csv-parse/sync';
import { controlTime, publishedStage } from './published-stage.fixture.js';
import { controlTimesCsv, startListCsv } from './start-list-csv.js';

const read = (csv: string) => parse<Record<string, string>>(csv, { bom: true, columns: true });

describe('the start list for spreadsheets', () => {
  it('has a byte order mark, CRLF and a row for each line', () => {
    const csv = startListCsv(publishedStage(2));
    expect(csv.charCodeAt(0)).toBe(0xfeff);
    expect(csv.split('\r\n')).toHaveLength(4);
    expect(csv.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
    expect(read(csv)[1]).toEqual({
      position: '2',
      group: '2',
      race_number: '302',
      name: 'Crew 2',
      class: 'M-1',
      start_local: '2026-06-07 07:01:00',
      start_utc: '2026-06-07T05:01:00Z',
      because: 'place 2 in Prologue',
      remark: '',
    });
  });

  it('keeps names as they are, whatever is in them', () => {
    const name = 'Kellici, Ilir; "Lili"\nΠαπαδόπουλος / Рождественский';
    expect(read(startListCsv(publishedStage(1, {}, () => ({ name }))))[0]).toMatchObject({ name });
  });

  it.each(['=HYPERLINK("http://x")', '+1', '-1', '@SUM(A1)', '\tcmd'])(
    'does not let %j be a formula',
    (name) => {
      expect(read(startListCsv(publishedStage(1, {}, () => ({ name }))))[0]).toMatchObject({
        name: `'${name}`,
      });
    },
  );

  it('says which lines are vacant and which were placed by hand', () => {
    const csv = startListCsv(
      publishedStage(3, {}, (index) =>
        index === 1
          ? { status: 'withdrawn', slotKept: true }
          : index === 2
            ? { pinned: 'engine change, decision 7' }
            : {},
      ),
    );
    expect(read(csv).map(({ remark }) => remark)).toEqual([
      '',
      'withdrawn, the slot stays empty',
      'placed by hand: engine change, decision 7',
    ]);
  });

  it('tells the hour that comes twice apart by its UTC time', () => {
    const starts = ['2026-10-25T00:30:00Z', '2026-10-25T01:30:00Z'];
    const csv = startListCsv(publishedStage(2, {}, (index) => ({ startAt: starts[index]! })));
    expect(read(csv).map((row) => [row['start_local'], row['start_utc']])).toEqual([
      ['2026-10-25 02:30:00', '2026-10-25T00:30:00Z'],
      ['2026-10-25 02:30:00', '2026-10-25T01:30:00Z'],
    ]);
  });
});

describe('the control times for spreadsheets', () => {
  it('have a row for each control, with the formula in words', () => {
    const csv = controlTimesCsv(
      publishedStage(1, {
        controls: [controlTime(), controlTime({ classCode: 'C-2', opensAt: null, because: null })],
      }),
    );
    expect(read(csv)).toEqual([
      {
        control: 'TC1 Krujë',
        kind: 'tc',
        segment: 'SS1 Krujë – Qafë Shtamë',
        class: '',
        opens_local: '2026-06-07 08:00:00',
        opens_utc: '2026-06-07T06:00:00Z',
        closes_local: '2026-06-07 12:17:00',
        closes_utc: '2026-06-07T10:17:00Z',
        enforcement: 'strict',
        formula: 'last crew due 11:47 + 30 min',
      },
      expect.objectContaining({
        class: 'C-2',
        opens_local: '',
        opens_utc: '',
        formula: 'a time after the last crew is due',
      }),
    ]);
  });
});
