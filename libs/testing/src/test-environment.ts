/** What `npm test` hands to the tests: a throw-away Postgres and Redis, and a database with the whole schema. */
export interface TestEnvironment {
  /** Superuser on the throw-away server, database `postgres`. */
  readonly adminUrl: string;
  /** Name of a database with the schema applied and provisioned; nobody is connected to it. */
  readonly template: string;
  readonly redisUrl: string;
  /** A folder of this run alone, removed after it. */
  readonly dir: string;
}

/** @throws Error when the tests were not started by `npm test` */
export function testEnvironment(): TestEnvironment {
  const read = (name: string): string => {
    const value = process.env[name];
    if (value === undefined) throw new Error(`${name} is not set. Run the tests with "npm test".`);
    return value;
  };
  return {
    adminUrl: read('TRM_TEST_ADMIN_URL'),
    template: read('TRM_TEST_TEMPLATE'),
    redisUrl: read('TRM_TEST_REDIS_URL'),
    dir: read('TRM_TEST_DIR'),
  };
}
