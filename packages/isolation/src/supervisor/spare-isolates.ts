/** Booted isolates without a tenant, so that a tenant that needs one does not wait for a boot. */
import type { Clock, Log } from '@tenantry/core/internal';
import type { Isolate } from '../host/isolate.js';
import { profileKey, type IsolateFactory, type IsolateProfile } from './isolate-factory.js';

/** A boot keeps a core busy: it waits until the one who took a spare has had its first answer. */
const REFILL_DELAY_MS = 50;

export interface SpareOptions {
  readonly clock: Clock;
  readonly countPerProfile: number;
  /** Room left under the pool's ceiling. */
  readonly room: () => number;
  readonly onMade: (isolate: Isolate) => void;
}

export class SpareIsolates {
  readonly #factory: IsolateFactory;
  readonly #options: SpareOptions;
  readonly #log: Log;
  readonly #profiles = new Map<string, IsolateProfile>();
  readonly #ready = new Map<string, Isolate[]>();
  readonly #booting = new Map<string, number>();
  #closed = false;

  constructor(factory: IsolateFactory, options: SpareOptions, log: Log) {
    this.#factory = factory;
    this.#options = options;
    this.#log = log;
  }

  /** Keeps spares of this profile from now on. */
  keep(profile: IsolateProfile): void {
    const key = profileKey(profile);
    this.#profiles.set(key, profile);
    this.#refill(key);
  }

  /** One that is ready, or undefined; another is soon booted in its place. */
  take(profile: IsolateProfile): Isolate | undefined {
    const key = profileKey(profile);
    const ready = this.#ready.get(key) ?? [];
    const spare = ready.find(({ isOpen }) => isOpen);
    this.#ready.set(
      key,
      ready.filter((isolate) => isolate !== spare && isolate.isOpen),
    );
    if (this.#profiles.has(key)) {
      this.#options.clock.after(REFILL_DELAY_MS, () => this.#refill(key));
    }
    return spare;
  }

  /**
   * Gives up one spare of any profile to make room; undefined where there is none. Its place is free
   * once it is gone.
   */
  giveUpOne(): Promise<'gone' | 'stuck'> | undefined {
    for (const ready of this.#ready.values()) {
      // One that has died by itself takes no place any more.
      const index = ready.findLastIndex(({ isOpen }) => isOpen);
      const [spare] = index === -1 ? [] : ready.splice(index, 1);
      if (spare === undefined) continue;
      return spare.end({ reason: 'stopped', detail: 'made room for a tenant' });
    }
    return undefined;
  }

  close(): void {
    this.#closed = true;
  }

  #refill(key: string): void {
    const profile = this.#profiles.get(key);
    if (this.#closed || profile === undefined) return;
    const have = (this.#ready.get(key)?.length ?? 0) + (this.#booting.get(key) ?? 0);
    const missing = Math.min(this.#options.countPerProfile - have, this.#options.room());
    for (let made = 0; made < missing; made += 1) void this.#boot(key, profile);
  }

  async #boot(key: string, profile: IsolateProfile): Promise<void> {
    this.#booting.set(key, (this.#booting.get(key) ?? 0) + 1);
    const isolate = this.#factory.make(profile);
    this.#options.onMade(isolate);
    try {
      await isolate.start();
      this.#ready.set(key, [...(this.#ready.get(key) ?? []), isolate]);
      if (this.#closed) await isolate.end({ reason: 'stopped', detail: 'pool closed' });
    } catch (error) {
      // No retry on its own: the tenant that needs one starts its own and learns why it fails.
      this.#log.warn(
        { isolate: isolate.id, reason: (error as Error).message },
        '[isolate] spare failed',
      );
    } finally {
      this.#booting.set(key, (this.#booting.get(key) ?? 1) - 1);
    }
  }
}
