/**
 * The environment for a launcher that is started by a test: that of this process without what the outer
 * launcher handed to the tests, which would point the inner one at the stack of the tests.
 */
export function launcherEnvironment(): NodeJS.ProcessEnv {
  const handed =
    /^(DATABASE_URL|ADMIN_DATABASE_URL|REDIS_URL|DIRECTUS_|HOOK_SECRET|DEMO_|API_|WORKER_|TRM_RUN|TRM_ROLE|TRM_TEST_|NODE_ENV|NODE_OPTIONS|npm_|CI$)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !handed.test(name)));
}
