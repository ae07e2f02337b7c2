import { keepGenerated } from '../generated-file.js';
import { readSnapshotFile } from '../guard/snapshot-file.js';
import { generateTypes } from './generate-types.js';

/**
 * Writes the types of all collections, or only says whether the file is what the snapshot gives.
 * @returns whether the file was already right
 */
export async function writeTypes(
  snapshotFile: string,
  typesFile: string,
  checkOnly: boolean,
): Promise<boolean> {
  return keepGenerated(typesFile, generateTypes(await readSnapshotFile(snapshotFile)), checkOnly);
}
