// `npm run audit`: known weaknesses of the packages that run in production, as far as the registry tells.
//
// 1. Both lockfiles are asked about (the control plane, Directus), without what only developers use.
// 2. A registry that offers no audit, as mirrors often do, or that is not reached, is no failure: it is said.
// 3. High and critical findings in the control plane fail, but for those that docs/security-exceptions.json explains,
//    each until a day. Those inside Directus are only named: a release of Directus is what changes them.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from './failure.mjs';
import { CLONE, DIRECTUS_DIR } from './places.mjs';

const EXCEPTIONS = 'docs/security-exceptions.json';
const FAILING = new Set(['high', 'critical']);
const WITHIN_MS = 60_000;

/**
 * @typedef {import('./run.mjs').Run} Run
 * @typedef {{ advisory: string, because: string, until: string }} Exception
 * @typedef {{ advisory: string, package: string, severity: string, title: string }} Finding
 */

/**
 * @param {Run} run
 * @returns {Promise<number>} exit code
 */
export async function audit(run) {
  const exceptions = JSON.parse(readFileSync(join(CLONE, EXCEPTIONS), 'utf8'));
  const today = new Date().toISOString().slice(0, 10);
  const found = [CLONE, DIRECTUS_DIR].map((folder) => {
    const name = folder === CLONE ? 'the control plane' : 'Directus';
    const report = reportOf(folder);
    if (typeof report === 'string') {
      run.progress.say(`The packages of ${name} were not audited: ${report}`);
      return [];
    }
    const findings = notExcepted(findingsIn(report), exceptions, today);
    run.progress.say(`The packages of ${name}: ${findings.length} high or critical weaknesses.`);
    return findings;
  });
  const [left = [], inDirectus = []] = found;
  if (inDirectus.length > 0) run.progress.say(`Look for a newer Directus:\n${inWords(inDirectus)}`);
  if (left.length > 0) {
    throw new Failure(
      `Packages with known weaknesses:\n${inWords(left)}\nUpdate them, or explain each in ${EXCEPTIONS}.`,
    );
  }
  return 0;
}

/** @param {Finding[]} findings */
function inWords(findings) {
  return findings
    .map((one) => `  - ${one.package}: ${one.title} (${one.severity}, ${one.advisory})`)
    .join('\n');
}

/**
 * @param {string} folder of a package with a lockfile
 * @returns {unknown} what npm reports, or a sentence that says why there is nothing
 */
function reportOf(folder) {
  const { stdout, error } = spawnSync('npm', ['audit', '--omit=dev', '--json'], {
    cwd: folder,
    encoding: 'utf8',
    timeout: WITHIN_MS,
    maxBuffer: 64 * 1024 * 1024,
  });
  if (error) return `npm did not end (${error.message}).`;
  try {
    const report = JSON.parse(stdout);
    if (report.vulnerabilities !== undefined) return report;
    return `the registry does not offer it (${report.message ?? report.error?.summary ?? 'no report'}).`;
  } catch {
    return 'npm gave no report.';
  }
}

/**
 * The high and critical advisories in a report of `npm audit --json`, each once.
 * @param {unknown} report
 * @returns {Finding[]}
 */
export function findingsIn(report) {
  const { vulnerabilities = {} } = /** @type {{ vulnerabilities?: Record<string, { via: unknown[] }> }} */ (
    report
  );
  /** @type {Map<string, Finding>} */
  const found = new Map();
  for (const { via } of Object.values(vulnerabilities)) {
    for (const cause of via) {
      // A text only names another package of the report.
      if (typeof cause !== 'object' || cause === null) continue;
      const { url, name, severity, title } = /** @type {Record<string, string>} */ (cause);
      const advisory = String(url).split('/').at(-1) ?? '';
      if (FAILING.has(String(severity))) {
        found.set(`${advisory} ${name}`, {
          advisory,
          package: String(name),
          severity: String(severity),
          title: String(title),
        });
      }
    }
  }
  return [...found.values()];
}

/**
 * @param {Finding[]} findings
 * @param {Exception[]} exceptions
 * @param {string} today as YYYY-MM-DD
 * @returns {Finding[]} those that nobody has explained, or not for today any more
 */
export function notExcepted(findings, exceptions, today) {
  const excepted = new Set(exceptions.filter(({ until }) => until >= today).map(({ advisory }) => advisory));
  return findings.filter(({ advisory }) => !excepted.has(advisory));
}
