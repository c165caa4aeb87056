/** Pools as a consumer makes them: public names only, agents discovered in a folder, a silent log. */
import { AgentPool, type AgentPoolOptions, type IsolatesFactory } from '@tenantry/core';
import { isolates } from '@tenantry/isolation';
import { SILENT } from './silent-log.js';

type Options = Omit<Extract<AgentPoolOptions, { isolates: IsolatesFactory }>, 'isolates'>;

export async function startedPool(options: Options): Promise<AgentPool> {
  const pool = new AgentPool({ isolates, enableIntrospection: false, ...options }, { log: SILENT });
  await pool.discover(new URL('./agents', import.meta.url));
  await pool.start();
  return pool;
}
