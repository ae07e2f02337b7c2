import { planMigrations } from './plan-migrations.js';
import type { MigrationFile, Phase } from './read-migrations.js';

const file = (
  number: number,
  phase: Phase = 'post',
  name = `${String(number).padStart(3, '0')}_file.sql`,
): MigrationFile => ({
  name,
  phase,
  number,
  sha256: `hash of ${name}`,
  sql: '',
  asAdmin: false,
});
const applied = (...files: MigrationFile[]) => files.map(({ name, sha256 }) => ({ name, sha256 }));
const names = (files: readonly MigrationFile[]) => files.map(({ name }) => name);

const files = [file(1, 'pre'), file(2, 'pre'), file(3), file(4)];
const [one, two, three, four] = files as [MigrationFile, MigrationFile, MigrationFile, MigrationFile];

describe('planning migrations', () => {
  it('applies what its phase lacks, by number', () => {
    expect(names(planMigrations(files, [], 'pre').pending)).toEqual(['001_file.sql', '002_file.sql']);
    expect(names(planMigrations(files, applied(one, two, three), 'post').pending)).toEqual(['004_file.sql']);
    expect(planMigrations(files, applied(...files), 'post').pending).toEqual([]);
  });

  it('lets a new file of the first phase run before older ones of the second, as on an empty database', () => {
    const later = [...files, file(5, 'pre')];
    expect(names(planMigrations(later, [], 'pre').pending)).toEqual([
      '001_file.sql',
      '002_file.sql',
      '005_file.sql',
    ]);
    expect(names(planMigrations(later, applied(one, two, file(5, 'pre')), 'post').pending)).toEqual([
      '003_file.sql',
      '004_file.sql',
    ]);
  });

  it('accepts a database that is ahead, as after a rollback, and says so', () => {
    expect(planMigrations(files, applied(...files, file(5), file(6)), 'post')).toEqual({
      pending: [],
      unknown: ['005_file.sql', '006_file.sql'],
    });
  });

  it('refuses a changed file and says where its change belongs', () => {
    expect(() => planMigrations(files, [{ name: three.name, sha256: 'other' }], 'pre')).toThrow(
      'db-init/post/003_file.sql was changed after it was applied. Restore it as it was, and put the change into a new file with the next number.',
    );
  });

  it('refuses a number that is used twice, in one phase or in both', () => {
    expect(() => planMigrations([one, file(1, 'post', '001_other.sql')], [], 'pre')).toThrow(
      /Two files have the number 001: 001_file\.sql and 001_other\.sql/,
    );
  });

  it('refuses a gap', () => {
    expect(() => planMigrations([one, three], [], 'pre')).toThrow(
      /no file number 002; the next one is db-init\/post\/003_file/,
    );
    expect(() => planMigrations([two], [], 'pre')).toThrow(/no file number 001/);
  });

  it('refuses a file that comes too late', () => {
    expect(() => planMigrations(files, applied(one, two, four), 'post')).toThrow(
      /db-init\/post\/003_file\.sql is out of order: 004_file\.sql is applied already/,
    );
  });

  it('refuses an applied file that is gone or renamed', () => {
    expect(() => planMigrations(files, [{ name: '003_old_name.sql', sha256: 'x' }], 'pre')).toThrow(
      /003_old_name\.sql was applied to this database, but db-init has no such file/,
    );
  });
});
