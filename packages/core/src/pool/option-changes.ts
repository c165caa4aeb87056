/**
 * What two sets of options differ in, path by path, with nothing secret in it. Which of it holds at once
 * is left to `reconfigure.ts`.
 */
import { isDeepStrictEqual } from 'node:util';
import type { OptionChange } from '../events/runtime-event.js';
import { printedOption, settingPaths } from './option-paths.js';

export function optionChanges(before: object, after: object): OptionChange[] {
  const [old, next] = [settingPaths(before), settingPaths(after)];
  return [...new Set([...old.keys(), ...next.keys()])]
    .filter((path) => !isDeepStrictEqual(old.get(path), next.get(path)))
    .map((path) => ({
      path,
      before: printedOption(path, old.get(path)),
      after: printedOption(path, next.get(path)),
    }));
}
