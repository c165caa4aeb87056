/**
 * What a decision costs, and what a flood costs the others. `admitPerS`: admitted and ended well, past
 * quarantine, breaker, tenant cap, agent cap and pool cap. `refusePerS`: what a caller gets, a coded
 * error with its message, at the tenant's cap; `bareErrorPerS` is a plain `Error` thrown and caught
 * from the same depth. `breakerDecisionNs`: one closed breaker asked, entered and told of a success.
 * `fairWaitRatio`: the median wait of eight tenants on a full pool beside a ninth with 500 opens
 * waiting, divided by their median wait without it; `fifoWaitRatio`: the same with a plain queue.
 *
 * To reach: 300,000 a second both ways, and a wait of 1.5 times. Measured on 2026-11-26, Node 20.20.2,
 * two cores shared with other work (load 7), three runs: 1.8 to 4.9 million admitted, 329,000 to
 * 974,000 refused beside 73,000 to 130,000 bare errors, 159 to 314 ns, waits of 1.05 to 1.11 times
 * beside 34 to 36 in a plain queue. Reached.
 *
 * Designs of a refusal, thrown and caught, in one run at that load: an error with its stack 72,000 a
 * second; the same without frames 311,000; an object with the error's prototype 548,000, but that is
 * no native error to Node, loggers and structured clones; a plain value 68 million, but somebody has
 * to make the error of it. So it is the error without frames.
 */
import { checkOptions } from '@tenantry/core';
import { Admission, Breaker, TenantRegistry } from '@tenantry/core/internal/host';
import { systemClock } from '@tenantry/core/internal';
import type { Bench } from './bench.js';
import { medianWaitMs } from './flood.js';
import { RATE_ROUNDS, interleave, measureRates, type Contender } from './harness.js';

const WAIT_ROUNDS = 3;
const NS_PER_S = 1_000_000_000;

export const bench: Bench = {
  about: 'admission: decisions a second, and the wait beside a tenant that floods',
  targets: [
    { what: 'admit + end', unit: '/s', value: (of) => of['admitPerS']!, atLeast: 300_000 },
    { what: 'refuse', unit: '/s', value: (of) => of['refusePerS']!, atLeast: 300_000 },
    { what: 'wait beside a flood', unit: '×', value: (of) => of['fairWaitRatio']!, atMost: 1.5 },
  ],
  async run() {
    const rates = await measureRates(decisions(), RATE_ROUNDS);
    const waits = await interleave(
      (['fair', 'fifo'] as const).flatMap((order) =>
        [true, false].map((isFlooded) => ({
          name: `${order} ${isFlooded ? 'flooded' : 'alone'}`,
          measure: () => medianWaitMs({ order, isFlooded }),
        })),
      ),
      WAIT_ROUNDS,
    );
    return {
      admitPerS: rates.get('admit')!,
      refusePerS: rates.get('refuse')!,
      bareErrorPerS: rates.get('bareError')!,
      breakerDecisionNs: NS_PER_S / rates.get('breaker')!,
      fairWaitRatio: waits.get('fair flooded')! / waits.get('fair alone')!,
      fifoWaitRatio: waits.get('fifo flooded')! / waits.get('fifo alone')!,
      fairAloneMs: waits.get('fair alone')!,
      fifoAloneMs: waits.get('fifo alone')!,
    };
  },
};

function decisions(): Contender[] {
  const { tenants, defaults } = checkOptions({
    tenants: { acme: { maxSessions: 10 }, full: { maxSessions: 0 } },
    enableTenantCircuitBreaker: true,
  });
  const registry = new TenantRegistry({
    tenants,
    pool: defaults,
    config: { ttlMs: 1, timeoutMs: 1 },
    clock: systemClock,
  });
  const [acme, full] = [registry.get('acme'), registry.get('full')];
  const caps = { maxConcurrentSessions: 1_000, maxSessionsPerAgent: { echo: 100 } };
  const admission = new Admission(caps, systemClock);
  const breaker = new Breaker(defaults.breaker!, systemClock);
  let refusedCount = 0;
  return [
    repeated('admit', () => {
      const permit = admission.admit(acme, 'echo');
      if (!(permit instanceof Promise)) permit.end('succeeded');
    }),
    repeated('refuse', () => {
      try {
        void admission.admit(full, 'echo');
      } catch (error) {
        if (error instanceof Error && error.message !== '') refusedCount += 1;
      }
    }),
    repeated('bareError', () => {
      try {
        throw new Error('session of tenant "full" refused');
      } catch (error) {
        if (error instanceof Error && error.message !== '') refusedCount += 1;
      }
    }),
    repeated('breaker', () => {
      if (breaker.refusedForMs() === null) breaker.record(breaker.enter(), refusedCount < 0);
    }),
  ];
}

function repeated(name: string, once: () => void): Contender {
  return {
    name,
    run: async (count) => {
      for (let index = 0; index < count; index += 1) once();
    },
  };
}
