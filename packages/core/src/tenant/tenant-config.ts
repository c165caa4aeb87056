/**
 * A tenant's configuration, fetched once and kept for a while. Sessions that start meanwhile share
 * one fetch; a failed fetch is not kept. Values reach the agent and nothing else.
 */
import { types } from 'node:util';
import { cloneMessage } from '../channel/cloneable.js';
import { TenantryError, codeOf } from '../errors/errors.js';
import { registerSecretsOf } from '../secrets/known-secrets.js';
import type { Clock } from '../time/clock.js';
import { withDeadline } from '../time/deadline.js';
import type { ConfigSource } from './tenant-options.js';

const CONFIG_LIMITS = { maxMessageBytes: 1_048_576, maxMessageDepth: 100 };
const NO_CONFIG: unknown = Object.freeze({});

export interface ConfigRules {
  /** How long a fetched config is used, in milliseconds. */
  readonly ttlMs: number;
  /** How long a config function may take, in milliseconds. */
  readonly timeoutMs: number;
}

export class TenantConfig {
  readonly #tenant: string;
  readonly #source: ConfigSource | undefined;
  readonly #rules: ConfigRules;
  readonly #clock: Clock;
  #kept: { readonly value: unknown; readonly untilMs: number } | undefined;
  #fetching: Promise<unknown> | undefined;

  constructor(tenant: string, source: ConfigSource | undefined, rules: ConfigRules, clock: Clock) {
    this.#tenant = tenant;
    this.#source = source;
    this.#rules = rules;
    this.#clock = clock;
  }

  /**
   * The config, frozen; a promise only while it has to be fetched.
   * @throws TENANTRY_TENANT_CONFIG_FAILED (as a rejection where it is fetched)
   */
  get(): unknown {
    const source = this.#source;
    if (source === undefined) return NO_CONFIG;
    if (this.#kept !== undefined && this.#clock.nowMs() < this.#kept.untilMs) {
      return this.#kept.value;
    }
    if (typeof source !== 'function') return this.#keep(source, Number.POSITIVE_INFINITY);
    this.#fetching ??= this.#fetch(source).finally(() => {
      this.#fetching = undefined;
    });
    return this.#fetching;
  }

  async #fetch(source: (tenant: string) => unknown): Promise<unknown> {
    const { timeoutMs, ttlMs } = this.#rules;
    try {
      const value = await withDeadline(
        this.#clock,
        Promise.resolve(source(this.#tenant)),
        timeoutMs,
        () => this.#failure(`no answer within ${timeoutMs} ms`),
      );
      return this.#keep(value ?? NO_CONFIG, this.#clock.nowMs() + ttlMs);
    } catch (error) {
      if (codeOf(error) === 'TENANTRY_TENANT_CONFIG_FAILED') throw error;
      throw this.#failure('its config function failed', error);
    }
  }

  #keep(value: unknown, untilMs: number): unknown {
    try {
      const own = ownConfig(value);
      registerSecretsOf(own);
      this.#kept = { value: own, untilMs };
      return own;
    } catch (error) {
      throw this.#failure('it is no plain data', error);
    }
  }

  #failure(why: string, cause?: unknown): TenantryError {
    return new TenantryError(
      'TENANTRY_TENANT_CONFIG_FAILED',
      `config of tenant "${this.#tenant}": ${why}`,
      { tenant: this.#tenant, retryAfterMs: 1_000, cause },
    );
  }
}

/**
 * A config as an agent may have it: a frozen copy that any rung can carry.
 * @throws TENANTRY_MESSAGE_*
 */
export function ownConfig(value: unknown): unknown {
  return deepFreeze(cloneMessage(value, CONFIG_LIMITS).value);
}

/** Freezes plain data all the way down: one session must not change what the next one reads. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  // A view with elements cannot be frozen; its bytes stay writable, as everywhere in JavaScript.
  if (ArrayBuffer.isView(value)) return value;
  if (types.isMap(value)) freezeContent(value, [...value].flat(), ['set', 'delete', 'clear']);
  if (types.isSet(value)) freezeContent(value, [...value], ['add', 'delete', 'clear']);
  Object.freeze(value);
  for (const key of Object.keys(value)) deepFreeze((value as Record<string, unknown>)[key]);
  return value;
}

/** Freezing leaves what a map or a set holds as it is, so what changes them is taken away. */
function freezeContent(value: object, content: readonly unknown[], methods: string[]): void {
  for (const item of content) deepFreeze(item);
  for (const method of methods) {
    Object.defineProperty(value, method, {
      value: () => {
        throw new TypeError(`${method}: a tenant's config cannot be changed`);
      },
    });
  }
}
