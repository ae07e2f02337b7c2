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
  const errors = answer.violations.filter(({ severity }) => severity === 'error');
  const warnings = answer.violations.filter(({ severity }) => severity === 'warning');
  const isRegistered = answer.status === 'registered';
  const verdict =
    errors.length > 0
      ? isRegistered
        ? 'It cannot be confirmed yet:'
        : 'It breaks rules as it is now:'
      : isRegistered
        ? answer.mayConfirm
          ? 'Nothing speaks against it: it can be confirmed.'
          : 'It waits for a place in its class.'
        : 'Its papers and crew are in order.';
  return shown(
    answer,
    `${labelOf(answer)}: ${errors.length === 0 ? 'in order' : `${errors.length} missing`}`,
    [
      answer.changed ? `**${escaped(answer.summary)}**` : '',
      `**${verdict}**`,
      bullets(errors),
      answer.notReady.length === 0 ? '**Ready to start.**' : '**Before the start:**',
      bullets(answer.notReady),
      warnings.length === 0 ? '' : '**To think about:**',
      bullets(warnings),
    ],
  );
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

/** Names and reasons are text that people typed; none of it is a link, a table or HTML. */
function escaped(text: string): string {
  return text.replaceAll(/\s+/g, ' ').replaceAll(/[\\`*_[\]<>&|#~]/g, String.raw`\$&`);
}
