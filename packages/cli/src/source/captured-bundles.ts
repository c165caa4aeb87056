/** The incident bundles of a state directory. What is in one is read elsewhere. */
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';

const FOLDER = 'bundles';
const ENDING = '.tar.gz';

export interface BundleFile {
  readonly file: string;
  readonly capturedAtMs: number;
}

/** Newest first; none where the folder is not there or not to be read. */
export async function capturedBundles(stateDir: string): Promise<BundleFile[]> {
  const folder = path.join(stateDir, FOLDER);
  const names = await readdir(folder).catch((): string[] => []);
  const found = await Promise.all(
    names
      .filter((name) => name.endsWith(ENDING))
      .map(async (name) => {
        const file = path.join(folder, name);
        const stats = await stat(file).catch(() => undefined);
        return stats === undefined ? [] : [{ file, capturedAtMs: stats.mtimeMs }];
      }),
  );
  return found.flat().sort((a, b) => b.capturedAtMs - a.capturedAtMs);
}
