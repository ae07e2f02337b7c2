import type { Scene } from './scene.js';

/** One thing that a processor has to keep. */
export interface ConformanceCase {
  /** For `--only` and for whoever talks about it. */
  readonly id: string;
  /** What holds when it is passed. */
  readonly title: string;
  /** @throws Unmet with a sentence when it does not hold */
  run(scene: Scene): Promise<void>;
}
