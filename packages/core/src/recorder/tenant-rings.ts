/**
 * The latest events of each tenant, as text, in bounded memory: so many records and bytes for a
 * tenant, so many bytes in all. Whoever has been silent for longest is forgotten first.
 */

export interface RingLimits {
  /** Latest records kept for a tenant. */
  readonly recordsPerTenant: number;
  readonly bytesPerTenant: number;
  readonly mostTenants: number;
  /** Of all tenants together. */
  readonly totalBytes: number;
}

const RING_LIMITS: RingLimits = {
  recordsPerTenant: 200,
  bytesPerTenant: 65_536,
  mostTenants: 10_000,
  totalBytes: 33_554_432,
};

/** Events of the pool that belong to no tenant; no tenant id is spelt like it. */
export const OF_THE_POOL = '';

/** What a record costs beside its text. */
const RECORD_BYTES = 32;

interface Ring {
  /** Oldest first. */
  lines: string[];
  sizeBytes: number;
  /** Records that had to make room. */
  forgotten: number;
}

export class TenantRings {
  /** In the order of their last record. */
  readonly #rings = new Map<string, Ring>();
  readonly #limits: RingLimits;
  #sizeBytes = 0;

  constructor(limits: RingLimits = RING_LIMITS) {
    this.#limits = limits;
  }

  get tenantCount(): number {
    return this.#rings.size;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  add(tenant: string, line: string): void {
    const { recordsPerTenant, bytesPerTenant, mostTenants, totalBytes } = this.#limits;
    const ring = this.#rings.get(tenant) ?? { lines: [], sizeBytes: 0, forgotten: 0 };
    this.#rings.delete(tenant);
    this.#rings.set(tenant, ring);
    ring.lines.push(line);
    this.#grow(ring, line.length + RECORD_BYTES);
    while (
      ring.lines.length > recordsPerTenant ||
      (ring.sizeBytes > bytesPerTenant && ring.lines.length > 1)
    ) {
      this.#grow(ring, -(ring.lines.shift()!.length + RECORD_BYTES));
      ring.forgotten += 1;
    }
    while (this.#rings.size > mostTenants || this.#sizeBytes > totalBytes) {
      const [oldest] = this.#rings.keys();
      if (oldest === undefined || oldest === tenant) return;
      this.#sizeBytes -= this.#rings.get(oldest)!.sizeBytes;
      this.#rings.delete(oldest);
    }
  }

  /** Oldest first, with how many there were before them. */
  of(tenant: string): { readonly lines: readonly string[]; readonly forgotten: number } {
    const { lines = [], forgotten = 0 } = this.#rings.get(tenant) ?? {};
    return { lines: [...lines], forgotten };
  }

  #grow(ring: Ring, bytes: number): void {
    ring.sizeBytes += bytes;
    this.#sizeBytes += bytes;
  }
}
