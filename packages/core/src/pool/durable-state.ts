/**
 * What of a pool survives its process: the audit trail, what is kept of each tenant, and jobs. Without
 * a state directory the first two are in memory only. How it gets to the disk is left to the folder `state`.
 */
import path from 'node:path';
import { DurableJobStore } from '../jobs/job-store.js';
import type { Log } from '../log/log.js';
import { AUDIT_FILE, AuditLog } from '../state/audit-log.js';
import { KeyedStore } from '../state/keyed-store.js';
import { nodeStateDisk } from '../state/node-state-disk.js';
import { StateDir } from '../state/state-dir.js';
import type { StateDisk } from '../state/state-disk.js';
import type { StateListener } from '../state/state-trouble.js';
import type { Clock } from '../time/clock.js';

/** Of tenants; there only where the audit file is. */
const TENANTS_NAME = 'tenants';
export const TENANTS_FILE = `${TENANTS_NAME}.jsonl`;

export interface DurableStateParts {
  readonly stateDir: string | undefined;
  readonly deploymentVersion: string | null;
  readonly clock: Clock;
  readonly log: Log;
  /** Left out where no jobs are kept. */
  readonly jobs?: { readonly maxPayloadBytes: number } | undefined;
  /** The real one by default; the directory and its lock are always real. */
  readonly disk?: StateDisk;
}

export class DurableState implements StateListener {
  readonly audit: AuditLog;
  /** Undefined without a state directory, and where no jobs are kept. */
  readonly jobs: DurableJobStore | undefined;
  readonly #dir: StateDir | undefined;
  readonly #tenants: KeyedStore | undefined;
  readonly #troubledFiles = new Set<string>();
  #checking: Promise<unknown> | undefined;

  private constructor(
    audit: AuditLog,
    dir?: StateDir,
    tenants?: KeyedStore,
    jobs?: DurableJobStore,
  ) {
    this.audit = audit;
    this.jobs = jobs;
    this.#dir = dir;
    this.#tenants = tenants;
  }

  /** Until it is opened, and for a pool that keeps nothing. */
  static inMemory({ clock, deploymentVersion }: DurableStateParts): DurableState {
    return new DurableState(AuditLog.inMemory({ clock, deploymentVersion }));
  }

  /** @throws TENANTRY_STATE_DIR_UNSAFE, TENANTRY_STATE_IN_USE, TENANTRY_STATE_FAILED */
  static async open(parts: DurableStateParts): Promise<DurableState> {
    const { stateDir, clock, log, deploymentVersion, disk = nodeStateDisk } = parts;
    if (stateDir === undefined) return DurableState.inMemory(parts);
    const dir = await StateDir.open(stateDir);
    let audit: AuditLog | undefined;
    let tenants: KeyedStore | undefined;
    try {
      const listener = new Forwarded();
      const kept = { clock, log, listener, disk };
      audit = await AuditLog.open({ ...kept, dir, deploymentVersion, beside: TENANTS_FILE });
      tenants = await KeyedStore.open(dir, TENANTS_NAME, kept);
      const jobs =
        parts.jobs === undefined
          ? undefined
          : await DurableJobStore.open(dir, { clock, log, disk }, parts.jobs.maxPayloadBytes);
      const state = new DurableState(audit, dir, tenants, jobs);
      listener.to = state;
      return state;
    } catch (error) {
      await audit?.close();
      await tenants?.close();
      await dir.close();
      throw error;
    }
  }

  /** Whether the disk takes what is written; always, where nothing is. */
  get isSound(): boolean {
    return this.#troubledFiles.size === 0;
  }

  /** Whether it takes the records of the audit trail. */
  get isAuditSound(): boolean {
    return !this.#troubledFiles.has(AUDIT_FILE);
  }

  /** Whether it takes what is kept of tenants. */
  get isKeepingSound(): boolean {
    return !this.#troubledFiles.has(TENANTS_FILE);
  }

  /** Looks after the files: whether they are still there, and whether a disk that refused takes again. Never rejects. */
  check(): Promise<unknown> {
    // A disk that hangs is asked once.
    this.#checking ??= Promise.all([
      this.audit.check(),
      this.#tenants?.check(),
      this.jobs?.check(),
    ]).finally(() => (this.#checking = undefined));
    return this.#checking;
  }

  /** By tenant, as it was kept before. */
  kept(): ReadonlyMap<string, unknown> {
    return this.#tenants?.entries() ?? new Map();
  }

  /**
   * Resolves when it is durable, with whether it is; null where nothing is kept. A disk that refuses is
   * told of by the store.
   */
  async keep(tenant: string, value: unknown): Promise<boolean | null> {
    if (this.#tenants === undefined) return null;
    try {
      await this.#tenants.put(tenant, value);
      return true;
    } catch {
      return false;
    }
  }

  troubled({ details }: Parameters<StateListener['troubled']>[0]): void {
    this.#troubledFiles.add(path.basename(String(details['path'])));
  }

  recovered(file: string): void {
    this.#troubledFiles.delete(path.basename(file));
  }

  damaged(): void {
    // What could be read goes on; the log and the trail name the file that was set aside.
  }

  /** Resolves when everything is on the disk or refused. Never rejects. */
  async close(): Promise<void> {
    await this.audit.close();
    await this.#tenants?.close();
    await this.jobs?.close();
    await this.#dir?.close().catch(() => {});
  }
}

/** Files may be in trouble before there is anybody to tell. */
class Forwarded implements StateListener {
  to: StateListener | undefined;

  troubled(error: Parameters<StateListener['troubled']>[0]): void {
    this.to?.troubled(error);
  }

  recovered(file: string): void {
    this.to?.recovered(file);
  }

  damaged(error: Parameters<StateListener['damaged']>[0]): void {
    this.to?.damaged(error);
  }
}
