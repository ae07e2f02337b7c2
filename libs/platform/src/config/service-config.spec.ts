import { readConfig } from './read-config.js';
import { ServiceConfig } from './service-config.js';

const required = {
  DATABASE_URL: 'postgresql://db/trm',
  REDIS_URL: 'redis://valkey',
  DIRECTUS_URL: 'http://directus:8055',
};

describe('TRUST_PROXY', () => {
  it.each(['off', '1', '127.0.0.1', '10.0.0.0/8, fd00::/8', 'loopback,192.0.2.7'])('may be %s', (value) => {
    expect(readConfig(ServiceConfig, { ...required, TRUST_PROXY: value }).TRUST_PROXY).toBe(value);
  });

  it.each(['true', 'all', '10.0.0.0/8,', '-1', '0.0.0.0/0 evil'])('may not be %s', (value) => {
    expect(() => readConfig(ServiceConfig, { ...required, TRUST_PROXY: value })).toThrow(/TRUST_PROXY/);
  });

  it('is off by itself', () => {
    expect(readConfig(ServiceConfig, required).TRUST_PROXY).toBe('off');
  });
});
