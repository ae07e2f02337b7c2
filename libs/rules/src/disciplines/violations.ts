import type { Violation } from './types.js';

/** Shorthand for a violation that keeps an entry from what was asked. */
export function error(code: string, pointer: string, message: string): Violation {
  return { code, severity: 'error', pointer, message };
}

/** Shorthand for a violation that is only told. */
export function warning(code: string, pointer: string, message: string): Violation {
  return { code, severity: 'warning', pointer, message };
}

export function errorsOf(violations: readonly Violation[]): Violation[] {
  return violations.filter(({ severity }) => severity === 'error');
}

/** Whether a field of the facts says nothing. */
export function isEmpty(value: string | number | null | undefined): boolean {
  return value === null || value === undefined || String(value).trim() === '';
}

/** Errors first, then in the order of the document. */
export function inOrderOfWeight(violations: readonly Violation[]): Violation[] {
  return violations.toSorted(
    (a, b) =>
      Number(a.severity === 'warning') - Number(b.severity === 'warning') ||
      comparePointers(a.pointer, b.pointer) ||
      compare(a.code, b.code) ||
      compare(a.message, b.message),
  );
}

/** Member 2 stands before member 10. */
function comparePointers(a: string, b: string): number {
  const [ours, theirs] = [a.split('/'), b.split('/')];
  for (const [index, part] of ours.entries()) {
    const other = theirs[index];
    if (other === undefined) return 1;
    const byNumber = Number(part) - Number(other);
    const order = Number.isNaN(byNumber) ? compare(part, other) : byNumber;
    if (order !== 0) return order;
  }
  return ours.length - theirs.length;
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
