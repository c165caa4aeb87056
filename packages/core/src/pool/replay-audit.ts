/** That a recorded session is replayed, in the audit trail: of a pool, or of one that does not run. */
import type { ReplayAct } from '../inspector/replay-act.js';
import { defaultLog } from '../log/log.js';
import { AuditLog } from '../state/audit-log.js';
import type { AuditEntry } from '../state/audit-entry.js';
import { StateDir } from '../state/state-dir.js';
import { systemClock } from '../time/clock.js';
import type { Actor } from '../vocabulary/actor.js';
import { TENANTS_FILE } from './durable-state.js';

export function replayEntry({ tenant, session, ...detail }: ReplayAct, actor: Actor): AuditEntry {
  const kind = detail.mode === 'execute' ? 'replay.executed' : 'replay.dry-run';
  return { kind, tenant, session, actor, detail };
}

/**
 * Resolves when it is in the audit trail of a state directory that no pool uses, as an act of this
 * process's user.
 * @throws TENANTRY_STATE_IN_USE, TENANTRY_STATE_DIR_UNSAFE, TENANTRY_STATE_FAILED
 */
export async function auditReplayOffline(
  stateDir: string,
  act: ReplayAct,
  uid: number | null,
): Promise<void> {
  const dir = await StateDir.open(stateDir);
  try {
    const audit = await AuditLog.open({
      dir,
      clock: systemClock,
      log: defaultLog(),
      beside: TENANTS_FILE,
    });
    try {
      await audit.append(replayEntry(act, { kind: 'operator', uid, via: 'api' }));
    } finally {
      await audit.close();
    }
  } finally {
    await dir.close();
  }
}
