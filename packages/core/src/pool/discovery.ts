/**
 * Finds the agents of a folder: one module a file, its default export made by `defineAgent`. A file
 * that is no regular file inside the folder is refused before it is loaded, and nothing is registered
 * unless every file loads.
 */
import { lstat, readdir, realpath } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { TenantryError, shown } from '../errors/errors.js';
import { detachedError } from '../errors/wire-error.js';
import { isAgent, type Agent } from '../host/agent.js';
import type { Clock } from '../time/clock.js';
import { withDeadline } from '../time/deadline.js';
import { isAgentName } from '../vocabulary/names.js';

/** One file of a folder: its agent, or why it has none. */
export type FoundAgent =
  | { readonly file: string; readonly url: string; readonly agent: Agent }
  | { readonly file: string; readonly error: TenantryError };

export interface DiscoveryOptions {
  readonly clock: Clock;
  /** Longest load of one module, in milliseconds. */
  readonly loadTimeoutMs: number;
  /** Looks at this file and no other. */
  readonly only?: string;
}

const MODULE = /\.(?:js|mjs)$/;
const TYPED_MODULE = /\.(?:js|mjs|ts|mts)$/;
/** Not agents: package entry points, private files, tests and declarations. */
const NOT_AN_AGENT = /^(?:[._]|index\.)|\.(?:test|spec|d)\.[cm]?[jt]s$/;

/** Looks at every file, in the order of their names; never throws for a single file. */
export async function findAgents(folder: string, options: DiscoveryOptions): Promise<FoundAgent[]> {
  const { root, files } = await agentFiles(folder);
  const found: FoundAgent[] = [];
  for (const file of files) {
    if (options.only !== undefined && file !== options.only) continue;
    found.push(await findAgent(root, file, options));
  }
  return found;
}

/** The files of a folder that are taken for agents, by name; none is looked into. */
export async function agentFiles(
  folder: string,
): Promise<{ readonly root: string; readonly files: readonly string[] }> {
  const root = await rootOf(folder);
  const pattern = stripsTypes() ? TYPED_MODULE : MODULE;
  const files = (await readdir(root))
    .filter((file) => pattern.test(file) && !NOT_AN_AGENT.test(file))
    .sort();
  return { root, files };
}

/**
 * The agents of a folder, all of them or none.
 * @throws what `refuseFailures` throws
 */
export async function loadAgents(
  folder: string,
  options: DiscoveryOptions,
): Promise<{ agent: Agent; url: string }[]> {
  const found = await findAgents(folder, options);
  refuseFailures(
    found.flatMap((one) => ('error' in one ? [one] : [])),
    found.length,
  );
  return found.flatMap((one) => ('agent' in one ? [one] : []));
}

/**
 * @throws TENANTRY_AGENT_LOAD_FAILED with every file's own code in `details.failures`, or that code
 *   itself where one file failed
 */
export function refuseFailures(
  failures: readonly { readonly file: string; readonly error: TenantryError }[],
  files: number,
): void {
  if (failures.length === 1) throw failures[0]!.error;
  if (failures.length <= 1) return;
  throw new TenantryError(
    'TENANTRY_AGENT_LOAD_FAILED',
    `${failures.length} of ${files} agent files did not load: ` +
      failures.map(({ error }) => error.message).join('; '),
    { details: { failures: failures.map(({ file, error }) => ({ file, code: error.code })) } },
  );
}

async function rootOf(folder: string): Promise<string> {
  try {
    const root = await realpath(folder);
    if ((await lstat(root)).isDirectory()) return root;
  } catch (cause) {
    throw new TenantryError('TENANTRY_AGENT_PATH_REFUSED', `no folder ${shown(folder)}`, { cause });
  }
  throw new TenantryError('TENANTRY_AGENT_PATH_REFUSED', `${shown(folder)} is no folder`);
}

/**
 * One file of a folder. `query` makes it a module of its own beside the one that was loaded before: Node
 * keeps a module for ever, under the address it came by.
 */
export async function findAgent(
  root: string,
  file: string,
  options: DiscoveryOptions,
  query = '',
): Promise<FoundAgent> {
  try {
    const location = path.join(root, file);
    await refuseUnlessRegular(root, location, file);
    const url = pathToFileURL(location).href + query;
    return { file, url, agent: await importAgent(url, file, options) };
  } catch (error) {
    return { file, error: error as TenantryError };
  }
}

async function refuseUnlessRegular(root: string, location: string, file: string): Promise<void> {
  const stats = await lstat(location);
  const refused = (why: string): TenantryError =>
    new TenantryError('TENANTRY_AGENT_PATH_REFUSED', `agent file ${shown(file)}: ${why}`, {
      details: { file: shown(file) },
    });
  if (stats.isSymbolicLink()) throw refused('it is a symbolic link');
  if (!stats.isFile()) throw refused('it is no regular file');
  if ((await realpath(location)) !== path.join(root, file))
    throw refused('it leads out of its folder');
  if ((stats.mode & 0o002) !== 0) throw refused('everyone may write to it');
  if (!isAgentName(file.replace(/\.[^.]+$/, ''))) throw refused('its name is no agent name');
}

/**
 * The default export of a module.
 * @throws TENANTRY_AGENT_LOAD_FAILED, TENANTRY_AGENT_LOAD_TIMEOUT, TENANTRY_AGENT_INVALID
 */
export async function importAgent(
  url: string,
  file: string,
  { clock, loadTimeoutMs }: DiscoveryOptions,
): Promise<Agent> {
  const loading = (import(url) as Promise<{ default?: unknown }>).catch((thrown: unknown) => {
    const cause = detachedError(thrown);
    throw new TenantryError(
      'TENANTRY_AGENT_LOAD_FAILED',
      `agent file ${shown(file)} did not load: ${cause.name}: ${cause.message}`,
      { cause, details: { file: shown(file) } },
    );
  });
  const module = await withDeadline(
    clock,
    loading,
    loadTimeoutMs,
    () =>
      new TenantryError(
        'TENANTRY_AGENT_LOAD_TIMEOUT',
        `agent file ${shown(file)}: not loaded within ${loadTimeoutMs} ms ` +
          '(a top-level await that does not end?)',
        { details: { file: shown(file), limitMs: loadTimeoutMs } },
      ),
  );
  if (isAgent(module.default)) return module.default;
  throw new TenantryError(
    'TENANTRY_AGENT_INVALID',
    'default' in module
      ? `agent file ${shown(file)}: its default export was not made by defineAgent`
      : `agent file ${shown(file)}: it has no default export`,
    { details: { file: shown(file) } },
  );
}

/** Whether this Node loads TypeScript as it is; Node 20 does not know the question. */
function stripsTypes(): boolean {
  return Boolean((process.features as { readonly typescript?: unknown }).typescript);
}
