/**
 * A process with a pool that submits jobs as fast as they are acknowledged, prints each id once it is,
 * and each that is done, and whose agent writes down every time it is entered and left. It ends when
 * it is killed.
 */
import { appendFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { pino } from 'pino';
import { AgentPool } from '../../src/pool/agent-pool.js';
import { codeOf } from '../../src/errors/errors.js';
import { agentOf } from './kept-agent.js';

const [folder = '', round = '0'] = process.argv.slice(2);
const say = (what: object): unknown => writeSync(1, `${JSON.stringify(what)}\n`);
const pool = new AgentPool(
  {
    stateDir: path.join(folder, 'state'),
    agents: [agentOf((line) => appendFileSync(path.join(folder, 'entered.jsonl'), line))],
    enableIntrospection: false,
    memoryWarnMb: 0,
    jobs: { retry: { maxAttempts: 1_000, baseDelayMs: 1, maxDelayMs: 5 } },
  },
  { log: pino({ level: 'fatal' }, pino.destination({ fd: 2, sync: true })) },
);
await pool.start();

async function goOn(lane: number): Promise<void> {
  for (let n = 0; ; n += 1) {
    try {
      const input = { round: Number(round), lane, n };
      const { id } = await pool.jobs.submit({ tenant: `t${lane % 3}`, agent: 'kept', input });
      say({ acknowledged: id });
      if (n % 2 === 0) continue;
      const { result } = await pool.jobs.settled(id);
      say({ done: id, result });
    } catch (error) {
      say({ refused: codeOf(error) });
    }
  }
}
await Promise.all(Array.from({ length: 6 }, async (_none, lane) => goOn(lane)));
