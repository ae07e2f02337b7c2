import { directusEnvironment } from './directus-env.js';
import { SERVICE_USER_ID, stableId } from './stable-id.js';

const settings = {
  databaseUrl: 'postgresql://trm@localhost/trm?host=/run/pg',
  redisUrl: 'unix:///run/redis.sock',
  secret: '12345678901234567890123456789012',
  adminEmail: 'admin@example.com',
  adminPassword: 'a,b',
  adminToken: '42',
  hookSecret: '{"looks":"like json"}',
  controlPlaneUrl: 'http://127.0.0.1:3000/',
  host: '127.0.0.1',
  port: 8055,
  publicUrl: 'http://127.0.0.1:8055',
  applicationName: 'directus',
};

describe('the environment of Directus', () => {
  const environment = directusEnvironment(settings);

  it('keeps texts from being taken for numbers, lists or JSON', () => {
    for (const name of [
      'SECRET',
      'ADMIN_TOKEN',
      'ADMIN_PASSWORD',
      'CP_HMAC',
      'REDIS',
      'DB_CONNECTION_STRING',
    ]) {
      expect(environment[name]).toMatch(/^string:/);
    }
  });

  it('lets Flows see nothing but what they need', () => {
    expect(environment['FLOWS_ENV_ALLOW_LIST']).toBe('CP_URL,CP_HMAC,CP_DICE,CP_SERVICE_USER');
    expect(environment['CP_URL']).toBe('string:http://127.0.0.1:3000');
    expect(environment['CP_SERVICE_USER']).toBe(SERVICE_USER_ID);
  });

  it('keeps the messages of two databases on one Redis apart', () => {
    const other = directusEnvironment({ ...settings, databaseUrl: 'postgresql://trm@localhost/other' });
    const namespaces = Object.keys(environment).filter((name) => name.endsWith('_NAMESPACE'));
    expect(namespaces).toHaveLength(6);
    for (const name of namespaces) expect(other[name]).not.toBe(environment[name]);
  });

  it('hides the tables that Directus cannot serve', () => {
    expect(environment['DB_EXCLUDE_TABLES']).toBe('spatial_ref_sys,positions');
  });
});

describe('a stable id', () => {
  it('is a UUID, the same each time, another for another thing', () => {
    const id = stableId('role', 'marshal');
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(stableId('role', 'marshal')).toBe(id);
    expect(stableId('policy', 'marshal')).not.toBe(id);
  });
});
