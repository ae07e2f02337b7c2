import { isUUID } from 'class-validator';
import type { FastifyRequest } from 'fastify';

/**
 * What may be written about requests and failures into a log that is kept, copied and mailed around:
 * no secret, no token, no calendar key, no e-mail address, no name, no value of a row.
 */

/**
 * The address of a request as its route tells it. An id stays readable; whatever else somebody put there (a key that
 * was pasted behind the wrong slash) does not, and an address of no route is not repeated at all.
 */
export function pathForLog({ routeOptions, params, is404 }: FastifyRequest): string {
  if (is404 || routeOptions.url === undefined) return '(no route)';
  const given = params as Readonly<Record<string, unknown>> | undefined;
  return routeOptions.url.replaceAll(/:(\w+)/g, (_, name: string) => {
    const value = given?.[name];
    return isUUID(value) ? String(value) : '…';
  });
}

/** Postgres puts the offending values into the texts of these: data exceptions, broken constraints, raised by a trigger. */
const WORDS_WITH_VALUES = /^(22|23|P0)/;

/** An error and its causes for the log; an error of the database without the values that it names. */
export function errorForLog(error: unknown): unknown {
  if (!(error instanceof Error)) return error === undefined ? undefined : typeof error;
  const { code, severity, schema, table, column, constraint, routine } = error as Partial<
    Record<'code' | 'severity' | 'schema' | 'table' | 'column' | 'constraint' | 'routine', string>
  >;
  const isOfPostgres = severity !== undefined && code !== undefined;
  const isSafe = isOfPostgres ? !WORDS_WITH_VALUES.test(code) : !(error instanceof SyntaxError);
  return {
    name: error.name,
    ...(isSafe && { message: error.message }),
    ...(code !== undefined && { code }),
    ...(isOfPostgres && { schema, table, column, constraint, routine }),
    // The first line of a stack repeats the message.
    stack: error.stack?.split('\n').filter((line) => line.startsWith('    at ')),
    ...(error.cause !== undefined && { cause: errorForLog(error.cause) }),
  };
}
