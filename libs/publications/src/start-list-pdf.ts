import { setImmediate as letOthersWork } from 'node:timers/promises';
import type { DateTime } from 'luxon';
import { clock, local, longDate, shortDate, utcOffset } from './local-time.js';
import { BLACK, DARK, GREY, PAGE, PdfPage, WIDTH, type TextStyle } from './pdf-page.js';
import { ENFORCEMENTS, formulaInWords, isVacant, remark, strategyInWords } from './published-words.js';
import type { ControlTime, PublishedLine, PublishedStage } from './publications-store.js';

const ROW_HEIGHT = 22;
const STRIPE = '#f0f0f0';
const RULE = '#bdbdbd';
const FOOTER_HEIGHT = 16;
const END_OF_ROWS = PAGE.height - PAGE.bottom - FOOTER_HEIGHT;
const MANY_LINES = 2;

interface Column {
  readonly title: string;
  readonly x: number;
  readonly width: number;
  readonly align?: 'left' | 'right' | 'center';
}

/** Lays columns side by side with a gap; what is left of the page goes to the last one. */
function columns<Name extends string>(
  of: Readonly<Record<Name, readonly [title: string, width: number, align?: Column['align']]>>,
): Record<Name, Column> {
  const GAP = 8;
  const names = Object.keys(of) as Name[];
  let x = PAGE.left + 8;
  return Object.fromEntries(
    names.map((name, index) => {
      const [title, wanted, align = 'left'] = of[name];
      const width = index === names.length - 1 ? PAGE.width - PAGE.right - x - 4 : wanted;
      const column = { title, x, width, align };
      x += width + GAP;
      return [name, column];
    }),
  ) as Record<Name, Column>;
}

const LINE_COLUMNS = (withSeconds: boolean) =>
  columns({
    position: ['Pos.', 24, 'right'],
    start: ['Start', withSeconds ? 68 : 46, 'left'],
    number: ['No.', 44, 'right'],
    name: ['Name', withSeconds ? 176 : 192],
    class: ['Class', 42],
    because: ['Why here', 0],
  });

const CONTROL_COLUMNS = columns({
  control: ['Control', 108],
  segment: ['Segment', 88],
  class: ['Class', 32],
  opens: ['Opens', 46],
  closes: ['Closes', 48],
  enforcement: ['Rule', 42],
  formula: ['How it was computed', 0],
});

const TIME: TextStyle = { size: 14, bold: true };
const NAME_SIZES = [11.5, 9.8];
const SMALL: TextStyle = { size: 7, color: DARK };
const HEADING: TextStyle = { size: 7.5, bold: true, color: DARK };

/**
 * The start list as it hangs on the board: one line a starter, with number, name and minute large enough to be read
 * at arm's length by the light of a torch; then the control times on a page of their own. Equal input gives equal bytes.
 */
export async function startListPdf(stage: PublishedStage): Promise<Buffer> {
  const page = new PdfPage({
    title: `${stage.eventName} · ${stage.stageName} · Start list version ${stage.version}`,
    author: stage.organisationName,
    createdAt: stage.publishedAt,
  });
  await drawStartList(page, stage);
  if (stage.controls.length > 0) await drawControlTimes(page, stage);
  page.onEveryPage((number, pages) => drawFooter(page, stage, `page ${number} of ${pages}`));
  return page.bytes();
}

