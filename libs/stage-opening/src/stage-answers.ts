import { escaped } from '@trm/platform';
import type { StartListPreview } from './open-stage.js';
import type { StageAnswer } from './stage-command.js';
import type { PublishedLine, PublishedStartList } from './stage-store.js';

/** What the Admin UI shows to whoever pressed a button: a notification with a link. */
export interface Answer {
  /** One short line: the list of notifications cuts a longer one. */
  readonly title: string;
  /** Markdown. */
  readonly message: string;
  /** What the link beside the title opens. */
  readonly collection: 'stages' | 'start_lists';
  readonly item: string;
}

/** A longer list is nothing to scroll through in a drawer. */
const LINES_SHOWN = 100;

/** The list that an opening would publish now, as a table. */
export function previewInWords(preview: StartListPreview): Answer {
  const { stageId, stageName, stageState, lines, notices } = preview;
  const isPublished = stageState !== 'draft' && stageState !== 'planned';
  return {
    title: `Preview of ${stageName}`,
    message: paragraphs(
      isPublished
        ? '**Nothing was changed.** The published start list stays in force; drawn now, it would be this one.'
        : '**Nothing is published yet.** An opening would publish this list now.',
      whenAndWho(preview),
      ...notices.map(({ message }) => `**Note:** ${escaped(message)}`),
      table(preview),
      more(lines, `the API has all of them: \`GET /v1/stages/${stageId}/start-list-preview\``),
    ),
    collection: 'stages',
    item: stageId,
  };
}

/** A stage that is open, by this press or an earlier one: who published which list, and the list. */
export function openingInWords(list: PublishedStartList): Answer {
  const { stageName, startListId, version, publishedAt, publishedBy, reason, lines, timezone } = list;
  const { day, time } = clock(timezone);
  const by = publishedBy === null ? '' : ` by ${escaped(publishedBy)}`;
  return {
    title: `${stageName} is open`,
    message: paragraphs(
      `**Start list version ${version} is published**, on ${day(publishedAt)} at ${time(publishedAt)}${by}.`,
      whenAndWho(list),
      reason === null ? '' : `Reason: ${escaped(reason)}`,
      table(list),
      more(lines, 'the arrow beside the title opens the whole list'),
    ),
    collection: 'start_lists',
    item: startListId,
  };
}

/** What a command did to a stage, and the list as it is then, when it changed one. */
export function changeInWords(answer: StageAnswer, list?: PublishedStartList): Answer {
  const { stageId, stageName, stageState, summary, notices, version } = answer;
  return {
    title: list === undefined ? `${stageName} is ${stageState}` : `${stageName}: version ${version}`,
    message: paragraphs(
      `**${escaped(summary)}**`,
      ...notices.map(({ message }) => `**Note:** ${escaped(message)}`),
      ...(list === undefined
        ? []
        : [
            whenAndWho(list),
            list.reason === null ? '' : `Reason: ${escaped(list.reason)}`,
            table(list),
            more(list.lines, 'the arrow beside the title opens the whole list'),
          ]),
    ),
    collection: list === undefined ? 'stages' : 'start_lists',
    item: list?.startListId ?? stageId,
  };
}

interface List {
  readonly timezone: string;
  readonly lines: readonly PublishedLine[];
}

function whenAndWho({ lines, timezone }: List): string {
  const [first, last] = [lines[0], lines.at(-1)];
  if (first === undefined || last === undefined) return 'Nobody starts.';
  const { day, time } = clock(timezone);
  const [from, to] = [new Date(first.startAt), new Date(last.startAt)];
  const who = lines.length === 1 ? '1 entry starts' : `${lines.length} entries start`;
  const until = day(from) === day(to) ? time(to) : `${time(to)} on ${day(to)}`;
  return from.getTime() === to.getTime()
    ? `${who} on ${day(from)} at ${time(from)} (${timezone}).`
    : `${who} on ${day(from)} from ${time(from)} to ${until} (${timezone}).`;
}

function table({ lines, timezone }: List): string {
  const { time } = clock(timezone);
  const rows = lines
    .slice(0, LINES_SHOWN)
    .map(({ position, raceNumber, name, startAt, because, status }) =>
      [
        '',
        position,
        raceNumber === null ? '' : `**${raceNumber}**`,
        escaped(name ?? ''),
        status === undefined ? time(new Date(startAt)) : '–',
        escaped(because),
        '',
      ].join(' | '),
    );
  return ['| Pos. | No. | Name | Start | Because |', '| ---: | ---: | :-- | :-- | :-- |', ...rows]
    .map((row) => row.trim())
    .join('\n');
}

function more(lines: readonly PublishedLine[], where: string): string {
  return lines.length <= LINES_SHOWN ? '' : `… and ${lines.length - LINES_SHOWN} more; ${where}.`;
}

/** How the clock on the wall of the race office shows an instant. */
function clock(timezone: string): Readonly<Record<'day' | 'time', (at: Date) => string>> {
  const format = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat('en-GB', { timeZone: timezone, ...options });
  const day = format({ weekday: 'short', day: 'numeric', month: 'short' });
  const time = format({ hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
  return { day: (at) => day.format(at).replace(',', ''), time: (at) => time.format(at) };
}

function paragraphs(...parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join('\n\n');
}
