/** Why a document gets no answer, as it is written on stderr or in its line. */
export interface ProblemDocument {
  readonly problem: {
    /** Stable, for programs. */
    readonly code: ProblemCode;
    /** What kind of problem it is, the same for all of one code. */
    readonly title: string;
    /** What is wrong in this document and what to do. */
    readonly message: string;
    /** The bad field as a JSON pointer; "" is the whole document. */
    readonly pointer: string;
  };
}

const TITLES = {
  COMMAND_UNKNOWN: 'There is no such command',
  JSON_UNREADABLE: 'The document is not JSON',
  DOCUMENT_INVALID: 'The document does not match its schema',
  UNEXPECTED: 'The rulebook failed',
};

export type ProblemCode = keyof typeof TITLES;

/** A document that gets no answer. */
export class DocumentProblem extends Error {
  constructor(
    readonly code: ProblemCode,
    message: string,
    readonly pointer = '',
  ) {
    super(message);
  }
}

/** Anything thrown, as a document; what nobody foresaw is told as what it is. */
export function problemDocument(error: unknown): ProblemDocument {
  const known =
    error instanceof DocumentProblem
      ? error
      : new DocumentProblem('UNEXPECTED', error instanceof Error ? error.message : String(error));
  const { code, message, pointer } = known;
  return { problem: { code, title: TITLES[code], message, pointer } };
}