async function drawStartList(page: PdfPage, stage: PublishedStage): Promise<void> {
  const rows = rowsOf(stage);
  const column = LINE_COLUMNS(rows.some(({ time }) => time.second !== 0));
  const isOneDay = new Set(rows.map(({ day }) => day)).size <= 1;
  page.addPage();
  let y = drawHeader(page, stage, rows);
  y = drawColumnTitles(page, Object.values(column), y);
  let before: Row | undefined;
  let openGroup: { row: Row; from: number; isContinued: boolean } | undefined;
  const closeBracket = (isContinuing: boolean) => {
    if (openGroup !== undefined) drawBracket(page, openGroup.from, y, openGroup.isContinued, isContinuing);
    openGroup = undefined;
  };

  for (const row of rows) {
    const needsDay = !isOneDay && row.day !== before?.day;
    const needed = ROW_HEIGHT + (needsDay ? ROW_HEIGHT : 0);
    if (y + needed > END_OF_ROWS) {
      const isSameGroup = row.isGrouped && row.group === before?.group;
      closeBracket(isSameGroup);
      await letOthersWork();
      page.addPage();
      y = drawShortHeader(page, stage, 'Start list');
      y = drawColumnTitles(page, Object.values(column), y);
      if (!isOneDay) y = drawDay(page, row, y);
      if (isSameGroup) openGroup = { row, from: y, isContinued: true };
      drawRow(page, column, row, y, true);
    } else {
      if (row.group !== before?.group) closeBracket(false);
      if (needsDay) y = drawDay(page, row, y);
      drawRow(page, column, row, y, row.group !== before?.group || needsDay);
    }
    if (row.isGrouped && openGroup === undefined) openGroup = { row, from: y, isContinued: false };
    y += ROW_HEIGHT;
    before = row;
  }
  closeBracket(false);
}

/** A line with what is derived from its neighbours. */
interface Row {
  readonly line: PublishedLine;
  readonly time: DateTime;
  /** Local date and offset: a heading stands wherever one of them changes. */
  readonly day: string;
  readonly group: number;
  /** Whether others start at the same moment. */
  readonly isGrouped: boolean;
  readonly isStriped: boolean;
}

function rowsOf({ lines, timezone }: PublishedStage): Row[] {
  const sizes = new Map<number, number>();
  for (const { group } of lines) sizes.set(group, (sizes.get(group) ?? 0) + 1);
  let group: number | undefined;
  let isStriped = true;
  return lines.map((line) => {
    if (line.group !== group) isStriped = !isStriped;
    group = line.group;
    const time = local(line.startAt, timezone);
    return {
      line,
      time,
      day: `${time.toISODate() ?? ''} ${utcOffset(time)}`,
      group: line.group,
      isGrouped: (sizes.get(line.group) ?? 0) > 1,
      isStriped,
    };
  });
}

function drawRow(
  page: PdfPage,
  column: ReturnType<typeof LINE_COLUMNS>,
  { line, time, isGrouped, isStriped }: Row,
  y: number,
  isFirstOfGroup: boolean,
): void {
  if (isStriped) page.box(PAGE.left + 6, y, WIDTH - 6, ROW_HEIGHT, STRIPE);
  page.line(
    PAGE.left + 6,
    y,
    PAGE.width - PAGE.right,
    y,
    isGrouped && isFirstOfGroup ? 1 : 0.3,
    isGrouped && isFirstOfGroup ? BLACK : RULE,
  );
  const isEmpty = isVacant(line);
  const color = isEmpty ? GREY : BLACK;
  const strike = isEmpty;
  const put = (at: Column, text: string, style: TextStyle) =>
    page.text(text, at.x, y + (ROW_HEIGHT - style.size * 1.17) / 2, at.width, {
      ...style,
      align: at.align ?? 'left',
    });

  put(column.position, String(line.position), { size: 9, color: isEmpty ? GREY : DARK });
  // The time of a group is that of all its lines, so a vacant one does not strike it out.
  put(column.start, clock(time), {
    ...TIME,
    color: isFirstOfGroup ? (isGrouped ? BLACK : color) : GREY,
    bold: isFirstOfGroup,
    strike: strike && !isGrouped,
  });
  put(column.number, line.raceNumber === null ? '–' : String(line.raceNumber), { ...TIME, color, strike });
  drawName(page, column.name, line.name ?? '', y, { color, strike });
  put(column.class, line.classCode ?? '', { size: 9.5, color });

  const note = remark(line);
  const { x, width } = column.because;
  const style = { ...SMALL, color: isEmpty ? GREY : DARK, leading: 8.6 };
  const notes = note === '' ? [] : page.wrap(capitalised(note), width, MANY_LINES, { ...style, bold: true });
  const whys = isEmpty
    ? []
    : page
        .wrap(line.because, width, MANY_LINES - notes.length || 1, style)
        .slice(0, MANY_LINES - notes.length);
  const top = y + (ROW_HEIGHT - (notes.length + whys.length) * style.leading) / 2;
  const used = page.paragraph(notes, x, top, width, { ...style, bold: true, color: isEmpty ? DARK : BLACK });
  page.paragraph(whys, x, top + used * style.leading, width, style);
}

