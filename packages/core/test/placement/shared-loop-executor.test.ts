import { describe, expect, test } from '@jest/globals';
import { MessageLimits } from '../../src/channel/message-limits.js';
import { defineAgent } from '../../src/host/agent.js';
import type { SessionEnd } from '../../src/host/session-end.js';
import type { Placed } from '../../src/placement/executor.js';
import { SharedLoopExecutor } from '../../src/placement/shared-loop-executor.js';
import { parsePoolOptions } from '../../src/pool/pool-options.js';
import { gate } from '../gate.js';
import { MemoryLog } from '../memory-log.js';
import { turns } from '../turns.js';

function executorOf(run: Parameters<typeof defineAgent>[0]['run']): {
  executor: SharedLoopExecutor;
  ends: SessionEnd[];
  start: (id: string) => Placed;
} {
  const agent = defineAgent({ name: 'echo', run });
  const executor = new SharedLoopExecutor({
    limits: MessageLimits.parse({}),
    log: new MemoryLog(),
    strayErrors: 'crash',
    onStrayError: () => {},
    agentOf: () => agent,
    nowMs: () => 0,
  });
  const ends: SessionEnd[] = [];
  const start = (id: string): Placed =>
    executor.start(
      { id, tenant: 'acme', agent: 'echo', input: undefined, config: {}, metadata: {} },
      parsePoolOptions({}).defaults,
      (end) => void ends.push(end),
    );
  return { executor, ends, start };
}

describe('the shared loop', () => {
  test('carries messages both ways and ends the client’s with the session', async () => {
    const { ends, start } = executorOf(async (session) => {
      for await (const message of session.messages) await session.send(message);
      return 'over';
    });
    const placed = start('s1');
    void placed.client.outbox.offer('a');
    placed.closeInput();
    const seen: unknown[] = [];
    for await (const message of placed.client.inbox) seen.push(message);
    expect([seen, ends]).toEqual([['a'], [{ reason: 'completed', result: 'over' }]]);
  });

  test('shows its sessions and its ghosts in its report', async () => {
    const finish = gate();
    const { executor, start } = executorOf(() => finish.promise);
    start('s1');
    start('s2').abandon('cancelled');
    const [main] = executor.records();
    expect(main).toMatchObject({
      isolate: 'main',
      rung: 'coroutine',
      state: 'ready',
      reportAgeMs: 0,
    });
    expect(main!.report!.sessions.map(({ session }) => session)).toEqual(['s1']);
    expect(main!.report!.ghosts).toBe(1);
    finish.open();
    await turns();
    expect(executor.records()[0]!.report!.ghosts).toBe(0);
  });

  test('measures the process: memory, a share of active time and CPU that never goes back', () => {
    const { executor } = executorOf(() => undefined);
    const first = executor.records()[0]!.report!.figures;
    const second = executor.records()[0]!.report!.figures;
    expect(first.rssBytes).toBeGreaterThan(1_000_000);
    expect(first.heapUsedBytes).toBeGreaterThan(0);
    expect(second.cpuMs).toBeGreaterThanOrEqual(first.cpuMs!);
    for (const { eluRatio } of [first, second]) {
      expect(eluRatio).toBeGreaterThanOrEqual(0);
      expect(eluRatio).toBeLessThanOrEqual(1);
    }
  });
});
