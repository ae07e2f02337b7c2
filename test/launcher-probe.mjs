// A run of the launcher with stores and one child, for the tests of the launcher: everything but Directus and
// our own programs. Prints what it has as one JSON line once all is up.
//
// usage: launcher-probe.mjs <directory of the run>

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { messageOf } from '../scripts/lib/failure.mjs';
import { Progress } from '../scripts/lib/progress.mjs';
import { Run } from '../scripts/lib/run.mjs';
import { choosePlan } from '../scripts/lib/services-provider.mjs';
import { startStores } from '../scripts/lib/stores.mjs';

const directory = process.argv[2];
if (!directory) throw new Error('usage: launcher-probe.mjs <directory>');

const run = await Run.begin(directory, new Progress(), 'probing');
if (!run) throw new Error(`${directory} is in use`);
process.on('SIGTERM', () => run.fail(new Error('told to stop')));
try {
  const temporary = mkdtempSync(join(tmpdir(), 'trm-probe-'));
  run.removeAtEnd(temporary);
  const plan = await choosePlan(run);
  const stores = await startStores(run, plan, {
    dataDirectory: join(directory, 'postgres'),
    isDurable: true,
  });
  const child = run.start({
    name: 'patient',
    command: process.execPath,
    // A grandchild in a session of its own: only the mark in its environment tells whose it is.
    args: [
      '--eval',
      `require('node:child_process').spawn(process.execPath, ['--eval', 'setInterval(() => {}, 1000)'],
         { detached: true, stdio: 'ignore' });
       console.log('waiting for an order that never comes');
       setInterval(() => {}, 1000);`,
    ],
  });
  process.stdout.write(
    `${JSON.stringify({ runId: run.id, child: child.pid, childLog: child.log, temporary, ...stores })}\n`,
  );
  await run.failed;
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`);
}
await run.end();
process.exit(1);
