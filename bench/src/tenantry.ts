/** Pools as a consumer makes them: public names only, agents discovered in a folder, a silent log. */
import { AgentPool, type AgentPoolOptions, type IsolatesFactory, type Log } from '@tenantry/core';
import { isolates } from '@tenantry/isolation';

const SILENT: Log = {
  level: 'silent',
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => SILENT,
};

type Options = Omit<Extract<AgentPoolOptions, { isolates: IsolatesFactory }>, 'isolates'>;

export async function startedPool(options: Options): Promise<AgentPool> {
  const pool = new AgentPool({ isolates, enableIntrospection: false, ...options }, { log: SILENT });
  await pool.discover(new URL('./agents', import.meta.url));
  await pool.start();
  return pool;
}