/** As large as fits: on one line, on one smaller line, and at last on two, cut at the end. */
function drawName(
  page: PdfPage,
  { x, width }: Column,
  name: string,
  y: number,
  look: Pick<TextStyle, 'color' | 'strike'>,
): void {
  const size = NAME_SIZES.find((size) => page.widthOf(name, { size }) <= width);
  if (size !== undefined) {
    page.text(name, x, y + (ROW_HEIGHT - size * 1.17) / 2, width, { ...look, size });
    return;
  }
  const style = { ...look, size: 8.4, leading: 9.8 };
  const lines = page.wrap(name, width, 2, style);
  page.paragraph(lines, x, y + (ROW_HEIGHT - lines.length * style.leading) / 2, width, style);
}

/** Joins those who start at the same moment; open at an end where the group goes on over the page. */
function drawBracket(
  page: PdfPage,
  from: number,
  to: number,
  isContinued: boolean,
  isContinuing: boolean,
): void {
  const x = PAGE.left + 1.5;
  const [top, bottom] = [isContinued ? from : from + 3, isContinuing ? to : to - 3];
  page.line(x, top, x, bottom, 2.4);
  if (!isContinued) page.line(x, top, x + 7, top, 2.4);
  if (!isContinuing) page.line(x, bottom, x + 7, bottom, 2.4);
}

function drawDay(page: PdfPage, { time }: Row, y: number): number {
  page.box(PAGE.left, y + 1, WIDTH, ROW_HEIGHT - 2, DARK);
  page.text(longDate(time), PAGE.left + 8, y + 4.5, WIDTH / 2, { size: 11, bold: true, color: '#ffffff' });
  page.text(`clock of the event: ${utcOffset(time)}`, PAGE.left + WIDTH / 2, y + 6, WIDTH / 2 - 8, {
    size: 8.5,
    color: '#ffffff',
    align: 'right',
  });
  return y + ROW_HEIGHT;
}

function drawColumnTitles(page: PdfPage, titles: readonly Column[], y: number): number {
  for (const { title, x, width, align = 'left' } of titles) {
    page.text(title, x, y + 3, width, { ...HEADING, align });
  }
  page.line(PAGE.left, y + 15, PAGE.width - PAGE.right, y + 15, 1.2);
  return y + 16;
}

