/**
 * The rules program: asks the rulebook without a database. One JSON document on stdin, one on stdout.
 *
 *   start-order      who starts when
 *   due-times        when a crew is due at each control
 *   control-times    when each control opens and closes
 *   entry-check      what an entry lacks before it can be confirmed
 *   --lines          one document a line, in and out
 *
 * Ends with 0 answered, 2 the document or the use is wrong (a problem on stderr), 1 a mistake of ours.
 */
import { run } from './run.js';

process.exitCode = await run(process.argv.slice(2), process.stdin, process.stdout, process.stderr);
