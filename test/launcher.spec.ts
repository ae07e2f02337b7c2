import { isUnitOnly } from '../scripts/lib/test.mjs';
import { choosePackages } from '../scripts/lib/unpacked-binaries.mjs';

describe('npm test', () => {
  it.each([
    [['--selectProjects', 'unit'], true],
    [['--selectProjects', 'unit', '--verbose'], true],
    [['--verbose', 'libs/rules/src/plan.spec.ts'], true],
    [['--selectProjects', 'unit', 'integration'], false],
    [['libs/rules/src/plan.spec.ts', 'test/launcher.int-spec.ts'], false],
    [['libs/rules'], false],
    [[], false],
  ])('starts no stores for %j: %s', (args, expected) => {
    expect(isUnitOnly(args)).toBe(expected);
  });
});

describe('the packages to unpack', () => {
  it('are of the newest PostgreSQL with PostGIS, with TimescaleDB and Valkey where the distribution has them', () => {
    const found = [
      'postgresql-15-postgis-3 - Geographic objects support for PostgreSQL 15',
      'postgresql-17-postgis-3 - Geographic objects support for PostgreSQL 17',
      'postgresql-17-timescaledb - Time-series data extension',
      'redis-server - Persistent key-value database',
      'valkey-server - Persistent key-value database',
    ].join('\n');
    const { packages, contents } = choosePackages(found);
    expect(contents).toEqual({ major: 17, redis: 'valkey-server', timescale: true });
    expect(packages).toEqual([
      'postgresql-17',
      'postgresql-client-17',
      'postgresql-17-postgis-3',
      'postgresql-17-postgis-3-scripts',
      'postgresql-17-timescaledb',
      'valkey-server',
      'valkey-tools',
    ]);
  });

  it('take Redis where there is no Valkey', () => {
    const { contents } = choosePackages('postgresql-15-postgis-3 - x\nredis-server - y\n');
    expect(contents).toEqual({ major: 15, redis: 'redis-server', timescale: false });
  });

  it.each([
    ['postgresql-13-postgis-3 - x\nredis-server - y', 'no PostGIS for PostgreSQL 15 or later'],
    ['postgresql-15-postgis-3 - x', 'neither valkey-server nor redis-server'],
    ['', 'DATABASE_URL'],
  ])('lack in the sources of the machine: a sentence says which', (found, sentence) => {
    expect(() => choosePackages(found)).toThrow(sentence);
  });
});
