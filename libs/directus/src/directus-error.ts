import { isDirectusError } from '@directus/sdk';

/** The HTTP status of a refusal by Directus; undefined when Directus did not answer at all. */
export function directusStatus(error: unknown): number | undefined {
  return isDirectusError(error) ? (error.response as Response | undefined)?.status : undefined;
}

/** One line for a log or an operator. The SDK throws plain objects, which would print as `[object Object]`. */
export function describeDirectusError(error: unknown): string {
  if (isDirectusError(error)) {
    const reasons = error.errors.map(({ message, extensions }) => `${message} (${extensions.code})`);
    return [...new Set(reasons)].join('; ') || error.message;
  }
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : '';
  return `${error.message}${cause}`;
}
