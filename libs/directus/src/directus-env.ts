import { generateKeyPairSync } from 'node:crypto';
import { SERVICE_USER_ID } from './stable-id.js';

/** What the project decides about the Directus process, in the project's own words. */
export interface DirectusSettings {
  /** libpq URL; a socket directory is given as `?host=/path`. */
  readonly databaseUrl: string;
  /** `redis://…`, `rediss://…` or `unix:///path`. */
  readonly redisUrl: string;
  readonly secret: string;
  readonly adminEmail: string;
  readonly adminPassword: string;
  readonly adminToken: string;
  /** HS256 key that Flows sign their questions to the control plane with. */
  readonly hookSecret: string;
  /** Where Flows reach the control plane. */
  readonly controlPlaneUrl: string;
  readonly host: string;
  readonly port: number;
  /** Where browsers reach Directus. */
  readonly publicUrl: string;
  /** `application_name` of its database sessions; triggers record it as the actor of a change. */
  readonly applicationName: string;
}

/**
 * A key that protects nothing and that nobody keeps. An ECDSA signature is drawn with chance, so signing with it gives a
 * Flow what no operation has: something that differs each time.
 */
function dice(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/**
 * The one place where our settings become the environment of Directus.
 *
 * Redis is set even for one instance: without it a running Directus keeps the schema and the Flows of its start.
 * `string:` keeps Directus from guessing a type (a secret of digits would become a number, one with a comma a list).
 */
export function directusEnvironment(settings: DirectusSettings): Record<string, string> {
  // The messages and locks of two databases on one Redis must not meet: Directus would take over the other's schema.
  const namespace = `directus:${decodeURIComponent(new URL(settings.databaseUrl).pathname.slice(1))}`;
  return {
    DB_CLIENT: 'pg',
    DB_CONNECTION_STRING: `string:${settings.databaseUrl}`,
    DB_POOL__MAX: '20',
    // positions is written by the processor and has a composite key, which Directus cannot serve.
    DB_EXCLUDE_TABLES: 'spatial_ref_sys,positions',
    PGAPPNAME: settings.applicationName,
    REDIS: `string:${settings.redisUrl}`,
    REDIS_BUS_NAMESPACE: `${namespace}:bus`,
    REDIS_LOCK_NAMESPACE: `${namespace}:lock`,
    REDIS_PERMISSIONS_NAMESPACE: `${namespace}:permissions`,
    REDIS_COUNTERS_NAMESPACE: `${namespace}:counters`,
    SYNCHRONIZATION_NAMESPACE: `${namespace}:sync`,
    CACHE_NAMESPACE: `${namespace}:cache`,
    // A Directus that is killed while it reads the schema leaves its lock in Redis for ever. The next one waits
    // once for so many milliseconds, then clears it; by default it gives up after 30 s and runs without a schema.
    CACHE_SCHEMA_MAX_ITERATIONS: '2',
    CACHE_SCHEMA_SYNC_TIMEOUT: '2000',
    // Rows are also written by SQL, which no cache of Directus would notice.
    CACHE_ENABLED: 'false',
    SECRET: `string:${settings.secret}`,
    ADMIN_EMAIL: `string:${settings.adminEmail}`,
    ADMIN_PASSWORD: `string:${settings.adminPassword}`,
    ADMIN_TOKEN: `string:${settings.adminToken}`,
    HOST: settings.host,
    PORT: String(settings.port),
    PUBLIC_URL: settings.publicUrl,
    FLOWS_ENV_ALLOW_LIST: 'CP_URL,CP_HMAC,CP_DICE,CP_SERVICE_USER',
    CP_URL: `string:${settings.controlPlaneUrl.replace(/\/+$/, '')}`,
    CP_HMAC: `string:${settings.hookSecret}`,
    CP_DICE: `string:${dice()}`,
    CP_SERVICE_USER: SERVICE_USER_ID,
    // The control plane may live on this machine; the address that hands out cloud credentials stays closed.
    IMPORT_IP_DENY_LIST: '169.254.169.254',
    // Policies compare with the caller's own parents (`$CURRENT_USER.….entries.id`), and Directus cuts that list at its
    // default limit: with 100, the 101st entry of an event would take no crew. Who asks with `limit` still gets that.
    QUERY_LIMIT_DEFAULT: '-1',
    // A comparison with the snapshot sends the whole file.
    MAX_PAYLOAD_SIZE: '4mb',
    WEBSOCKETS_ENABLED: 'true',
    RETENTION_ENABLED: 'true',
    PRESSURE_LIMITER_RETRY_AFTER: '2',
    TELEMETRY: 'false',
    MCP_ENABLED: 'false',
    AI_ENABLED: 'false',
    LOG_STYLE: 'raw',
  };
}
