import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { rulesCommands, type RulesCommand } from './commands.js';
import { DocumentProblem, problemDocument } from './document-problem.js';
import { documentCheck } from './document-schema.js';
import { readJson } from './read-json.js';
import { linesOf, readAll } from './text.js';

const ANSWERED = 0;
const OUR_MISTAKE = 1;
const WRONG = 2;

/**
 * Answers documents.
 *   1. Find the command.
 *   2. Read a document, check it against the published schema, ask the rulebook.
 *   3. Write the answer; a document that gets none ends the program with its problem on `errors`.
 * With --lines every line is a document and gets a line, an answer or a problem, before the next is read.
 *
 * @returns the exit code: 0 answered, 2 the document or the use is wrong, 1 a mistake of ours
 */
export async function run(
  args: readonly string[],
  input: AsyncIterable<Uint8Array | string>,
  output: Writable,
  errors: Writable,
): Promise<number> {
  let failure: NodeJS.ErrnoException | undefined;
  output.on('error', (error) => (failure = error));
  try {
    const { command, byLines } = chosenBy(args);
    const check = documentCheck(command.name);
    const answer = (text: string) => {
      const document = readJson(text);
      check(document);
      return command.answer(document as never);
    };
    if (!byLines) {
      await write(output, `${JSON.stringify(answer(await readAll(input)), undefined, 2)}\n`);
      return ANSWERED;
    }
    for await (const line of linesOf(input)) {
      if (failure) break;
      await write(output, `${JSON.stringify(answerOrProblem(answer, line))}\n`);
    }
  } catch (error) {
    failure ??= error as Error;
  }
  // Whoever reads the answers may stop before the end.
  if (failure === undefined || failure.code === 'EPIPE') return ANSWERED;
  await write(errors, `${JSON.stringify(problemDocument(failure))}\n`);
  return failure instanceof DocumentProblem ? WRONG : OUR_MISTAKE;
}

function chosenBy(args: readonly string[]): { command: RulesCommand; byLines: boolean } {
  const [name = '', ...others] = args.filter((arg) => arg !== '--lines');
  const command = rulesCommands.get(name);
  if (command && others.length === 0) return { command, byLines: args.includes('--lines') };
  const wrong = command
    ? `"${others.join(' ')}" is not an option`
    : name === ''
      ? 'No command'
      : `"${name}" is not a command`;
  const known = [...rulesCommands.values()].map((each) => `${each.name} (${each.about})`).join(', ');
  throw new DocumentProblem(
    'COMMAND_UNKNOWN',
    `${wrong}. Usage: npm run --silent rules -- <command> [--lines] < document.json; the commands are ${known}. docs/rules/README.md says more.`,
  );
}

function answerOrProblem(answer: (text: string) => unknown, line: string): unknown {
  try {
    return answer(line);
  } catch (error) {
    return problemDocument(error);
  }
}

/** Writes and waits while the reader is slower, so that what nobody has read yet does not pile up. */
async function write(stream: Writable, text: string): Promise<void> {
  if (!stream.write(text)) await once(stream, 'drain');
}
