/** Where a session runs: asks the tenant's settings and answers the executor of that place. */
import { TenantryError } from '../errors/errors.js';
import type { IsolateRecord, RetiredFigures } from '../snapshot/report.js';
import type { TenantSettings } from '../tenant/tenant-options.js';
import type { Executor } from './executor.js';

export class Placement {
  readonly #sharedLoop: Executor;
  readonly #isolates: Executor | undefined;

  constructor(sharedLoop: Executor, isolates: Executor | undefined) {
    this.#sharedLoop = sharedLoop;
    this.#isolates = isolates;
  }

  /** @throws TENANTRY_ISOLATES_MISSING */
  executorFor(settings: TenantSettings): Executor {
    if (settings.isolation === 'coroutine') return this.#sharedLoop;
    if (this.#isolates !== undefined) return this.#isolates;
    throw new TenantryError('TENANTRY_ISOLATES_MISSING', 'the pool was made without isolates');
  }

  /** Lets a tenant start again whose isolates were held back because they kept failing. */
  forgive(tenant: string): void {
    this.#isolates?.forgive?.(tenant);
  }

  /** Sessions to come start in isolates that have none of the old code. */
  renew(): void {
    this.#isolates?.renew?.();
  }

  async refresh(deadlineMs: number): Promise<void> {
    await this.#isolates?.refresh(deadlineMs);
  }

  /** `only` as for an executor. */
  records(only?: ReadonlySet<string>): IsolateRecord[] {
    return [...this.#sharedLoop.records(only), ...(this.#isolates?.records(only) ?? [])];
  }

  retired(): RetiredFigures {
    return (this.#isolates ?? this.#sharedLoop).retired();
  }

  async close(): Promise<void> {
    await this.#isolates?.close();
    await this.#sharedLoop.close();
  }
}
