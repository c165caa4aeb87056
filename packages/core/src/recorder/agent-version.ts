/**
 * Which version of an agent ran: a hash of its module and of what that imports by relative path. Told
 * by content, so that the same code has the same version wherever it lies. Packages are left out: they
 * are the deployment's.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** Files of one agent that are looked at; an agent with more has the version of these. */
const MOST_FILES = 256;

/** `import … from './x.js'`, `export … from './x.js'`, `import './x.js'`, `import('./x.js')`. */
const RELATIVE_IMPORT = /(?:\bfrom|\bimport)\s*\(?\s*['"](\.{1,2}\/[^'"\n]+)['"]/g;

export interface AgentVersion {
  /** SHA-256, hexadecimal; null where the module cannot be read. */
  readonly hash: string | null;
  /** Name of the module's file, without its folder. */
  readonly file: string | null;
}

/** Of the module at a file URL. Never throws. */
export function agentVersion(url: string): AgentVersion {
  let file: string;
  try {
    file = fileURLToPath(new URL(url));
  } catch {
    return { hash: null, file: null };
  }
  const contents = new Map<string, string>();
  const open = [file];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (contents.has(next) || contents.size >= MOST_FILES) continue;
    const text = textOf(next);
    if (text === undefined) continue;
    contents.set(next, text);
    const folder = path.dirname(next);
    for (const [, specifier] of text.matchAll(RELATIVE_IMPORT)) {
      open.push(path.resolve(folder, specifier!));
    }
  }
  if (!contents.has(file)) return { hash: null, file: path.basename(file) };
  const hash = createHash('sha256');
  for (const each of [...contents.keys()].sort()) {
    hash.update(`${path.relative(path.dirname(file), each)}\0${contents.get(each)!.length}\0`);
    hash.update(contents.get(each)!);
  }
  return { hash: hash.digest('hex'), file: path.basename(file) };
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
