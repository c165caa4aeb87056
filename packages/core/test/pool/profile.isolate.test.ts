/** `pool.profile()` on this process's own main loop. */
import { afterEach, describe, expect, test } from '@jest/globals';
import path from 'node:path';
import { defineAgent } from '../../src/host/agent.js';
import { AgentPool } from '../../src/pool/agent-pool.js';
import type { AgentPoolOptions } from '../../src/pool/pool-options.js';
import { caught } from '../caught.js';
import { MemoryLog } from '../memory-log.js';
import { tempFolder } from '../temp-folder.js';

function spinHere(): void {
  const endMs = performance.now() + 20;
  while (performance.now() < endMs);
}

const spins = defineAgent({
  name: 'spins',
  async run(session) {
    while (!session.signal.aborted) {
      spinHere();
      await new Promise((resolve) => setImmediate(resolve));
    }
  },
});

const pools: AgentPool[] = [];
afterEach(async () => {
  for (const pool of pools.splice(0)) await pool.close();
});

async function started(options: AgentPoolOptions = {}): Promise<AgentPool> {
  const introspectionSocketPath = path.join(tempFolder(), 'pool.sock');
  const whole = { agents: [spins], introspectionSocketPath, ...options };
  const pool = new AgentPool(whole, { log: new MemoryLog() });
  pools.push(pool);
  await pool.start();
  return pool;
}

describe('pool.profile()', () => {
  test('is of the CPU for its seconds, with what it is of', async () => {
    const pool = await started({ name: 'voice' });
    const session = await pool.open({ tenant: 'acme' });
    const taken = await pool.profile({ target: session.id, seconds: 0.3 });
    expect(taken).toMatchObject({
      name: 'voice',
      target: { isolate: 'main', rung: 'coroutine', session: session.id, tenant: 'acme' },
      type: 'cpu',
      seconds: 0.3,
    });
    const { nodes } = taken.profile as unknown as {
      nodes: { hitCount: number; callFrame: { functionName: string } }[];
    };
    const spinning = nodes.filter(({ callFrame }) => callFrame.functionName === 'spinHere');
    expect(spinning.reduce((sum, { hitCount }) => sum + hitCount, 0)).toBeGreaterThan(10);
  });

  test.each([
    [{ target: 'main', seconds: 0.05 }, 'seconds: expected 0.1 to 60, received 0.05'],
    [{ target: 'main', seconds: 61 }, 'seconds: expected 0.1 to 60, received 61'],
    [{ target: 'main', seconds: Number.NaN }, 'seconds: expected 0.1 to 60, received NaN'],
    [{ target: '' }, 'target: expected a session, tenant or isolate, or "main", received ""'],
    [{ target: 'main', type: 'memory' as 'heap' }, 'type: expected "cpu" or "heap"'],
  ])('refuses %j', async (options, told) => {
    const pool = await started();
    const refusal = await caught(() => pool.profile(options));
    expect(refusal.code).toBe('TENANTRY_OPTIONS_INVALID');
    expect(refusal.message).toContain(told);
  });

  test('needs a pool that runs and is watched', async () => {
    const off = await started({ enableIntrospection: false });
    const profile = (pool: AgentPool) => caught(() => pool.profile({ target: 'main' }));
    expect((await profile(off)).code).toBe('TENANTRY_PROFILE_UNAVAILABLE');
    const fresh = new AgentPool({ agents: [spins] }, { log: new MemoryLog() });
    expect(await profile(fresh)).toMatchObject({
      code: 'TENANTRY_POOL_NOT_STARTED',
      message: 'call start() before profile()',
    });
    await off.close();
    expect((await profile(off)).code).toBe('TENANTRY_POOL_CLOSED');
  });

  test('is given up when its pool closes', async () => {
    const pool = await started();
    const refusal = caught(() => pool.profile({ target: 'main', seconds: 20 }));
    await pool.close();
    expect((await refusal).code).toBe('TENANTRY_POOL_CLOSED');
  });
});
