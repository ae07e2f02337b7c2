import { escaped } from '@trm/platform';
import type { Violation } from '@trm/rules';
import type { CopyAnswer } from './copy-crew.js';
import type { EntryAnswer } from './entry-command.js';

/** What the Admin UI shows to whoever pressed a button: a notification with a link. */
export interface EntryButtonAnswer {
  /** One short line: the list of notifications cuts a longer one. */
  readonly title: string;
  /** Markdown. */
  readonly message: string;
  /** What the link beside the title opens. */
  readonly collection: 'entries';
  readonly item: string;
}

/** What is missing of an entry, for confirming it and for the start. */
export function checkInWords(answer: EntryAnswer): EntryButtonAnswer {
  const warnings = answer.violations.filter(({ severity }) => severity === 'warning');
  // Confirming gives the next free number: that alone is nothing an official has to see to before.
  const missing = answer.violations.filter(
    ({ severity, code }) =>
      severity === 'error' && !(answer.status === 'registered' && code === 'RACE_NUMBER_MISSING'),
  );
  return shown(
    answer,
    `${labelOf(answer)}: ${missing.length === 0 ? 'in order' : `${missing.length} missing`}`,
    [
      answer.changed ? `**${escaped(answer.summary)}**` : '',
      `**${verdictOn(answer, missing)}**`,
      bullets(missing),
      answer.notReady.length > 0
        ? '**Before the start:**'
        : missing.length === 0 && answer.status !== 'registered'
          ? '**Ready to start.**'
          : '',
      bullets(answer.notReady),
      warnings.length === 0 ? '' : '**To think about:**',
      bullets(warnings),
    ],
  );
}

function verdictOn(answer: EntryAnswer, missing: readonly Violation[]): string {
  if (answer.status !== 'registered') {
    return missing.length > 0 ? 'It breaks rules as it is now:' : 'Its papers and crew are in order.';
  }
  if (missing.length > 0) return 'It cannot be confirmed yet:';
  if (answer.waitingSince !== null) return 'It waits for a place in its class.';
  return answer.raceNumber === null
    ? 'Nothing speaks against it: it can be confirmed, and gets the next free number then.'
    : 'Nothing speaks against it: it can be confirmed.';
}

/** A move that was made, and what is still to do. */
export function moveInWords(answer: EntryAnswer): EntryButtonAnswer {
  const ahead =
    answer.status === 'confirmed' ? answer.notReady : answer.status === 'registered' ? answer.violations : [];
  return shown(answer, `${labelOf(answer)} is ${answer.status}`, [
    `**${escaped(answer.summary)}**`,
    ahead.length === 0 ? '' : answer.status === 'confirmed' ? '**Before the start:**' : '**Still missing:**',
    bullets(ahead),
  ]);
}

/** What a copy did, or would do: three lists with reasons. */
export function copyInWords(answer: CopyAnswer): EntryButtonAnswer {
  const { copied, changed, dropped } = answer.copy;
  const lines = (items: CopyAnswer['copy']['copied']) =>
    items
      .map(({ label, reason }) => (reason.includes(label) ? reason : `${label}: ${reason}`))
      .map((line) => `- ${escaped(line)}`)
      .join('\n');
  const part = (title: string, items: CopyAnswer['copy']['copied']) =>
    items.length === 0 ? '' : `**${title}**\n\n${lines(items)}`;
  return shown(answer, `${labelOf(answer)}: crew of ${answer.fromEventName}`, [
    `**${escaped(answer.summary)}**`,
    part('Copied', copied),
    part('Changed', changed),
    part('Left out', dropped),
    answer.changed ? '' : 'To do it, press the button again with “Copy now” on.',
  ]);
}

function shown(answer: EntryAnswer, title: string, parts: readonly string[]): EntryButtonAnswer {
  return {
    title: title.slice(0, 200),
    message: parts.filter((part) => part !== '').join('\n\n'),
    collection: 'entries',
    item: answer.entryId,
  };
}

function labelOf({ raceNumber, name }: EntryAnswer): string {
  return raceNumber === null ? name : `#${raceNumber}`;
}

function bullets(violations: readonly Violation[]): string {
  return violations.map(({ message }) => `- ${escaped(message)}`).join('\n');
}
