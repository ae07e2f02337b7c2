import { readFile, writeFile } from 'node:fs/promises';
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
  const wanted = generateTypes(await readSnapshotFile(snapshotFile));
  const found = await readFile(typesFile, 'utf8').catch(() => '');
  if (found === wanted) return true;
  if (!checkOnly) await writeFile(typesFile, wanted);
  return false;
}
