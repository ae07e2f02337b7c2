import { readConfig } from '../../../libs/platform/src/config/read-config.js';
import { StoreConfig, UpConfig } from './config.js';

const complete = {
  DATABASE_URL: 'postgresql://trm@localhost/trm?host=/run/postgresql',
  REDIS_URL: 'unix:///run/redis.sock',
  DIRECTUS_SECRET: 'a secret of at least thirty-two characters',
  DIRECTUS_ADMIN_EMAIL: 'admin@example.com',
  DIRECTUS_ADMIN_PASSWORD: 'password',
  DIRECTUS_ADMIN_TOKEN: 'token-of-the-admin',
  HOOK_SECRET: 'another secret of at least thirty-two characters',
  DIRECTUS_SERVICE_TOKEN: 'token-of-the-service',
};

describe('the configuration of the schema program', () => {
  it('needs no more than the secrets and the addresses', () => {
    expect(readConfig(UpConfig, complete)).toMatchObject({
      DIRECTUS_HOST: '127.0.0.1',
      DIRECTUS_PORT: 8055,
      ALLOW_DESTRUCTIVE: '0',
      CONTROL_PLANE_URL: 'http://127.0.0.1:3000',
    });
  });

  it('takes numbers and the files of its own settings', () => {
    const config = readConfig(StoreConfig, {
      ...complete,
      DIRECTUS_PORT: '18055',
      SNAPSHOT_FILE: '/tmp/other.yaml',
    });
    expect(config).toMatchObject({ DIRECTUS_PORT: 18055, SNAPSHOT_FILE: '/tmp/other.yaml' });
  });

  it.each<[string, Record<string, string>]>([
    ['DIRECTUS_SCHEMA_APPLY_MODE', { DIRECTUS_SCHEMA_APPLY_MODE: 'force' }],
    ['ALLOW_DESTRUCTIVE', { ALLOW_DESTRUCTIVE: 'yes' }],
    ['DATABASE_URL', { DATABASE_URL: 'mysql://x' }],
    ['DIRECTUS_PORT', { DIRECTUS_PORT: '70000' }],
    ['HOOK_SECRET', { HOOK_SECRET: 'short' }],
    ['PROJECT_OWNER', { PROJECT_OWNER: 'me' }],
  ])('refuses a bad %s', (name, bad) => {
    expect(() => readConfig(UpConfig, { ...complete, ...bad })).toThrow(new RegExp(`- ${name}: `));
  });

  it('names everything that is lacking in one message', () => {
    const read = () => readConfig(UpConfig, {});
    for (const name of Object.keys(complete)) expect(read).toThrow(new RegExp(`- ${name}: `));
  });
});
