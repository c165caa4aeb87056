/** A running pool with its control at hand: what is asked over the socket is asked here without one. */
import { afterEach } from '@jest/globals';
import type { Agent } from '../../src/host/agent.js';
import type { ControlReply } from '../../src/inspector/control.js';
import type { ClientSession } from '../../src/session/client-session.js';
import { openSession } from '../../src/pool/opening.js';
import { PoolLife } from '../../src/pool/pool-life.js';
import type { AgentPoolOptions } from '../../src/pool/pool-options.js';
import { makeParts } from '../../src/pool/pool-parts.js';
import type { LadderFigure } from '../../src/snapshot/report.js';
import { ManualClock } from '../manual-clock.js';
import { MemoryLog } from '../memory-log.js';
import { turns } from '../turns.js';
import { FakeIsolates, OUT_OF_MEMORY } from './fake-isolates.js';
import { counting } from './moving.js';
import { agentOf, deaf, echo, patient } from './test-pool.js';

/** Who asks over the socket, as it says. */
export const ALICE = { kind: 'operator', uid: 1_000, via: 'socket' } as const;

export interface Controlled {
  readonly life: PoolLife;
  readonly clock: ManualClock;
  readonly log: MemoryLog;
  readonly isolates: FakeIsolates;
  readonly open: (tenant: string, agent?: string) => Promise<ClientSession>;
  /** A request of the socket, by Alice. */
  readonly ask: (request: object) => Promise<ControlReply>;
  readonly dry: (request: object) => Promise<ControlReply>;
  /** An offence that is worth a move. */
  readonly offend: (tenant?: string) => void;
  readonly ladder: (tenant?: string) => LadderFigure;
  readonly breaker: (tenant?: string) => string | undefined;
  /** What the trail has of acts and decisions: kind, actor, and whether it was carried out. */
  readonly acts: () => [kind: string, actor: object, carriedOut: unknown][];
}

const running: Controlled[] = [];

afterEach(async () => {
  for (const { life, clock } of running.splice(0)) {
    const closing = life.close();
    await turns(2);
    clock.advance(3_600_000);
    await closing;
  }
});

export const fails: Agent = agentOf('fails', () => {
  throw new Error('as it does');
});

/** Checkpoints, and can be moved. */
const counts: Agent = agentOf('counts', counting());

export async function controlled(options: Partial<AgentPoolOptions> = {}): Promise<Controlled> {
  const [clock, log, isolates] = [new ManualClock(), new MemoryLog(), new FakeIsolates()];
  const whole = {
    enableIntrospection: false,
    memoryWarnMb: 0,
    isolates: isolates.factory,
    escalation: { confinementMs: 60_000 },
    enableTenantCircuitBreaker: true,
    tenants: { acme: { maxSessions: 5 }, low: { escalation: { ceiling: 'thread' } } },
    ...options,
  } as AgentPoolOptions;
  const parts = makeParts(whole, { clock, log });
  for (const agent of [echo, patient, deaf, fails, counts])
    parts.catalog.add(agent, 'file:///any.js');
  const life = new PoolLife(parts);
  await life.start();
  const { confinement } = life.running('a test');
  const ask = (request: object): Promise<ControlReply> =>
    life.control.carryOut(request as never) as Promise<ControlReply>;
  const made: Controlled = {
    life,
    clock,
    log,
    isolates,
    open: async (tenant, agent = 'patient') => {
      const opening = Promise.resolve(openSession(life.running('a test'), { tenant, agent }));
      isolates.starts.at(-1)?.place();
      return opening;
    },
    ask: (request) => ask({ uid: ALICE.uid, dryRun: false, ...request }),
    dry: (request) => ask({ uid: ALICE.uid, dryRun: true, ...request }),
    offend: (tenant = 'acme') => isolates.tellEnd(tenant, OUT_OF_MEMORY),
    ladder: (tenant = 'acme') => confinement.ladderFigure(tenant),
    breaker: (tenant = 'acme') => parts.tenants.find(tenant)?.breaker?.state,
    acts: () =>
      confinement.trail
        .recent()
        .filter(({ actor }) => actor.kind === 'operator')
        .map(({ kind, actor, detail }) => [kind, actor, detail['carriedOut'] ?? null]),
  };
  running.push(made);
  return made;
}
