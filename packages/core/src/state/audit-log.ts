/**
 * The audit log of a pool: what the runtime and its operators did, as a hash chain in `audit.jsonl`
 * that goes on over restarts, and the last of it in memory. Reading back a whole file is left to
 * `verify-audit.ts`, the state of a file at start to `audit-tail.ts`.
 */
import path from 'node:path';
import process from 'node:process';
import type { Log } from '../log/log.js';
import type { Clock } from '../time/clock.js';
import {
  bounded,
  matches,
  type AuditEntry,
  type AuditFilter,
  type AuditRecord,
} from './audit-entry.js';
import { openAudit, type SetAside } from './audit-tail.js';
import { CHAIN_START, seal, type Link, type SealedRecord } from './hash-chain.js';
import { Journal, type Batch } from './journal.js';
import { nodeStateDisk } from './node-state-disk.js';
import type { StateFolder } from './state-dir.js';
import type { StateDisk } from './state-disk.js';
import { NOBODY, logged, stateDamaged, stateFailed, type StateListener } from './state-trouble.js';

/** How many entries are kept in memory. */
const MOST_RECENT = 2_000;

export interface AuditParts {
  readonly clock: Clock;
  /** The `deploymentVersion` of the pool, in each record. */
  readonly deploymentVersion?: string | null;
}

export interface AuditFileParts extends AuditParts {
  readonly dir: StateFolder;
  readonly log: Log;
  readonly listener?: StateListener;
  readonly disk?: StateDisk;
  /** Entries that may wait for the disk; 10,000 by default. */
  readonly maxPending?: number;
}

type Unsealed = Omit<AuditRecord, 'seq'>;

export class AuditLog {
  readonly #clock: Clock;
  readonly #deploymentVersion: string | null;
  readonly #recent: AuditRecord[] = [];
  #journal: Journal<Unsealed> | undefined;
  #last: Link = CHAIN_START;

  private constructor({ clock, deploymentVersion }: AuditParts) {
    this.#clock = clock;
    this.#deploymentVersion = deploymentVersion ?? null;
  }

  /** A log that nothing is left of when the process ends. */
  static inMemory(parts: AuditParts): AuditLog {
    return new AuditLog(parts);
  }

  /**
   * Goes on with `audit.jsonl`. A torn last line, as a killed process leaves it, is cut off and kept
   * as `audit.jsonl.torn-<epochMs>`. A file whose last line is no record is kept as
   * `audit.jsonl.damaged-<epochMs>`, and a new chain begins with `audit.restarted`.
   * @throws TENANTRY_STATE_FAILED when the file cannot be read, or what must be kept not written
   */
  static async open(parts: AuditFileParts): Promise<AuditLog> {
    const { dir, clock, log, disk = nodeStateDisk, maxPending } = parts;
    const file = path.join(dir.path, 'audit.jsonl');
    const listener = logged(log, parts.listener ?? NOBODY);
    const audit = new AuditLog(parts);
    try {
      const opened = await openAudit(disk, file, {
        epochMs: clock.epochMs(),
        mostRecords: MOST_RECENT,
        restarted: (aside) => ({ ...audit.#stamped(restartOf(aside)) }),
      });
      audit.#last = opened.last;
      for (const record of opened.records) audit.#remember(recordOf(record));
      audit.#journal = new Journal<Unsealed>(opened.file, opened.sizeBytes, {
        disk,
        path: file,
        listener,
        encode: (records) => audit.#sealed(records),
        ...(maxPending === undefined ? {} : { maxPending }),
      });
      if (opened.torn !== undefined) {
        log.warn(
          { path: file, setAside: opened.torn },
          '[state] the audit log ended within a record, as a killed process leaves it',
        );
      }
      if (opened.setAside !== undefined) {
        listener.damaged(stateDamaged(file, opened.setAside.path, opened.setAside.why));
      }
      return audit;
    } catch (cause) {
      await audit.close();
      throw stateFailed(file, 'it cannot be opened', cause);
    }
  }

  /**
   * Resolves when the entry is durable. The entry is copied at once.
   * @throws TENANTRY_STATE_FAILED when the disk refuses it: it is in `recent` alone, without a number
   */
  async append(entry: AuditEntry): Promise<void> {
    const record = this.#stamped(bounded(entry));
    if (this.#journal === undefined) {
      this.#last = { ...this.#last, seq: this.#last.seq + 1 };
      this.#remember({ seq: this.#last.seq, ...record });
      return;
    }
    try {
      await this.#journal.append(record);
    } catch (error) {
      this.#remember({ seq: null, ...record });
      throw error;
    }
  }

  /** The last `most` entries that match, oldest first, of the 2,000 that are kept. */
  recent(filter: AuditFilter, most: number): readonly AuditRecord[] {
    const found: AuditRecord[] = [];
    const kept = this.#recent.slice(-MOST_RECENT);
    for (let index = kept.length - 1; index >= 0 && found.length < most; index -= 1) {
      const record = kept[index]!;
      if (matches(record, filter)) found.push(record);
    }
    return found.reverse();
  }

  /** Resolves when all that was appended is durable or refused. Never rejects. */
  async close(): Promise<void> {
    await this.#journal?.close();
  }

  /** Sealed only now: a refused record takes no number, and nothing is chained to it. */
  #sealed(records: readonly Unsealed[]): Batch {
    let last = this.#last;
    const lines: string[] = [];
    const numbered: AuditRecord[] = [];
    for (const record of records) {
      const sealed = seal({ ...record }, last);
      last = sealed.link;
      lines.push(`${sealed.line}\n`);
      numbered.push({ seq: last.seq, ...record });
    }
    return {
      text: lines.join(''),
      kept: () => {
        this.#last = last;
        for (const record of numbered) this.#remember(record);
      },
    };
  }

  #stamped({ detail, ...names }: AuditEntry): Unsealed {
    return {
      at: new Date(this.#clock.epochMs()).toISOString(),
      ...names,
      detail,
      deploymentVersion: this.#deploymentVersion,
      pid: process.pid,
    };
  }

  #remember(record: AuditRecord): void {
    this.#recent.push(record);
    // Cut in steps: taking one off the front of a long array for each entry moves all of them.
    if (this.#recent.length >= 2 * MOST_RECENT) this.#recent.splice(0, MOST_RECENT);
  }
}

function restartOf({ path: kept, sha256, why }: SetAside): AuditEntry {
  return {
    kind: 'audit.restarted',
    actor: { kind: 'runtime' },
    detail: { setAside: path.basename(kept), sha256, why },
  };
}

function recordOf(sealed: SealedRecord): AuditRecord {
  const { prev: _prev, hash: _hash, ...record } = sealed;
  return record as unknown as AuditRecord;
}
