import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Ajv } from 'ajv';
import { parse } from 'yaml';

// What must hold for docker-compose.yml, as functions that return sentences: none = all is well.
// 1. the Compose specification's own JSON schema (a misspelt key, a wrong type)
// 2. our rules: nobody is root, nothing is writable that need not be, no secret is written down,
//    everything is pinned, everything is watched, the stores cannot be reached from outside

export interface ComposeService {
  readonly image?: string;
  readonly user?: string;
  readonly read_only?: boolean;
  readonly privileged?: boolean;
  readonly cap_add?: readonly string[];
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly restart?: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly secrets?: readonly string[];
  readonly networks?: readonly string[];
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly healthcheck?: { readonly test?: unknown; readonly start_interval?: string };
  readonly logging?: { readonly driver?: string; readonly options?: Readonly<Record<string, string>> };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly deploy?: { readonly resources?: { readonly limits?: { readonly memory?: string } } };
}

export interface ComposeFile {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean } | null>>;
  readonly secrets: Readonly<Record<string, { readonly file?: string }>>;
  readonly configs: Readonly<Record<string, { readonly file?: string }>>;
}

export const root = join(import.meta.dirname, '..');

/** A file of the repository as text. */
export const read = (path: string): string => readFileSync(join(root, path), 'utf8');

/** The file as Compose reads it: anchors and merge keys resolved, variables left as written. */
export const parseCompose = (text: string): ComposeFile => parse(text, { merge: true }) as ComposeFile;

const validateSchema = (() => {
  const packageDir = dirname(createRequire(import.meta.url).resolve('dclint/package.json'));
  const schema = JSON.parse(readFileSync(join(packageDir, 'schemas/compose.schema.json'), 'utf8')) as Record<
    string,
    unknown
  >;
  // It names its draft by an address that Ajv does not know; its content is draft 7, Ajv's default.
  delete schema['$schema'];
  return new Ajv({ allErrors: true, strict: false, validateFormats: false }).compile(schema);
})();

/** Where the text is not a valid Compose file, one sentence a finding. */
export function specificationProblems(text: string): string[] {
  validateSchema(parseCompose(text));
  return (validateSchema.errors ?? []).map(({ instancePath, message, params }) => {
    const unknown = params['additionalProperty'] as string | undefined;
    return `${instancePath || '/'} ${message}${unknown ? `: ${unknown}` : ''}`;
  });
}

const SECRET_NAME = /(SECRET|PASSWORD|PASSWD|TOKEN|_KEY|DATABASE_URL|REDIS_URL)$/;
const LOGIN_IN_URL = /:\/\/[^/\s:@]*:[^/\s@]+@/;
const PINNED = /@sha256:[0-9a-f]{64}$|:[^:/]*\d+\.\d+\.\d+[^:/]*$|:pg\d+\.\d+-ts\d+\.\d+\.\d+$/;
const STORES = ['postgres', 'valkey', 'schema'];

/** Whether an image is named so exactly that the same name brings the same program next year. */
export const isPinned = (image: string): boolean => PINNED.test(image);

/** Where the file breaks our own rules, one sentence a finding. */
export function ruleProblems(text: string): string[] {
  const file = parseCompose(text);
  const problems: string[] = [];
  for (const [name, service] of Object.entries(file.services)) {
    const require = (holds: boolean, sentence: string) => {
      if (!holds) problems.push(`${name}: ${sentence}`);
    };
    const oneShot = service.restart === 'no';
    require(isPinned(
      service.image ?? '',
    ), `the image ${service.image ?? '(none)'} is not pinned to a release`);
    require(/^[1-9]\d*(:[1-9]\d*)?$/.test(service.user ?? ''), 'user is not the number of an ordinary user');
    require(service.read_only === true, 'read_only is not set');
    require(service.cap_drop?.includes('ALL') === true, 'cap_drop does not hold ALL');
    require((service.cap_add ?? []).length === 0 && service.privileged !== true, 'has extra privileges');
    require(service.security_opt?.includes('no-new-privileges:true') ===
      true, 'no-new-privileges is not set');
    require(oneShot ||
      service.restart === 'unless-stopped', 'restart is neither unless-stopped nor no (one-shot)');
    require(oneShot || service.healthcheck?.test !== undefined, 'has no healthcheck');
    require(oneShot ||
      service.healthcheck?.start_interval !== undefined, 'the healthcheck has no start_interval');
    require(service.logging?.driver === 'json-file' &&
      service.logging.options?.['max-size'] !== undefined, 'its log can fill the disk');
    require(service.deploy?.resources?.limits?.memory !== undefined, 'has no memory limit');

    for (const [needed, { condition }] of Object.entries(service.depends_on ?? {})) {
      const expected =
        file.services[needed]?.restart === 'no' ? 'service_completed_successfully' : 'service_healthy';
      require(condition === expected, `depends on ${needed} with ${condition} instead of ${expected}`);
    }

    const mentioned = JSON.stringify([service.environment, service.command]);
    for (const [variable, value] of Object.entries(service.environment ?? {})) {
      require(!SECRET_NAME.test(variable), `${variable} is written down; give ${variable}_FILE instead`);
      require(!LOGIN_IN_URL.test(value), `${variable} holds a password`);
      if (!SECRET_NAME.test(variable.replace(/_FILE$/, ''))) continue;
      const secret = /^\/run\/secrets\/(\w+)$/.exec(value)?.[1];
      require(secret !== undefined &&
        service.secrets?.includes(secret) === true, `${variable} does not name a secret that is mounted`);
    }
    for (const secret of service.secrets ?? []) {
      require(mentioned.includes(`/run/secrets/${secret}`), `the secret ${secret} is mounted and not used`);
    }

    const reachable = (service.networks ?? ['default']).filter(
      (network) => file.networks[network]?.internal !== true,
    );
    require(!STORES.includes(name) ||
      reachable.length === 0, `is on ${reachable.join(', ')}, which is not internal`);
    require(!STORES.includes(name) || service.ports === undefined, 'publishes a port');
    for (const port of service.ports ?? []) {
      require(port.startsWith(
        '${PUBLISH_ADDRESS:-127.0.0.1}:',
      ), `publishes ${port} to every network by default`);
    }
    require(name === 'schema' ||
      service.secrets?.includes('admin_database_url') !== true, "holds the superuser's password");
  }
  for (const [name, { file: path }] of Object.entries(file.secrets)) {
    if (path === undefined) problems.push(`the secret ${name} does not come from a file`);
  }
  if (LOGIN_IN_URL.test(text)) problems.push('the file holds a URL with a password');
  return problems;
}

const HOP_WAITS = ['resolver_timeout', 'proxy_connect_timeout', 'proxy_send_timeout', 'proxy_read_timeout'];

/** Where the hop before the hooks could keep Directus waiting for more than two seconds. */
export function hopProblems(config: string): string[] {
  const directives = config.replace(/#.*/g, '');
  const problems: string[] = [];
  let sumMs = 0;
  for (const wait of HOP_WAITS) {
    const found = [...directives.matchAll(new RegExp(`\\b${wait}\\s+(\\d+)(ms|s);`, 'g'))];
    if (found.length !== 1) problems.push(`${wait} is set ${found.length} times instead of once`);
    for (const [, amount, unit] of found) sumMs += Number(amount) * (unit === 's' ? 1000 : 1);
  }
  if (sumMs > 2000) problems.push(`the waits add up to ${sumMs} ms, more than 2000`);
  if (!/\bproxy_next_upstream\s+off;/.test(directives)) problems.push('a question can be asked twice');
  return problems;
}
