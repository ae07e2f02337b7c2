import { readFileSync } from 'node:fs';
import { deflateRawSync } from 'node:zlib';
import { writeXlsx } from 'hucre/xlsx';
import { MOST_COLUMNS, MOST_ROWS } from './entry-sheet.js';
import { readCsv } from './read-csv.js';
import { readEntryRows } from './read-entry-rows.js';
import { readXlsx } from './read-xlsx.js';

const csv = (text: string) => readEntryRows(readCsv(Buffer.from(text)));
const workbook = (rows: (string | number | Date | null)[][]) =>
  writeXlsx({ sheets: [{ name: 'Entries', rows }] });

describe('a CSV file of entries', () => {
  it.each([
    ['commas', 'race_number,class,name\n7,M-1,"Kellici, Ana"'],
    ['semicolons', 'race_number;class;name\r\n7;M-1;Kellici, Ana\r\n'],
    ['tabs and a byte order mark', '\uFEFFrace_number\tclass\tname\n7\tM-1\tKellici, Ana'],
    ['headers as people write them', ' Race number , CLASS ,Name\n7,M-1,"Kellici, Ana"\n,,\n'],
  ])('may have %s', (_, text) => {
    expect(csv(text)).toMatchObject({
      rows: [{ row: 2, raceNumber: 7, classCode: 'M-1', name: 'Kellici, Ana', problems: [] }],
      unknownColumns: [],
    });
  });

  it('may begin as the example of the documentation', () => {
    const { rows, unknownColumns } = csv(readFileSync('docs/examples/entries.csv', 'utf8'));
    expect(rows.flatMap(({ problems }) => problems)).toEqual([]);
    expect(rows.map(({ crew }) => crew.length)).toEqual([1, 2, 2]);
    expect(unknownColumns).toEqual([]);
  });

  it('counts rows as a spreadsheet does, also across empty ones and cells of several lines', () => {
    const { rows } = csv('name,class\n\n"A\nB",M-1\nC,M-1\n');
    expect(rows.map(({ row, name }) => [row, name])).toEqual([
      [3, 'A B'],
      [4, 'C'],
    ]);
  });

  it('has a crew in columns of each person or in short, and trackers that somebody wears', () => {
    const { rows } = csv(
      'class,name,crew_1_role,crew 1 first name,Crew_1_Last_Name,crew_1_e-mail,crew_1_birth_date,crew_1_nationality,Co-pilot,trackers\n' +
        'C-1,Ana,pilot,Ana,Example,ANA@example.org,1990-05-31,alb,Ben van Example <ben@example.org>,"111111111111111, 222222222222222@crew_1 333333333333333@co-pilot"',
    );
    expect(rows[0]).toMatchObject({
      problems: [],
      crew: [
        {
          label: 'crew_1',
          role: 'pilot',
          firstName: 'Ana',
          lastName: 'Example',
          email: 'ana@example.org',
          birthDate: '1990-05-31',
          nationality: 'ALB',
        },
        {
          label: 'co-pilot',
          role: 'co-pilot',
          firstName: 'Ben van',
          lastName: 'Example',
          email: 'ben@example.org',
        },
      ],
      trackers: [
        { imei: '111111111111111', wearer: null },
        { imei: '222222222222222', wearer: 'crew_1' },
        { imei: '333333333333333', wearer: 'co-pilot' },
      ],
    });
  });

  it.each([
    ['race_number', '12a', 'NUMBER_UNREADABLE'],
    ['race_number', '-1', 'NUMBER_UNREADABLE'],
    ['race_number', '99999999999', 'NUMBER_UNREADABLE'],
    ['race_number', '=1+1', 'FORMULA'],
    ['team', 'x'.repeat(121), 'TEXT_TOO_LONG'],
    ['team', 'a\u0007b', 'TEXT_UNREADABLE'],
    ['vehicle_kind', 'tractor', 'VEHICLE_KIND_UNKNOWN'],
    ['vehicle_year', '21', 'NUMBER_UNREADABLE'],
    ['vehicle_rating', 'fast', 'NUMBER_UNREADABLE'],
    ['crew_1_birth_date', '31/05/1990', 'DATE_UNREADABLE'],
    ['crew_1_birth_date', '2021-02-30', 'DATE_UNREADABLE'],
    ['crew_1_email', 'ana at example', 'EMAIL_UNREADABLE'],
    ['crew_1_nationality', 'Albania', 'NATIONALITY_UNREADABLE'],
    ['crew_1_role', 'boss', 'ROLE_UNKNOWN'],
    ['rider', 'Ana <ana@example.org', 'PERSON_UNREADABLE'],
    ['trackers', '3.57E+14', 'TRACKER_UNREADABLE'],
    ['trackers', '356938035643809@crew_2', 'DEVICE_WEARER_NOT_IN_CREW'],
  ])('says what is wrong with %s "%s"', (column, cell, code) => {
    const { rows } = csv(`class,name,${column}\nM-1,Ana,"${cell}"`);
    expect(rows[0]?.problems.map((problem) => [problem.column, problem.code])).toContainEqual([column, code]);
  });

  it.each([
    ['race_number,team\n1,A', 'class and name are missing'],
    ['class,name,Class\nM-1,A,M-1', 'class is there twice'],
  ])('is refused with the header of %j', (text, sentence) => {
    expect(() => csv(text)).toThrow(sentence);
  });

  it.each([
    ['empty', Buffer.from('\uFEFF \n'), 'It is empty'],
    ['a spreadsheet', Buffer.from('PK\u0003\u0004'), 'send it as XLSX'],
    ['in another encoding', Buffer.from('class,name\nM-1,Andr\u00e9', 'latin1'), 'Save it as "CSV UTF-8"'],
    ['in UTF-16', Buffer.from('\uFEFFclass,name', 'utf16le'), 'Save it as "CSV UTF-8"'],
    ['with NUL bytes', Buffer.from('class,name\nM-1,\0'), 'characters that are no text'],
    ['with an open quotation mark', Buffer.from('class,name\nM-1,"Ana\nM-1,Ben'), 'Look at line'],
    ['with 10,000 columns', Buffer.from('x,'.repeat(10_000)), `more than ${MOST_COLUMNS} columns`],
    [
      'without end',
      Buffer.from(`class,name\n${'M-1,A\n'.repeat(MOST_ROWS + 1)}`),
      `more than ${MOST_ROWS} rows`,
    ],
  ])('that is %s is refused in words', (_, bytes, sentence) => {
    expect(() => readCsv(bytes)).toThrow(sentence);
  });
});

