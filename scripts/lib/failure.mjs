/** Something an operator can act on: printed as a sentence, without a stack. */
export class Failure extends Error {}

/** The run was told to stop; `exitCode` follows the shell's custom of 128 + signal number. */
export class Interrupted extends Error {
  /**
   * @param {string} reason
   * @param {number} exitCode
   */
  constructor(reason, exitCode) {
    super(reason);
    this.exitCode = exitCode;
  }
}

/**
 * The message of anything that was thrown.
 * @param {unknown} error
 */
export function messageOf(error) {
  return error instanceof Error ? error.message : String(error);
}

/**
 * The system's code of an error (`ENOENT`, `EADDRINUSE`, …), when it has one.
 * @param {unknown} error
 * @returns {string | undefined}
 */
export function codeOf(error) {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined;
}
