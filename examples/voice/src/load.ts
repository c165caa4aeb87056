/**
 * Keeps N lines of each tenant busy until the time is up: each line plays clip after clip, one call
 * for each. What happens within a call is told in call.ts.
 */
import type { AgentPool } from '@tenantry/core';
import { openCall, playClip, type Call } from './call.js';
import { FRAME_MS } from './frames.js';
import { Comparison, TenantTally, type Findings } from './result.js';
import { TENANTS, type Tenant } from './tenants.js';
import type { Clip } from './wav.js';

export interface LoadOptions {
  readonly pool: AgentPool;
  readonly clips: readonly Clip[];
  readonly callsPerTenant: number;
  readonly seconds: number;
  /** Hangs up every call. */
  readonly signal: AbortSignal;
}

interface Line {
  readonly tenant: Tenant;
  /** Where in the 30 ms of a frame its frames are due: the lines are spread evenly over them. */
  readonly phaseMs: number;
  readonly firstClip: number;
}

export class Load {
  readonly tallies: ReadonlyMap<string, TenantTally> = new Map(
    TENANTS.map(({ tenant }) => [tenant, new TenantTally()]),
  );
  readonly seconds: number;
  readonly #options: LoadOptions;
  readonly #comparison = new Comparison();
  readonly #failures: string[] = [];
  /** Undefined until every line has its first call. */
  #startMs: number | undefined;

  constructor(options: LoadOptions) {
    this.#options = options;
    this.seconds = options.seconds;
  }

  /** Since the first frames were due. */
  get elapsedSeconds(): number {
    return this.#startMs === undefined ? 0 : Math.max(0, performance.now() - this.#startMs) / 1_000;
  }

  /** Resolves when the time is up and every call has ended; rejects for nothing a call does. */
  async run(): Promise<Findings> {
    const lines = this.#lines();
    // Isolates boot on their tenant's first call; the clock starts when nobody waits any more.
    const firstCalls = await Promise.all(lines.map(({ tenant }) => this.#open(tenant)));
    const startMs = performance.now();
    this.#startMs = startMs;
    const timeUp = new AbortController();
    const timer = setTimeout(() => timeUp.abort(), this.seconds * 1_000);
    const hangUp = AbortSignal.any([timeUp.signal, this.#options.signal]);
    await Promise.all(
      lines.map((line, index) => this.#keepBusy(line, firstCalls[index], startMs, hangUp)),
    );
    clearTimeout(timer);
    return {
      tallies: this.tallies,
      comparison: this.#comparison,
      failures: this.#failures,
    };
  }

  #lines(): Line[] {
    const { callsPerTenant, clips } = this.#options;
    const lineCount = callsPerTenant * TENANTS.length;
    return Array.from({ length: lineCount }, (_, index) => ({
      tenant: TENANTS[index % TENANTS.length]!,
      phaseMs: (index * FRAME_MS) / lineCount,
      // Spread over the clips, so that a tenant's lines soon have played all of them.
      firstClip: Math.floor((Math.floor(index / TENANTS.length) * clips.length) / callsPerTenant),
    }));
  }

  async #keepBusy(
    { tenant, phaseMs, firstClip }: Line,
    firstCall: Call | undefined,
    startMs: number,
    hangUp: AbortSignal,
  ): Promise<void> {
    const { clips } = this.#options;
    const firstDueMs = startMs + phaseMs;
    let call = firstCall;
    for (let turn = 0; call !== undefined; turn += 1) {
      const clip = clips[(firstClip + turn) % clips.length]!;
      const framesAgo = Math.ceil((performance.now() - firstDueMs) / FRAME_MS);
      const dueMs = firstDueMs + Math.max(0, framesAgo) * FRAME_MS;
      // A line whose call failed stays silent: trying again at once would only repeat it.
      if (!(await this.#play(call, tenant, clip, dueMs, hangUp)) || hangUp.aborted) return;
      call = await this.#open(tenant);
    }
  }

  async #open({ tenant }: Tenant): Promise<Call | undefined> {
    try {
      return await openCall(this.#options.pool, tenant);
    } catch (error) {
      if (!this.#options.signal.aborted) {
        this.#failures.push(`a call of tenant ${tenant} did not start: ${String(error)}`);
      }
      return undefined;
    }
  }

  async #play(
    call: Call,
    { tenant, rung }: Tenant,
    clip: Clip,
    startMs: number,
    hangUp: AbortSignal,
  ): Promise<boolean> {
    const tally = this.tallies.get(tenant)!;
    tally.calls += 1;
    tally.activeCalls += 1;
    const report = await playClip(call, clip, { startMs, hangUp, tally });
    tally.activeCalls -= 1;
    const failure =
      report.failure ??
      (report.rung === rung ? undefined : `ran on rung ${report.rung} and not on ${rung}`);
    if (failure !== undefined) {
      this.#failures.push(`a call of tenant ${tenant} (clip ${clip.file}) ${failure}`);
      return false;
    }
    if (report.isWhole) this.#comparison.add(clip.file, report.rung, report.segments);
    return true;
  }
}
