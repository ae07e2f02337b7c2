import { directusEnvironment } from '@trm/directus';
import type { StoreConfig } from '../config.js';

/** Of our own vocabulary, what Directus has no business to see: the superuser, and the service user's token. */
const OURS_ALONE = /^(ADMIN_DATABASE_URL|DIRECTUS_SERVICE_TOKEN|HOOK_SECRET|DEMO_.*|PROJECT_OWNER)(_FILE)?$/;

/**
 * The environment of a Directus process: ours, made from the configuration, over what the operator has set for
 * Directus itself (mail, storage, …).
 *
 * `PROJECT_OWNER` stays behind because Directus would report it to its makers at bootstrap.
 */
export function environmentOfDirectus(
  config: StoreConfig,
  applicationName: string,
  inherited: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const kept = Object.entries(inherited).flatMap(([name, value]) =>
    value === undefined || OURS_ALONE.test(name) || name === 'NODE_OPTIONS' ? [] : [[name, value] as const],
  );
  const publicUrl =
    config.DIRECTUS_PUBLIC_URL ??
    config.DIRECTUS_URL ??
    `http://${config.DIRECTUS_HOST}:${config.DIRECTUS_PORT}`;
  return {
    ...Object.fromEntries(kept),
    ...directusEnvironment({
      databaseUrl: config.DATABASE_URL,
      redisUrl: config.REDIS_URL,
      secret: config.DIRECTUS_SECRET,
      adminEmail: config.DIRECTUS_ADMIN_EMAIL,
      adminPassword: config.DIRECTUS_ADMIN_PASSWORD,
      adminToken: config.DIRECTUS_ADMIN_TOKEN,
      hookSecret: config.HOOK_SECRET,
      controlPlaneUrl: config.CONTROL_PLANE_URL,
      host: config.DIRECTUS_HOST,
      port: config.DIRECTUS_PORT,
      publicUrl,
      applicationName,
    }),
  };
}
