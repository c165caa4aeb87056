/** What the clients of a soak know: what they opened, how it ended, and whether that was to be expected. */
import type { EndReason } from '@tenantry/core';

/** For so long after a fault its neighbours in the same isolate may end with it. */
const COLLATERAL_MS = 60_000;

export interface Ended {
  readonly tenant: string;
  readonly session: string;
  readonly reason: EndReason | 'unknown';
  readonly code: string | null;
  /** What was done to it; undefined where it only talked. */
  readonly fault: string | undefined;
}

export interface Unexplained extends Ended {
  readonly atS: number;
}

export class Books {
  /** Sessions that were opened, by tenant. */
  readonly opened = new Map<string, number>();
  /** Answers to requests that were refused, by code. */
  readonly refused = new Map<string, number>();
  /** Opens of which no answer came, by tenant: the service may have them. */
  readonly unheard = new Map<string, number>();
  readonly ends = new Map<string, number>();
  readonly faults = new Map<string, number>();
  readonly unexplained: Unexplained[] = [];
  readonly #troubleAtMs = new Map<string, number>();
  readonly #startedAtMs = performance.now();
  messages = 0;

  open(tenant: string): void {
    add(this.opened, tenant);
  }

  refuse(code: string): void {
    add(this.refused, code);
  }

  unheardOf(tenant: string): void {
    add(this.unheard, tenant);
  }

  /** @param tenant whose isolate may suffer from it */
  fault(kind: string, tenant?: string): void {
    add(this.faults, kind);
    if (tenant !== undefined) this.trouble(tenant);
  }

  trouble(tenant: string): void {
    this.#troubleAtMs.set(tenant, performance.now());
  }

  end(ended: Ended): void {
    add(this.ends, ended.reason);
    if (this.#isExplained(ended)) return;
    const atS = Math.round((performance.now() - this.#startedAtMs) / 1_000);
    this.unexplained.push({ ...ended, atS });
  }

  #isExplained({ reason, fault, tenant }: Ended): boolean {
    if (reason === 'completed' || (fault !== undefined && reason !== 'unknown')) return true;
    const troubleMs = this.#troubleAtMs.get(tenant) ?? -Infinity;
    return reason !== 'unknown' && performance.now() - troubleMs < COLLATERAL_MS;
  }
}

function add(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

export const sumOf = (counts: Iterable<number>): number =>
  [...counts].reduce((sum, count) => sum + count, 0);
