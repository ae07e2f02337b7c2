import { type Boot, installationOf } from '../boot-context.js';
import { answers, startPrivateDirectus } from './directus-process.js';

/** Runs `work` against the Directus at DIRECTUS_URL when it answers, else against a private one, just for that. */
export async function withDirectus<Result>(
  boot: Boot,
  signal: AbortSignal,
  work: (url: string) => Promise<Result>,
): Promise<Result> {
  const { config, log } = boot;
  if (config.DIRECTUS_URL !== undefined && (await answers(config.DIRECTUS_URL)))
    return work(config.DIRECTUS_URL);
  const directus = await log.step('start a private Directus', () =>
    startPrivateDirectus(installationOf(boot), signal),
  );
  try {
    return await work(directus.url);
  } finally {
    await directus.stop();
  }
}