function drawHeader(page: PdfPage, stage: PublishedStage, rows: readonly Row[]): number {
  const right = 132;
  const left = WIDTH - right - 12;
  let y: number = PAGE.top;
  page.text(stage.organisationName, PAGE.left, y, left, { size: 9, color: DARK });
  page.text(stage.eventName, PAGE.left, y + 12, left, { size: 12.5, bold: true });
  const title: TextStyle = { size: 21, bold: true };
  const titleLines = page.wrap(stage.stageName, left, 2, title);
  page.paragraph(titleLines, PAGE.left, y + 30, left, { ...title, leading: 25 });

  const boxLeft = PAGE.width - PAGE.right - right;
  page.box(boxLeft, y, right, 50, BLACK);
  page.text('Start list', boxLeft + 10, y + 6, right - 20, { size: 11, color: '#ffffff' });
  page.text(`version ${stage.version}`, boxLeft + 10, y + 20, right - 20, {
    size: 19,
    bold: true,
    color: '#ffffff',
  });
  y += Math.max(58, 30 + titleLines.length * 25 + 4);

  const days: TextStyle = { size: 13, bold: true };
  const zone = zoneInWords(stage, rows);
  const zoneStyle: TextStyle = { size: 8.5 };
  page.text(daysInWords(rows), PAGE.left, y, WIDTH, days);
  const zoneLeft = PAGE.left + page.widthOf(daysInWords(rows), days) + 10;
  page.text(zone, zoneLeft, y + 4.6, PAGE.width - PAGE.right - zoneLeft, zoneStyle);
  y += 22;
  if (stage.stale) {
    drawStaleBanner(page, y);
    y += 31;
  }
  for (const [label, value] of facts(stage, rows)) {
    page.text(label, PAGE.left, y, 58, { size: 8.5, color: DARK });
    const style = { size: 8.5, leading: 11.5 };
    const lines = page.wrap(value, WIDTH - 60, 3, style);
    page.paragraph(lines, PAGE.left + 60, y, WIDTH - 60, style);
    y += lines.length * style.leading + 1;
  }
  return y + 5;
}

function daysInWords(rows: readonly Row[]): string {
  const [first, last] = [rows[0]?.time, rows.at(-1)?.time];
  if (first === undefined || last === undefined) return 'No starters';
  return first.toISODate() === last.toISODate() ? longDate(first) : `${shortDate(first)} – ${longDate(last)}`;
}

function zoneInWords({ timezone, publishedAt }: PublishedStage, rows: readonly Row[]): string {
  const times = rows.length === 0 ? [local(publishedAt, timezone)] : rows.map(({ time }) => time);
  return `local time ${timezone}, ${[...new Set(times.map(utcOffset))].join(', then ')}`;
}

function facts(stage: PublishedStage, rows: readonly Row[]): [string, string][] {
  const published = local(stage.publishedAt, stage.timezone);
  const starting = rows.filter(({ line }) => !isVacant(line));
  const [first, last] = [starting[0], starting.at(-1)];
  const vacant = rows.length - starting.length;
  return [
    [
      'Starters',
      [
        String(starting.length),
        first && last && `first ${clock(first.time)}, last ${clock(last.time)}`,
        vacant > 0 && `${vacant} ${vacant === 1 ? 'line' : 'lines'} vacant`,
      ]
        .filter(Boolean)
        .join(' · '),
    ],
    ['Order', strategyInWords(stage.strategy)],
    [
      'Published',
      `${shortDate(published)} ${published.toFormat('yyyy, HH:mm')} (${utcOffset(published)})${stage.publishedBy === null ? '' : ` by ${stage.publishedBy}`}`,
    ],
    ...(stage.reason === null ? [] : ([['Reason', stage.reason]] satisfies [string, string][])),
    ['Checksum', `${stage.checksum.slice(0, 12)}…`],
  ];
}

function drawShortHeader(page: PdfPage, stage: PublishedStage, what: string): number {
  const right = 210;
  page.text(`${stage.eventName} · ${stage.stageName}`, PAGE.left, PAGE.top, WIDTH - right - 10, {
    size: 10,
    bold: true,
  });
  page.text(`${what} – version ${stage.version}`, PAGE.width - PAGE.right - right, PAGE.top, right, {
    size: 10,
    bold: true,
    align: 'right',
  });
  if (!stage.stale) return PAGE.top + 17;
  drawStaleBanner(page, PAGE.top + 17);
  return PAGE.top + 45;
}

function drawStaleBanner(page: PdfPage, y: number): void {
  const alarm: TextStyle = { size: 12, bold: true, color: '#ffffff' };
  const words = 'INPUT HAS CHANGED';
  const width = page.widthOf(words, alarm);
  page.box(PAGE.left, y, WIDTH, 24, BLACK);
  page.text(words, PAGE.left + 8, y + 5, width + 4, alarm);
  page.text(
    'The results it was drawn from are different now. It stays valid until a new version is out.',
    PAGE.left + width + 20,
    y + 7.2,
    WIDTH - width - 28,
    { size: 8, color: '#ffffff' },
  );
}

