/**
 * Reloads a folder of agents in a plain Node process and prints what came of each step: a test runner
 * that keeps the text of modules would answer with the old one.
 */
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { codeOf } from '../../src/errors/errors.js';
import { AgentPool } from '../../src/pool/agent-pool.js';

const AGENT_MODULE = new URL('../../src/host/agent.js', import.meta.url).href;
const folder = mkdtempSync(path.join(os.tmpdir(), 'tenantry-reload-'));
const pool = new AgentPool({ enableIntrospection: false, memoryWarnMb: 0 });

const agentText = (name: string, result: string): string =>
  `import { defineAgent } from '${AGENT_MODULE}';
export default defineAgent({ name: '${name}', run: () => '${result}' });
`;
const write = (file: string, text: string): void =>
  writeFileSync(path.join(folder, file), text, { mode: 0o644 });

async function step(): Promise<unknown> {
  const results: Record<string, unknown> = {};
  const reload = await pool.reload(folder).catch((error: unknown) => codeOf(error));
  for (const { agent } of pool.list()) {
    results[agent.name] = (await (await pool.open({ agent: agent.name })).done).result;
  }
  const { agentGeneration } = (await pool.snapshot()).runtime;
  return { reload, results, agentGeneration };
}

const steps: Record<string, unknown> = {};
write('one.mjs', agentText('one', 'old'));
write('two.mjs', agentText('two', 'old'));
await pool.discover(folder);
await pool.start();
steps['same'] = await step();
write('one.mjs', agentText('one', 'new'));
steps['newer'] = await step();
write('one.mjs', 'export default (');
steps['broken'] = await step();
steps['told'] = await step();
write('one.mjs', agentText('one', 'newest'));
steps['mended'] = await step();
write('three.mjs', agentText('three', 'new'));
rmSync(path.join(folder, 'two.mjs'));
renameSync(path.join(folder, 'one.mjs'), path.join(folder, 'first.mjs'));
steps['moved'] = await step();
write('first.mjs', agentText('uno', 'new'));
steps['renamed'] = await step();
write('first.mjs', agentText('three', 'new'));
steps['taken'] = await step();
for (let load = 0; load < 256; load += 1) {
  write('first.mjs', agentText('uno', String(load)));
  await pool.reload(folder);
}
steps['bound'] = await step();
steps['unknown'] = await pool.reload(os.tmpdir()).catch((error: unknown) => codeOf(error));
rmSync(folder, { recursive: true });
steps['gone'] = await step();
await pool.close();
process.stdout.write(JSON.stringify(steps));
