// Decides where Postgres and Redis come from. The first that serves is taken:
//
// 1. external: DATABASE_URL, REDIS_URL name them; they are used and never administered.
// 2. local:    the machine has PostgreSQL with PostGIS, and Redis or Valkey.
// 3. unpack:   the distribution's packages, downloaded by apt and unpacked privately (nothing is installed).
// 4. docker:   the images of docker-compose.yml.
// 5. none: a message that names the ways out.
//
// TRM_STACK=external|local|unpack|docker forces one. The decision is told in one line.

import { Failure } from './failure.mjs';
import { findLocalBinaries } from './local-binaries.mjs';
import { canUnpack, unpackBinaries } from './unpacked-binaries.mjs';
import { isDockerReady } from './docker.mjs';

const STACKS = ['external', 'local', 'unpack', 'docker'];

/**
 * Programs that can be started.
 * @typedef {object} Binaries
 * @property {string} describe for the reader
 * @property {number} major of PostgreSQL
 * @property {string} postgresBin directory of initdb and postgres; empty when not needed
 * @property {string} redisServer path; empty when not needed
 * @property {boolean} timescale whether the server can preload TimescaleDB
 * @property {Record<string, string>} env which the programs need to find their libraries
 *
 * What is embedded comes from the binaries or from docker; what has a URL is somebody else's.
 * @typedef {object} Plan
 * @property {string | undefined} databaseUrl
 * @property {string | undefined} redisUrl
 * @property {Binaries | 'docker' | undefined} embedded undefined when both have URLs
 *
 * @typedef {{ postgres: boolean, redis: boolean }} Needs
 */

/**
 * @param {import('./run.mjs').Run} run
 * @returns {Promise<Plan>}
 * @throws Failure when nothing serves, naming the ways out
 */
export async function choosePlan(run) {
  const forced = process.env['TRM_STACK'] || undefined;
  if (forced && !STACKS.includes(forced)) {
    throw new Failure(`TRM_STACK=${forced} is not known. It can be ${STACKS.join(', ')}, or unset.`);
  }
  const own = forced !== undefined && forced !== 'external';
  const databaseUrl = own ? undefined : process.env['DATABASE_URL'] || undefined;
  const redisUrl = own ? undefined : process.env['REDIS_URL'] || undefined;
  const needs = { postgres: !databaseUrl, redis: !redisUrl };
  if (forced === 'external' && (needs.postgres || needs.redis)) {
    throw new Failure('TRM_STACK=external needs both DATABASE_URL and REDIS_URL.');
  }
  const embedded = needs.postgres || needs.redis ? await chooseEmbedded(run, needs, forced) : undefined;
  run.progress.say(`Stores: ${describe(needs, embedded)}`);
  return { databaseUrl, redisUrl, embedded };
}

/**
 * @param {import('./run.mjs').Run} run
 * @param {Needs} needs
 * @param {string | undefined} forced
 * @returns {Promise<Binaries | 'docker'>}
 */
async function chooseEmbedded(run, needs, forced) {
  const reasons = [];
  if (!forced || forced === 'local') {
    const found = findLocalBinaries(needs);
    if (typeof found !== 'string') return found;
    reasons.push(`local: ${found}`);
  }
  if (!forced || forced === 'unpack') {
    const missing = canUnpack();
    if (!missing) return unpackBinaries(run);
    reasons.push(`unpack: ${missing}`);
  }
  if (!forced || forced === 'docker') {
    const missing = isDockerReady();
    if (!missing) return 'docker';
    reasons.push(`docker: ${missing}`);
  }
  throw new Failure(
    [
      `${forced ? `TRM_STACK=${forced} gives no` : 'There is no way to get'} PostgreSQL with PostGIS and Redis here:`,
      ...reasons.map((reason) => `  - ${reason}`),
      'Ways out, any one of them:',
      '  - name running servers: DATABASE_URL=postgresql://user:password@host/database REDIS_URL=redis://host:6379;',
      '  - install PostgreSQL 15 or later with PostGIS 3, and Redis 7 or Valkey;',
      '  - run this on Debian or Ubuntu, where they are unpacked privately by apt;',
      '  - start Docker.',
    ].join('\n'),
  );
}

/**
 * @param {Needs} needs
 * @param {Binaries | 'docker' | undefined} embedded
 */
function describe(needs, embedded) {
  const source = embedded === 'docker' ? 'Docker' : embedded?.describe;
  if (needs.postgres && needs.redis) return `${source}`;
  if (!needs.postgres && !needs.redis) return 'Postgres from DATABASE_URL, Redis from REDIS_URL';
  return needs.postgres
    ? `Redis from REDIS_URL, Postgres from ${source}`
    : `Postgres from DATABASE_URL, Redis from ${source}`;
}