describe('a spreadsheet of entries', () => {
  it('is read from its first sheet, with numbers, dates and texts as they are', async () => {
    const bytes = await writeXlsx({
      sheets: [
        {
          name: 'Entries',
          rows: [
            [
              'Race number',
              'class',
              'name',
              'rider',
              'crew_1_role',
              'crew_1_last_name',
              'crew_1_birth_date',
              'trackers',
            ],
            [7, 'M-1', "'=1+1", null, 'rider', 'Example', new Date('1990-05-31T00:00Z'), 356938035643809],
          ],
        },
        { name: 'Notes', rows: [['nothing']] },
      ],
    });
    const sheet = await readXlsx(bytes);
    expect(sheet.notes).toEqual(['Only the sheet "Entries" was read; 1 others were not.']);
    expect(readEntryRows(sheet).rows[0]).toMatchObject({
      row: 2,
      raceNumber: 7,
      name: "'=1+1",
      crew: [{ lastName: 'Example', birthDate: '1990-05-31' }],
      trackers: [{ imei: '356938035643809' }],
      problems: [],
    });
  });

  it('takes no formula for a value', async () => {
    const bytes = await writeXlsx({
      sheets: [
        {
          name: 'Entries',
          rows: [
            ['class', 'name'],
            ['M-1', null],
          ],
          cells: new Map([
            ['1,1', { formula: 'HYPERLINK("http://example.org")', formulaResult: 'Ana', value: 'Ana' }],
          ]),
        },
      ],
    });
    expect(readEntryRows(await readXlsx(bytes)).rows[0]?.problems).toMatchObject([
      { column: 'name', code: 'FORMULA' },
    ]);
  });

  const wide = Array.from({ length: 10_000 }, (_, index) => `x${index}`);
  it.each([
    ['no archive', async () => Buffer.from('not a zip'), 'not an XLSX file'],
    ['empty', async () => Buffer.alloc(0), 'not an XLSX file'],
    ['an archive of something else', async () => zip('readme.txt', Buffer.from('hello')), 'save it as XLSX'],
    ['a bomb', async () => zip('xl/workbook.xml', Buffer.alloc(60 * 1024 * 1024)), 'Unpacked it has 60 MiB'],
    [
      'a bomb that lies about its size',
      async () => zip('[Content_Types].xml', Buffer.alloc(60 * 1024 * 1024), 1_000),
      'save it as XLSX',
    ],
    [
      'cut off',
      async () => Buffer.from(await workbook([['class', 'name']])).subarray(0, 900),
      'not an XLSX file',
    ],
    ['10,000 columns wide', () => workbook([wide]), `more than ${MOST_COLUMNS} columns`],
    [
      'too long',
      () => workbook([['class', 'name'], ...Array.from({ length: MOST_ROWS + 1 }, () => ['M-1', 'A'])]),
      `more than ${MOST_ROWS} rows`,
    ],
    ['without a header', () => workbook([[null], ['M-1', 'A']]), 'The first row of its first sheet is empty'],
  ])('that is %s is refused in words', async (_, bytes, sentence) => {
    await expect(async () => readXlsx(await bytes())).rejects.toThrow(sentence);
  });
});

/** An archive with one file. @param claimed what its directory says of its size */
function zip(name: string, content: Buffer, claimed = content.length): Buffer {
  const packed = deflateRawSync(content);
  const sizes = Buffer.alloc(12);
  sizes.writeUInt32LE(packed.length, 4);
  sizes.writeUInt32LE(claimed, 8);
  const nameLength = Buffer.alloc(4);
  nameLength.writeUInt16LE(name.length);
  const local = Buffer.concat([
    Buffer.from('504b0304140000000800', 'hex'),
    Buffer.alloc(4),
    sizes,
    nameLength,
    Buffer.from(name),
    packed,
  ]);
  const directory = Buffer.concat([
    Buffer.from('504b01021400140000000800', 'hex'),
    Buffer.alloc(4),
    sizes,
    nameLength,
    Buffer.alloc(14),
    Buffer.from(name),
  ]);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50);
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(local.length, 16);
  return Buffer.concat([local, directory, end]);
}
