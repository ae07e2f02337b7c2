import { DocumentProblem } from './document-problem.js';

/**
 * @returns the value
 * @throws DocumentProblem saying in which line and column the text stops being JSON
 */
export function readJson(text: string): unknown {
  if (text.trim() === '') {
    throw new DocumentProblem('JSON_UNREADABLE', 'There is nothing to read: send one JSON document.');
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    const at = positionOf(text, error as SyntaxError);
    const before = text.slice(0, at).split('\n');
    const line = before.length;
    const column = (before.at(-1)?.length ?? 0) + 1;
    const found =
      at < text.length ? `${JSON.stringify(text[at])} is not expected here` : 'the text ends too early';
    throw new DocumentProblem('JSON_UNREADABLE', `Not JSON: line ${line}, column ${column}: ${found}.`);
  }
}

/** Where the text stops being JSON; its length when something is missing at its end. */
function positionOf(text: string, error: SyntaxError): number {
  const told = /at position (\d+)/.exec(error.message);
  if (told) return Number(told[1]);
  if (!isUnexpectedToken(text)) return text.length;
  // The engine names an unexpected token without its place: it is where the shortest text with that error ends.
  let valid = 0;
  let invalid = text.length;
  while (invalid - valid > 1) {
    const middle = Math.floor((valid + invalid) / 2);
    if (isUnexpectedToken(text.slice(0, middle))) invalid = middle;
    else valid = middle;
  }
  return invalid - 1;
}

function isUnexpectedToken(text: string): boolean {
  try {
    JSON.parse(text);
    return false;
  } catch (error) {
    return !/at position \d+|unexpected end/i.test((error as SyntaxError).message);
  }
}
