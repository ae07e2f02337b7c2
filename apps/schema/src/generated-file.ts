import { readFile, writeFile } from 'node:fs/promises';

/**
 * Writes a file that follows from others, or only says whether it is what it should be.
 * @returns whether the file was already right
 */
export async function keepGenerated(file: string, wanted: string, checkOnly: boolean): Promise<boolean> {
  const found = await readFile(file, 'utf8').catch(() => '');
  if (found === wanted) return true;
  if (!checkOnly) await writeFile(file, wanted);
  return false;
}
