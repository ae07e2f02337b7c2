/**
 * The schema program: brings a database and its Directus to what this release needs, and says where they differ.
 *
 *   up               the whole boot order (boot.ts)
 *   store            the same without provisioning
 *   provision        roles, policies, flows and settings of the Directus at DIRECTUS_URL
 *   directus         runs Directus itself, in the place of this process
 *   check            is anything different from the files? Changes nothing
 *   snapshot         writes the live schema to snapshots/schema.yaml
 *   types [--check]  writes the TypeScript types of the collections from that file
 *   permissions [--check]  writes docs/permissions.md from the policies
 *
 * Ends with 0 done, 1 failure, 2 wrong use, 3 drift found.
 */
import 'reflect-metadata';
import { chdir } from 'node:process';
import { writeFile } from 'node:fs/promises';
import { ConfigError, readConfig } from '../../../libs/platform/src/config/read-config.js';
import { bootStore, bootUp } from './boot.js';
import { type Boot, installationOf } from './boot-context.js';
import { check } from './check.js';
import { ProvisionConfig, StoreConfig, UpConfig } from './config.js';
import { CLI_APPLICATION_NAME, READER_APPLICATION_NAME } from './database.js';
import { environmentOfDirectus } from './directus/directus-environment.js';
import { directusArguments } from './directus/directus-process.js';
import { directusVersion } from './fingerprint.js';
import { keepGenerated } from './generated-file.js';
import { takeLiveSnapshot } from './guard/live-snapshot.js';
import { printSnapshot } from './guard/snapshot-file.js';
import { findProjectFiles } from './project-files.js';
import { permissionsDocument } from './provision/permissions-document.js';
import { provision } from './provision/provision.js';
import { SchemaProblem } from './schema-problem.js';
import { createStepLog } from './step-log.js';
import { writeTypes } from './types/write-types.js';

const DONE = 0;
const FAILED = 1;
const WRONG_USE = 2;
const DRIFT = 3;

type Command = (args: readonly string[], signal: AbortSignal) => Promise<number>;

const COMMANDS: Readonly<Record<string, Command>> = {
  up: async (_, signal) => {
    await bootUp(prepare(UpConfig, signal, CLI_APPLICATION_NAME));
    return DONE;
  },
  store: async (_, signal) => {
    await bootStore(prepare(StoreConfig, signal, CLI_APPLICATION_NAME));
    return DONE;
  },
  provision: async () => {
    const config = readConfig(ProvisionConfig);
    await provision(config.DIRECTUS_URL, config, createStepLog(config.LOG_FORMAT));
    return DONE;
  },
  directus: (_, signal) => becomeDirectus(prepare(StoreConfig, signal)),
  check: async (_, signal) => ((await check(prepare(UpConfig, signal))) ? DONE : DRIFT),
  snapshot: async (_, signal) => {
    const boot = prepare(StoreConfig, signal);
    const text = printSnapshot(await takeLiveSnapshot(installationOf(boot), signal));
    await writeFile(boot.files.snapshot, text);
    boot.log.info('wrote the snapshot; run "npm run types" and commit both', { file: boot.files.snapshot });
    return DONE;
  },
  types: async (args) => {
    const files = findProjectFiles({});
    const checkOnly = args.includes('--check');
    const wasRight = await writeTypes(files.snapshot, files.types, checkOnly);
    if (wasRight || !checkOnly) return DONE;
    console.error(
      'libs/directus/src/collections.ts is not what snapshots/schema.yaml gives. Run "npm run types".',
    );
    return DRIFT;
  },
  permissions: async (args) => {
    const checkOnly = args.includes('--check');
    const wasRight = await keepGenerated(findProjectFiles({}).permissions, permissionsDocument(), checkOnly);
    if (wasRight || !checkOnly) return DONE;
    console.error('docs/permissions.md is not what the policies say. Run "npm run permissions".');
    return DRIFT;
  },
};

function prepare<Config extends StoreConfig>(
  ConfigClass: new () => Config,
  signal: AbortSignal,
  directusSessions = READER_APPLICATION_NAME,
): Boot<Config> {
  const config = readConfig(ConfigClass);
  return {
    config,
    files: findProjectFiles(config),
    log: createStepLog(config.LOG_FORMAT),
    signal,
    directusSessions,
    inherited: process.env,
  };
}

/** Replaces this process by Directus, so that signals and exit codes are Directus's own. Returns only on failure. */
async function becomeDirectus(boot: Boot): Promise<number> {
  const dir = boot.files.directusDir;
  await directusVersion(dir);
  chdir(dir);
  const args = [process.execPath, ...directusArguments(dir, ['start'])];
  if (process.execve === undefined) {
    throw new SchemaProblem(
      `Node ${process.version} cannot hand over to Directus. Use Node 22.15 or later, on Linux or macOS.`,
    );
  }
  return process.execve(process.execPath, args, environmentOfDirectus(boot.config, 'directus', process.env));
}

async function main(): Promise<number> {
  const [name = '', ...args] = process.argv.slice(2);
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined) {
    console.error(`Unknown command "${name}". Commands: ${Object.keys(COMMANDS).join(', ')}.`);
    return WRONG_USE;
  }
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => stop.abort(new SchemaProblem(`Stopped by ${name}. Start it again to go on.`)));
  }
  try {
    return await command(args, stop.signal);
  } catch (error) {
    const expected = error instanceof SchemaProblem || error instanceof ConfigError;
    createStepLog(process.env['LOG_FORMAT'] ?? (process.stdout.isTTY ? 'text' : 'json'), console.error).error(
      expected ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error),
    );
    return FAILED;
  }
}

process.exitCode = await main();
