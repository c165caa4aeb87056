/**
 * A service and the configuration it runs with: read at the start, and again when its file changes or
 * SIGHUP says so. A file that cannot be read leaves everything as it is. Which changes a running pool
 * can take up is core's to say.
 */
import { isDeepStrictEqual } from 'node:util';
import { codeOf } from '@tenantry/core';
import type { ConfigFile } from './config-file.js';
import {
  configurationOf,
  readConfiguration,
  type Configuration,
  type ConfigurationSource,
} from './configuration.js';
import { Service, type ServiceParts } from './service.js';
import type { Reloaded, StartOptions } from './worker-messages.js';

export interface Timeouts {
  readonly drainTimeoutMs: number;
  readonly closeTimeoutMs: number;
}

export class RunningConfiguration {
  readonly service: Service;
  readonly #source: ConfigurationSource;
  readonly #parts: ServiceParts;
  readonly #onReload: (facts: Reloaded) => void;
  #now: Configuration;
  #reloading: Promise<void> = Promise.resolve();
  #listenForSignals: ((timeouts: Timeouts) => () => void) | undefined;
  #stopListening: () => void = () => {};

  private constructor(
    source: ConfigurationSource,
    now: Configuration,
    service: Service,
    parts: ServiceParts,
    onReload: (facts: Reloaded) => void,
  ) {
    this.#source = source;
    this.#now = now;
    this.service = service;
    this.#parts = parts;
    this.#onReload = onReload;
  }

  /**
   * Starts a service. `lastGood` is what an earlier one ran with: it stands in for a file that has been
   * broken since, so that a restart in the night does not end the service.
   * @throws TENANTRY_CONFIG_FAILED, TENANTRY_OPTIONS_INVALID, and what `Service.start` throws
   */
  static async start(
    source: ConfigurationSource,
    { lastGood, isTried }: StartOptions,
    parts: ServiceParts,
    onReload: (facts: Reloaded) => void = () => {},
  ): Promise<RunningConfiguration> {
    const { clock } = parts;
    let broken: unknown;
    const now = await readConfiguration(source, { clock, isTried }).catch((error: unknown) => {
      if (lastGood === null) throw error;
      broken = error;
      return configurationOf(source, lastGood);
    });
    const service = await Service.start(now, parts);
    if (broken !== undefined) {
      const message = '[config] the file is broken: started with the last good one';
      service.pool.log.error(problemOf(broken), message);
    }
    return new RunningConfiguration(source, now, service, parts, onReload);
  }

  get configuration(): Configuration {
    return this.#now;
  }

  facts(): Reloaded {
    const { drainTimeoutMs, service, file } = this.#now;
    const { closeTimeoutMs } = service;
    return { drainTimeoutMs, closeTimeoutMs, lastGood: file === undefined ? null : cloned(file) };
  }

  /** Has signals listened for with the timeouts of now, also after these have changed. */
  endOnSignals(listen: (timeouts: Timeouts) => () => void): void {
    this.#listenForSignals = listen;
    this.#stopListening = listen(this.facts());
  }

  /** One after the other; what cannot be read is told and changes nothing. Never rejects. */
  reload(): Promise<void> {
    this.#reloading = this.#reloading.then(() => this.#reload());
    return this.#reloading;
  }

  async #reload(): Promise<void> {
    const { pool } = this.service;
    const before = this.#now;
    try {
      let next: Configuration | undefined;
      await pool.reconfigure(async () => {
        next = await readConfiguration(this.#source, this.#parts);
        return { options: next.pool, origins: next.origins };
      });
      this.#now = next!;
      const needsRestart = changedOf(before.service, next!.service);
      if (needsRestart.length > 0) {
        pool.log.info({ needsRestart }, `[config] needs a restart: ${needsRestart.join(', ')}`);
      }
      this.#stopListening();
      this.#stopListening = this.#listenForSignals?.(this.facts()) ?? (() => {});
      this.#onReload(this.facts());
    } catch {
      // The pool has told of it, and everything is as it was.
    }
  }
}

/** Those that are taken up at once are no news. */
const LIVE: ReadonlySet<string> = new Set(['closeTimeoutMs']);

function changedOf(before: Configuration['service'], after: Configuration['service']): string[] {
  return Object.keys({ ...before, ...after }).filter((name) => {
    const key = name as keyof Configuration['service'];
    return !LIVE.has(name) && !isDeepStrictEqual(before[key], after[key]);
  });
}

function problemOf(error: unknown): { readonly code: string | null; readonly message: string } {
  return { code: codeOf(error) ?? null, message: (error as Error).message };
}

/** Null where it holds functions, which no process can hand to another. */
function cloned(file: ConfigFile): ConfigFile | null {
  try {
    return structuredClone(file);
  } catch {
    return null;
  }
}
