/**
 * Folders of agents, and what of them is loaded: which files have changed since, and newer code of them
 * under the same names. How a file is loaded is left to `discovery.ts`; which code a running session
 * has, to who runs it.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { TenantryError, codeOf, shown } from '../errors/errors.js';
import type { AgentCatalog } from './agent-catalog.js';
import {
  agentFiles,
  findAgent,
  loadAgents,
  refuseFailures,
  type DiscoveryOptions,
} from './discovery.js';

/** What came of looking at a folder again; agents by name. */
export interface AgentReload {
  /** How often agents have been loaded anew, this time included. */
  readonly generation: number;
  /** Sessions to come run newer code of them. */
  readonly changed: readonly string[];
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Files whose new code did not load; what was loaded before goes on. */
  readonly failed: readonly FailedFile[];
}

interface FailedFile {
  readonly file: string;
  readonly code: string;
  readonly message: string;
}

/**
 * Loads files of a folder where what they do at their top harms nobody, and answers why, for those that
 * do not load: these are not loaded here then.
 */
export type TryAgents = (
  folder: string,
  files: readonly string[],
  loadTimeoutMs: number,
) => Promise<ReadonlyMap<string, TenantryError>>;

interface LoadedFile {
  /** Of its content; undefined where that could not be read. */
  readonly digest: string | undefined;
  /** The agent that is in force; undefined where none of it ever loaded. */
  readonly agent: string | undefined;
}

/** Node keeps every module it has loaded; so many old ones are a leak worth a restart. */
const MOST_OLD_MODULES = 256;

export class AgentFolders {
  readonly #catalog: AgentCatalog;
  readonly #options: DiscoveryOptions;
  readonly #tryFirst: TryAgents;
  readonly #folders = new Map<string, Map<string, LoadedFile>>();
  #oldModules = 0;
  #reloading: Promise<unknown> = Promise.resolve();
  generation = 0;

  constructor(
    catalog: AgentCatalog,
    options: DiscoveryOptions,
    tryFirst: TryAgents = async () => new Map(),
  ) {
    this.#catalog = catalog;
    this.#options = options;
    this.#tryFirst = tryFirst;
  }

  /** All agents of a folder, or none. @throws TENANTRY_AGENT_* */
  async discover(folder: string | URL): Promise<string[]> {
    const at = pathOf(folder);
    const { root, files } = await agentFiles(at);
    // Before they are loaded: what changes meanwhile is seen as a change.
    const digests = new Map<string, string | undefined>();
    for (const file of files) digests.set(file, await digestOf(root, file));
    const refused = await this.#tried(root, files);
    refuseFailures(
      [...refused].map(([file, error]) => ({ file, error })),
      files.length,
    );
    const found = await loadAgents(at, this.#options);
    const added: string[] = [];
    try {
      for (const { agent, url } of found) added.push(this.#catalog.add(agent, url).name);
    } catch (error) {
      for (const name of added) this.#catalog.remove(name);
      throw error;
    }
    const loaded = found.map(({ agent, url }): [string, LoadedFile] => {
      const file = path.basename(fileURLToPath(url));
      return [file, { digest: digests.get(file), agent: agent.name }];
    });
    this.#folders.set(at, new Map(loaded));
    return added;
  }

  /** One reload after the other. @throws TENANTRY_OPTIONS_INVALID, TENANTRY_AGENT_PATH_REFUSED */
  reload(folder: string | URL): Promise<AgentReload> {
    const reloading = this.#reloading.then(() => this.#reload(pathOf(folder)));
    this.#reloading = reloading.catch(() => {});
    return reloading;
  }

  async #reload(at: string): Promise<AgentReload> {
    const known = this.#folders.get(at);
    if (known === undefined) {
      throw new TenantryError('TENANTRY_OPTIONS_INVALID', `${shown(at)} was not discovered`);
    }
    const { root, files } = await agentFiles(at);
    const changed: string[] = [];
    const added: string[] = [];
    const failed: FailedFile[] = [];
    const generation = this.generation + 1;
    const gone = this.#forget(known, new Set(files));
    const digests = await changedOf(root, files, known);
    const refused = await this.#tried(root, [...digests.keys()]);
    for (const [file, digest] of digests) {
      const before = known.get(file);
      const name = await this.#load(root, file, before, refused.get(file)).catch(
        (error: unknown) => {
          const { message } = error as Error;
          failed.push({ file, code: codeOf(error) ?? 'TENANTRY_AGENT_LOAD_FAILED', message });
          return undefined;
        },
      );
      known.set(file, { digest, agent: name ?? before?.agent });
      if (name === undefined) continue;
      // A file that was renamed brings its agent along.
      (name === before?.agent || gone.includes(name) ? changed : added).push(name);
      if (before?.agent !== undefined && before.agent !== name) gone.push(before.agent);
    }
    const removed = gone.filter((name) => !changed.includes(name));
    if (changed.length + added.length + removed.length > 0) this.generation = generation;
    return { generation: this.generation, changed, added, removed, failed };
  }

  async #tried(
    root: string,
    files: readonly string[],
  ): Promise<ReadonlyMap<string, TenantryError>> {
    return files.length === 0
      ? new Map()
      : this.#tryFirst(root, files, this.#options.loadTimeoutMs);
  }

  /** Answers the name of the agent that is in force now. */
  async #load(
    root: string,
    file: string,
    before: LoadedFile | undefined,
    refused: TenantryError | undefined,
  ): Promise<string> {
    if (refused !== undefined) throw refused;
    if (this.#oldModules >= MOST_OLD_MODULES) {
      throw new TenantryError(
        'TENANTRY_AGENT_LOAD_FAILED',
        `agent file ${shown(file)}: ${MOST_OLD_MODULES} old modules are in memory, restart the process`,
        { details: { file: shown(file), limit: MOST_OLD_MODULES } },
      );
    }
    this.#oldModules += 1;
    // Each load under an address of its own: of a module that failed Node keeps the failure.
    const query = `?load=${this.#oldModules}`;
    const found = await findAgent(root, file, this.#options, query);
    if ('error' in found) throw found.error;
    const { agent, url } = found;
    if (agent.name === before?.agent) this.#catalog.replace(agent, url);
    else {
      this.#catalog.add(agent, url);
      if (before?.agent !== undefined) this.#catalog.remove(before.agent);
    }
    return agent.name;
  }

  /** The agents of files that are gone. */
  #forget(known: Map<string, LoadedFile>, files: ReadonlySet<string>): string[] {
    const gone = [...known].filter(([file]) => !files.has(file));
    return gone.flatMap(([file, { agent }]) => {
      known.delete(file);
      return agent !== undefined && this.#catalog.remove(agent) ? [agent] : [];
    });
  }
}

/** Files that are new, or another than what is known of them. */
async function changedOf(
  root: string,
  files: readonly string[],
  known: ReadonlyMap<string, LoadedFile>,
): Promise<Map<string, string | undefined>> {
  const changed = new Map<string, string | undefined>();
  for (const file of files) {
    const digest = await digestOf(root, file);
    const before = known.get(file);
    if (before === undefined || before.digest !== digest) changed.set(file, digest);
  }
  return changed;
}

function pathOf(folder: string | URL): string {
  if (typeof folder !== 'string') return fileURLToPath(folder);
  // A variable that is not set must not mean the folder one happens to be in.
  return folder === '' ? folder : path.resolve(folder);
}

async function digestOf(root: string, file: string): Promise<string | undefined> {
  try {
    return createHash('sha256')
      .update(await readFile(path.join(root, file)))
      .digest('hex');
  } catch {
    return undefined;
  }
}
