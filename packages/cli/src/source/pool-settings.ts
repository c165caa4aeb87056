/** The settings of a pool: of a running one by its socket, or of one that is made with the defaults. */
import type { SettingRow, Snapshot } from '@tenantry/core';
import { askInspector, codeOf } from '@tenantry/core/internal';
import { parseSettings } from '@tenantry/core/internal/host';
import { fetchSnapshot, findSocket } from './running-pool.js';

/** @throws TENANTRY_RUNTIME_NONE, TENANTRY_SOCKET_*, TENANTRY_INSPECTOR_REPLY_INVALID */
export async function fetchSettings(socketPath: string): Promise<SettingRow[]> {
  return parseSettings(await askInspector(socketPath, { command: 'settings' }));
}

export interface PoolToExamine {
  readonly settings: readonly SettingRow[];
  /** Of the running pool; null where none runs. */
  readonly runtime: Snapshot['runtime'] | null;
}

/**
 * The pool that is meant; where none is named and none runs, what one with the defaults would be.
 * @throws TENANTRY_RUNTIME_AMBIGUOUS, TENANTRY_SOCKET_*, TENANTRY_INSPECTOR_REPLY_INVALID
 */
export async function poolToExamine(
  named: string | undefined,
  env: NodeJS.ProcessEnv,
): Promise<PoolToExamine> {
  try {
    const socket = await findSocket(named, env);
    const [settings, { runtime }] = await Promise.all([
      fetchSettings(socket),
      fetchSnapshot(socket),
    ]);
    return { settings, runtime };
  } catch (error) {
    if (named !== undefined || codeOf(error) !== 'TENANTRY_RUNTIME_NONE') throw error;
    // Only here: a pool of its own is the largest part of what this package loads.
    const { AgentPool } = await import('@tenantry/core');
    return { settings: new AgentPool().settings(), runtime: null };
  }
}
