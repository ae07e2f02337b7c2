import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SchemaProblem } from '../schema-problem.js';

/** `pre` runs before the schema is applied, `post` after it. */
export type Phase = 'pre' | 'post';

export interface MigrationFile {
  /** Its file name, under which it is recorded. */
  readonly name: string;
  readonly phase: Phase;
  readonly number: number;
  /** Of the bytes as they are, so that an editor that changes line ends is noticed. */
  readonly sha256: string;
  readonly sql: string;
  /** Whether a line `-- @role admin` in its header asks for the superuser's connection. */
  readonly asAdmin: boolean;
}

/**
 * Reads `db-init/pre` and `db-init/post`, sorted by number.
 * @throws SchemaProblem for a folder that cannot be read or a file name without a number
 */
export async function readMigrations(dbInitDir: string): Promise<MigrationFile[]> {
  // One behind the other, so that of two folders that are missing it is always the first that is named.
  const files = [...(await readPhase(dbInitDir, 'pre')), ...(await readPhase(dbInitDir, 'post'))];
  return files.toSorted((a, b) => a.number - b.number || (a.name < b.name ? -1 : 1));
}

async function readPhase(dbInitDir: string, phase: Phase): Promise<MigrationFile[]> {
  const folder = join(dbInitDir, phase);
  const names = await readdir(folder).catch((cause: NodeJS.ErrnoException) => {
    throw new SchemaProblem(`The folder ${folder} cannot be read (${cause.code}).`);
  });
  return Promise.all(
    names.filter((name) => name.endsWith('.sql')).map((name) => readMigration(folder, phase, name)),
  );
}

async function readMigration(folder: string, phase: Phase, name: string): Promise<MigrationFile> {
  const number = /^(\d{3,})_[a-z0-9_]+\.sql$/.exec(name)?.[1];
  if (number === undefined) {
    throw new SchemaProblem(
      `db-init/${phase}/${name} has no proper name. Call it NNN_what_it_does.sql: a number, small letters, underscores.`,
    );
  }
  const bytes = await readFile(join(folder, name));
  // A byte order mark is no SQL; everything else Postgres reads as it is, CRLF included.
  const sql = bytes.toString('utf8').replace(/^\uFEFF/, '');
  return {
    name,
    phase,
    number: Number(number),
    sha256: createHash('sha256').update(bytes).digest('hex'),
    sql,
    asAdmin: /^--\s*@role\s+admin\s*$/m.test(headerOf(sql)),
  };
}

/** The comment lines at the top. */
function headerOf(sql: string): string {
  const lines = sql.split(/\r?\n/);
  const end = lines.findIndex((line) => line.trim() !== '' && !line.startsWith('--'));
  return lines.slice(0, end === -1 ? lines.length : end).join('\n');
}
