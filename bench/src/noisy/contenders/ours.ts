/**
 * A pool as a service would run it, with confinement on or only observing, and how it tells that the
 * offender is confined. Each kind of offence is confined by another part of it.
 */
import { AgentPool, codeOf, type AgentPoolOptions, type RuntimeEvent } from '@tenantry/core';
import { isolates } from '@tenantry/isolation';
import type { Answer, Frame } from '../agents/call.js';
import type { Said } from '../agents/offender.js';
import type { Kind } from '../plan.js';
import { SILENT } from '../../silent-log.js';
import type { Contender } from './contender.js';

const OFFENDER = 'offender';
const RATE = { sessionsPerSecond: 20, burst: 20 };

/** Which event says that an offender of a kind is confined; `opens` is refused, which is no event. */
function confines(kind: Kind, event: RuntimeEvent): boolean {
  if (!('tenant' in event) || event.tenant !== OFFENDER) return false;
  switch (kind) {
    case 'loop':
      return event.kind === 'isolate.ended' && event.abnormal;
    case 'crash':
      return event.kind === 'breaker.opened';
    case 'opens':
      return false;
    default:
      return event.kind === 'tenant.escalated';
  }
}

function optionsOf(kind: Kind, enforce: boolean): AgentPoolOptions {
  return {
    isolates,
    name: 'noisy-neighbour',
    isolateOptions: { spareIsolates: 1, unresponsiveMs: 1_000 },
    escalation: { enforce },
    circuitBreaker: { enforce },
    tenants: {
      [OFFENDER]: {
        memoryLimitMb: 256,
        ...(kind === 'loop' ? { isolation: 'process' } : {}),
        ...(enforce && kind === 'opens' ? { rateLimit: RATE } : {}),
      },
    },
  };
}

export async function ours(kind: Kind, enforce: boolean): Promise<Contender> {
  const pool = new AgentPool(optionsOf(kind, enforce), { log: SILENT });
  await pool.discover(new URL('../agents', import.meta.url));
  await pool.start();
  let offendsAtEpochMs: number | undefined;
  let confinedAtMs: number | undefined;
  pool.addObserver({
    onRuntimeEvent(event) {
      if (enforce && confines(kind, event)) confinedAtMs ??= performance.now();
    },
  });
  return {
    get offendsAtEpochMs() {
      return offendsAtEpochMs;
    },
    get confinedAtMs() {
      return confinedAtMs;
    },
    async openCall(tenant, events) {
      const session = await pool.open<Frame, Answer>({ tenant, agent: 'call' });
      void (async () => {
        for await (const { number } of session.messages) events.answered(number);
      })().catch(() => {});
      void session.done.then(({ reason, error }) =>
        events.failed(`ended as ${reason}: ${error?.message ?? ''}`),
      );
      return {
        send(number, pcm) {
          session.send({ number, pcm }).catch((error: Error) => events.failed(error.message));
        },
      };
    },
    async offend() {
      try {
        const session = await pool.open<unknown, Said>({
          tenant: OFFENDER,
          agent: 'offender',
          input: { kind },
        });
        for await (const message of session.messages) {
          offendsAtEpochMs ??= message.offendsAtEpochMs;
        }
      } catch (error) {
        // An agent that throws ends its messages with its error; a refusal has a code.
        if (kind === 'opens' && codeOf(error) === 'TENANTRY_RATE_LIMITED') {
          confinedAtMs ??= performance.now();
        }
      }
    },
  };
}
