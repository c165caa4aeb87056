/**
 * The file `tenantry.config.{ts,mjs,json}`: found, loaded, and read as plain values. Whether these make
 * sense is left to `configuration.ts`.
 */
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { TenantryError, codeOf } from '@tenantry/core';
import { shown, systemClock, type Clock } from '@tenantry/core/internal';
import { failed, importAnew } from './config-module.js';
import { tryConfigModule } from './config-trial.js';
import { readJson } from './json-file.js';

export interface ConfigFile {
  /** Absolute. */
  readonly file: string;
  readonly values: Readonly<Record<string, unknown>>;
  /** Of a JSON file, the line of each path. */
  readonly lines: ReadonlyMap<string, number>;
}

/** In this order; two of them beside each other are refused. */
const NAMES = ['tenantry.config.ts', 'tenantry.config.mjs', 'tenantry.config.json'] as const;
/** A configuration is written by hand. */
const MOST_BYTES = 8 * 1_048_576;

/**
 * The file to read: the named one, or the only one in `folder`; undefined where there is none.
 * @throws TENANTRY_CONFIG_FAILED
 */
export async function findConfigFile(
  named: string | undefined,
  folder: string,
): Promise<string | undefined> {
  if (named !== undefined) return path.resolve(folder, named);
  const found: string[] = [];
  for (const name of NAMES) if (await isThere(path.join(folder, name))) found.push(name);
  if (found.length > 1) {
    throw new TenantryError(
      'TENANTRY_CONFIG_FAILED',
      `${found.join(' and ')} lie beside each other: choose one with --config`,
      { details: { found } },
    );
  }
  return found[0] === undefined ? undefined : path.join(folder, found[0]);
}

export interface LoadOptions {
  readonly clock?: Clock;
  /** Its code has been tried a moment ago, and does this process no harm. */
  readonly isTried?: boolean;
}

/** @throws TENANTRY_CONFIG_FAILED */
export async function loadConfigFile(
  file: string,
  { clock = systemClock, isTried = false }: LoadOptions = {},
): Promise<ConfigFile> {
  const extension = path.extname(file);
  if (extension === '.json') return loadJson(file);
  const isTyped = extension === '.ts' || extension === '.mts';
  if (!isTyped && extension !== '.mjs' && extension !== '.js') {
    throw failed(file, 'expected a file ending in .json, .mjs, .js or .ts');
  }
  if (isTyped && !stripsTypes()) {
    throw failed(
      file,
      `Node ${process.versions.node} does not load TypeScript: compile it to tenantry.config.mjs, ` +
        'write JSON, or use Node 22.18 or later',
    );
  }
  await sizeOf(file);
  if (!isTried) await tryConfigModule(file, clock);
  const module = await importAnew(file, clock);
  if (!('default' in module)) throw failed(file, 'it has no default export');
  return { file, values: asObject(file, module.default), lines: new Map() };
}

async function loadJson(file: string): Promise<ConfigFile> {
  await sizeOf(file);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    throw failed(file, reasonOf(cause), cause);
  }
  try {
    const { value, lines, twice, prototype } = readJson(text.replace(/^\uFEFF/, ''));
    if (twice.length > 0) {
      const said = twice.map(({ path: key, line }) => `${shown(key)} stands twice (line ${line})`);
      throw failed(file, said.join('; '));
    }
    if (prototype !== undefined) throw failed(file, `${shown(prototype)} is no setting`);
    return { file, values: asObject(file, value), lines };
  } catch (cause) {
    if (codeOf(cause) === 'TENANTRY_CONFIG_FAILED') throw cause;
    // V8 quotes the text around a fault, in which a secret may stand.
    const where = /position \d+(?: \(line \d+ column \d+\))?/.exec((cause as Error).message)?.[0];
    throw failed(file, `it is no JSON${where === undefined ? '' : `, at ${where}`}`);
  }
}

async function sizeOf(file: string): Promise<void> {
  let stats;
  try {
    stats = await stat(file);
  } catch (cause) {
    throw failed(file, reasonOf(cause), cause);
  }
  if (!stats.isFile()) throw failed(file, 'it is no regular file');
  if (stats.size > MOST_BYTES) throw failed(file, `it is larger than ${MOST_BYTES} bytes`);
}

async function isThere(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}

function asObject(file: string, value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Readonly<Record<string, unknown>>;
  }
  throw failed(file, `expected an object, received ${shown(value)}`);
}

function reasonOf(cause: unknown): string {
  return codeOf(cause) === 'ENOENT' ? 'there is no such file' : (cause as Error).message;
}

/** Whether this Node loads TypeScript as it is; Node 20 does not know the question. */
function stripsTypes(): boolean {
  return Boolean((process.features as { readonly typescript?: unknown }).typescript);
}
