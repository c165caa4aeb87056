/**
 * Sees that files have changed: looks at them time and again, which also works where a file system or a
 * mount tells of no changes. A change counts when two looks in a row have seen the same, so that a file
 * is not read while it is written.
 */
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { every, type Clock, type Timer } from '@tenantry/core/internal';

const LOOK_INTERVAL_MS = 500;

/** Answers something that differs when what is looked at does. */
export type Look = () => Promise<string>;

/** Calls `changed` for each change from now on; one that comes meanwhile is seen afterwards. */
export async function watchFor(
  look: Look,
  clock: Clock,
  changed: () => Promise<void>,
): Promise<Timer> {
  let known = await look();
  let before = known;
  let isBusy = false;
  return every(clock, LOOK_INTERVAL_MS, () => {
    if (isBusy) return;
    isBusy = true;
    void (async () => {
      const now = await look();
      const isSettled = now === before;
      before = now;
      if (now === known || !isSettled) return;
      known = now;
      await changed();
    })().finally(() => {
      isBusy = false;
    });
  });
}

/** One file, through links: the folder of a mounted file is often exchanged as a whole. */
export const lookAtFile =
  (file: string): Look =>
  () =>
    factsOf(file);

/** Every file of a folder and of those in it, without `node_modules`. */
export const lookAtFolder =
  (folder: string): Look =>
  async () => {
    const entries = await readdir(folder, { recursive: true }).catch(() => [] as string[]);
    const files = entries.filter((file) => !/(?:^|[/\\])node_modules(?:[/\\]|$)/.test(file)).sort();
    const facts = await Promise.all(
      files.map(async (file) => `${file} ${await factsOf(path.join(folder, file))}`),
    );
    return facts.join('\n');
  };

async function factsOf(file: string): Promise<string> {
  return stat(file).then(
    ({ ino, size, mtimeMs }) => `${ino} ${size} ${mtimeMs}`,
    () => 'none',
  );
}