async function drawControlTimes(page: PdfPage, stage: PublishedStage): Promise<void> {
  const column = CONTROL_COLUMNS;
  const startPage = async () => {
    await letOthersWork();
    page.addPage();
    let y = drawShortHeader(page, stage, 'Control times');
    y = drawColumnTitles(page, Object.values(column), y);
    return y;
  };
  await letOthersWork();
  page.addPage();
  let y = drawShortHeader(page, stage, 'Control times');
  page.text('Control times', PAGE.left, y + 4, WIDTH, { size: 21, bold: true });
  page.text(
    `Local time ${stage.timezone}. strict: ${ENFORCEMENTS.strict} · advisory: ${ENFORCEMENTS.advisory}`,
    PAGE.left,
    y + 33,
    WIDTH,
    { size: 8.5 },
  );
  y = drawColumnTitles(page, Object.values(column), y + 50);
  let stripe = false;
  for (const control of stage.controls) {
    const small = { ...SMALL, leading: 8.8 };
    const formula = page.wrap(formulaInWords(control), column.formula.width, 6, small);
    const segment = page.wrap(control.segmentName ?? '', column.segment.width, 2, { size: 9 });
    const name = page.wrap(control.control, column.control.width, 2, { size: 11, bold: true });
    const height = Math.max(30, formula.length * small.leading + 8, name.length * 13 + 8);
    if (y + height > END_OF_ROWS) y = await startPage();
    if (stripe) page.box(PAGE.left + 6, y, WIDTH - 6, height, STRIPE);
    page.line(PAGE.left + 6, y, PAGE.width - PAGE.right, y, 0.3, RULE);
    page.paragraph(name, column.control.x, y + 5, column.control.width, {
      size: 11,
      bold: true,
      leading: 13,
    });
    page.paragraph(segment, column.segment.x, y + 6.5, column.segment.width, { size: 9, leading: 11 });
    page.text(control.classCode ?? 'all', column.class.x, y + 6.5, column.class.width, {
      size: 9,
      color: control.classCode === null ? DARK : BLACK,
    });
    drawTime(page, stage, control.opensAt, column.opens, y, { size: 11 });
    drawTime(page, stage, control.closesAt, column.closes, y, { size: 13, bold: true });
    page.text(control.enforcement ?? '–', column.enforcement.x, y + 6.5, column.enforcement.width, {
      size: 9,
      bold: control.enforcement === 'strict',
    });
    page.paragraph(formula, column.formula.x, y + 6, column.formula.width, small);
    y += height;
    stripe = !stripe;
  }
  page.line(PAGE.left + 6, y, PAGE.width - PAGE.right, y, 0.3, RULE);
}

/** The time, and under it the day: a control of the night may close on another date than it opens. */
function drawTime(
  page: PdfPage,
  { timezone }: PublishedStage,
  at: ControlTime['opensAt'],
  { x, width }: Column,
  y: number,
  style: TextStyle,
): void {
  if (at === null) {
    page.text('–', x, y + 5, width, style);
    return;
  }
  const time = local(at, timezone);
  page.text(clock(time), x, y + 4.5, width, style);
  page.text(shortDate(time), x, y + 19, width, SMALL);
}

function drawFooter(page: PdfPage, stage: PublishedStage, pageNumber: string): void {
  const y = PAGE.height - PAGE.bottom - 12;
  page.line(PAGE.left, y, PAGE.width - PAGE.right, y, 0.6);
  page.text(`Start list version ${stage.version} · SHA-256 ${stage.checksum}`, PAGE.left, y + 5, WIDTH - 80, {
    size: 6.6,
    color: DARK,
  });
  page.text(pageNumber, PAGE.width - PAGE.right - 78, y + 3.5, 78, { size: 9.5, bold: true, align: 'right' });
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
