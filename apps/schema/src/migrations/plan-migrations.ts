import { SchemaProblem } from '../schema-problem.js';
import type { MigrationFile, Phase } from './read-migrations.js';

/** A row of `control.migrations_applied`. */
export interface AppliedMigration {
  readonly name: string;
  readonly sha256: string;
}

export interface MigrationPlan {
  /** To be applied now, in this order. */
  readonly pending: readonly MigrationFile[];
  /** Applied files that this release does not ship: the database is ahead of it. */
  readonly unknown: readonly string[];
}

/**
 * Decides what a phase has to apply. Numbers run over both phases together: 001, 002, … without a gap.
 *
 * @throws SchemaProblem that names the file and says what to do, when the files contradict each other or what was
 *   applied; nothing may be applied then
 */
export function planMigrations(
  files: readonly MigrationFile[],
  applied: readonly AppliedMigration[],
  phase: Phase,
): MigrationPlan {
  requireSequence(files);
  const recorded = new Map(applied.map((row) => [row.name, row.sha256]));
  requireUnchanged(files, recorded);
  const unknown = requireKnown(files, applied);
  const ofPhase = files.filter((file) => file.phase === phase);
  const pending = ofPhase.filter(({ name }) => !recorded.has(name));
  requireOrder(ofPhase, pending);
  return { pending, unknown };
}

function requireSequence(files: readonly MigrationFile[]): void {
  let before: MigrationFile | undefined;
  for (const file of files) {
    const expected = (before?.number ?? 0) + 1;
    if (before && file.number === before.number) {
      throw new SchemaProblem(
        `Two files have the number ${digits(file.number)}: ${before.name} and ${file.name}. Give the newer one the next free number.`,
      );
    }
    if (file.number !== expected) {
      throw new SchemaProblem(
        `db-init has no file number ${digits(expected)}; the next one is ${path(file)}. Restore the missing file, or renumber the files that were never applied.`,
      );
    }
    before = file;
  }
}

function requireUnchanged(files: readonly MigrationFile[], recorded: ReadonlyMap<string, string>): void {
  for (const file of files) {
    const sha256 = recorded.get(file.name);
    if (sha256 === undefined || sha256 === file.sha256) continue;
    throw new SchemaProblem(
      `${path(file)} was changed after it was applied. Restore it as it was, and put the change into a new file with the next number.`,
    );
  }
}

/** A rollback to an older release finds newer rows, which is fine; a file from the middle may not go or be renamed. */
function requireKnown(files: readonly MigrationFile[], applied: readonly AppliedMigration[]): string[] {
  const shipped = new Set(files.map(({ name }) => name));
  const last = files.at(-1)?.number ?? 0;
  const unknown = applied.map(({ name }) => name).filter((name) => !shipped.has(name));
  for (const name of unknown) {
    if (Number.parseInt(name, 10) > last) continue;
    throw new SchemaProblem(
      `${name} was applied to this database, but db-init has no such file. Restore it under its old name.`,
    );
  }
  return unknown;
}

function requireOrder(ofPhase: readonly MigrationFile[], pending: readonly MigrationFile[]): void {
  const lastApplied = ofPhase.findLast((file) => !pending.includes(file));
  const tooLate = pending.find((file) => lastApplied !== undefined && file.number < lastApplied.number);
  if (tooLate === undefined || lastApplied === undefined) return;
  throw new SchemaProblem(
    `${path(tooLate)} is out of order: ${lastApplied.name} is applied already. Give it the next free number.`,
  );
}

function path({ phase, name }: MigrationFile): string {
  return `db-init/${phase}/${name}`;
}

function digits(number: number): string {
  return String(number).padStart(3, '0');
}
