/** Puts a replay into an audit trail before it begins: of a state directory, or of the pool that has it. */
import { TenantryError, codeOf } from '@tenantry/core';
import type { ReplayAct } from '@tenantry/core/internal';
import { auditReplayOffline } from '@tenantry/core/internal/host';
import { askControl } from '../source/pool-acts.js';
import { findSocket, findSocketOf } from '../source/running-pool.js';

export interface ReplayAuditor {
  readonly stateDir: string | null;
  readonly socket: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  readonly uid: number | null;
}

/** Where it was put. `nowhere`: a dry run, and nobody has said where. */
export type Audited = 'state-dir' | 'pool' | 'nowhere';

/**
 * Whoever may write a state directory, or reach a pool's socket, is an operator of it.
 * @throws TENANTRY_REPLAY_NOT_AUDITED for a replay with side effects that nobody keeps record of, and
 *   whatever the state directory or the pool refuses it with
 */
export async function auditReplay(act: ReplayAct, auditor: ReplayAuditor): Promise<Audited> {
  const { stateDir, socket, env, uid } = auditor;
  if (stateDir === null && socket === undefined && act.mode === 'dry-run') return 'nowhere';
  if (stateDir !== null) {
    try {
      await auditReplayOffline(stateDir, act, uid);
      return 'state-dir';
    } catch (error) {
      // The pool that has it keeps its trail.
      if (codeOf(error) !== 'TENANTRY_STATE_IN_USE') throw error;
      const holder = await findSocketOf(stateDir, socket, env);
      if (holder === undefined) throw notAudited(noHolder(error as Error, socket));
      return auditInPool(holder, act, uid);
    }
  }
  let found: string;
  try {
    found = await findSocket(socket, env);
  } catch (error) {
    throw notAudited(`${(error as Error).message}; name one with --socket, or --state-dir`);
  }
  return auditInPool(found, act, uid);
}

async function auditInPool(found: string, act: ReplayAct, uid: number | null): Promise<'pool'> {
  const reply = await askControl(found, { command: 'replay', uid, dryRun: false, ...act });
  if (reply.isAudited !== true) throw notAudited('the pool could not keep the record of it');
  return 'pool';
}

function noHolder({ message }: Error, socket: string | undefined): string {
  return socket === undefined
    ? `${message}, and no pool that answers here; name its socket with --socket`
    : `${message}, and not the one at ${socket}`;
}

function notAudited(why: string): TenantryError {
  return new TenantryError('TENANTRY_REPLAY_NOT_AUDITED', `the replay was not begun: ${why}`);
}
