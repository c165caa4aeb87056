/**
 * The audit log of a pool: what the runtime and its operators did, as a hash chain in `audit.jsonl`
 * that goes on over restarts, and the last of it in memory. Reading back a whole file is left to
 * `verify-audit.ts`, the state of a file at start to `audit-tail.ts`.
 */
import path from 'node:path';
import process from 'node:process';
import type { Log } from '../log/log.js';
import type { Clock } from '../time/clock.js';
import { RUNTIME } from '../vocabulary/actor.js';
import {
  RESTARTED,
  RESUMED,
  bounded,
  matches,
  type AuditEntry,
  type AuditFilter,
  type AuditRecord,
} from './audit-entry.js';
import { openAudit, type SetAside } from './audit-tail.js';
import type { LostFile } from './file-loss.js';
import { CHAIN_START, seal, type Link, type SealedRecord } from './hash-chain.js';
import type { Anew, Batch } from './journal-parts.js';
import { Journal } from './journal.js';
import { nodeStateDisk } from './node-state-disk.js';
import type { StateFolder } from './state-dir.js';
import type { StateDisk } from './state-disk.js';
import { NOBODY, logged, stateDamaged, stateFailed, type StateListener } from './state-trouble.js';

export const AUDIT_FILE = 'audit.jsonl';
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
  /** A file of the folder that is never there before the audit file. */
  readonly beside?: string;
  /** Entries that may wait for the disk; 10,000 by default. */
  readonly maxPending?: number;
}

type Unsealed = Omit<AuditRecord, 'seq'>;

/** What the disk has refused since it last took a record. */
interface Missed {
  readonly count: number;
  /** Time of the first, as in its record. */
  readonly sinceAt: string | null;
}

const NOTHING_MISSED: Missed = { count: 0, sinceAt: null };

export class AuditLog {
  readonly #clock: Clock;
  readonly #deploymentVersion: string | null;
  readonly #recent: AuditRecord[] = [];
  #journal: Journal<Unsealed> | undefined;
  #last: Link = CHAIN_START;
  #missed = NOTHING_MISSED;
  #restartCount = 0;

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
   * `audit.jsonl.damaged-<epochMs>`, and a new chain begins with `audit.restarted`. So it does where
   * there is no audit file, or an empty one, beside what a pool has kept; and where somebody takes the
   * file away, cuts it or writes to it while it is in use.
   * @throws TENANTRY_STATE_FAILED when the file cannot be read, or what must be kept not written
   */
  static async open(parts: AuditFileParts): Promise<AuditLog> {
    const { dir, clock, log, disk = nodeStateDisk, beside, maxPending } = parts;
    const file = path.join(dir.path, AUDIT_FILE);
    const listener = logged(log, parts.listener ?? NOBODY);
    const audit = new AuditLog(parts);
    try {
      const opened = await openAudit(disk, file, {
        epochMs: clock.epochMs(),
        mostRecords: MOST_RECENT,
        beside: beside === undefined ? undefined : path.join(dir.path, beside),
        restarted: (aside) => ({ ...audit.#stamped(restartOf(aside)) }),
      });
      if (opened.setAside !== undefined) audit.#restartCount += 1;
      audit.#last = opened.last;
      for (const record of opened.records) audit.#remember(recordOf(record));
      audit.#journal = new Journal<Unsealed>(opened.file, opened.sizeBytes, {
        disk,
        dir,
        path: file,
        clock,
        listener,
        encode: (records) => audit.#sealed(records),
        anew: (lost) => audit.#restarted(lost),
        refused: (records) => audit.#refused(records),
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

  /** How many times a new chain began in the place of another since it was opened. */
  get restartCount(): number {
    return this.#restartCount;
  }

  /** Looks after the file, as `Journal.check` does. Never rejects. */
  async check(): Promise<void> {
    await this.#journal?.check();
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
    const missed = this.#missed;
    // A chain that says nothing of them would look as if there had been none.
    const resumed = missed.count === 0 ? [] : [this.#stamped(resumeOf(missed))];
    for (const record of [...resumed, ...records]) {
      const sealed = seal({ ...record }, last);
      last = sealed.link;
      lines.push(`${sealed.line}\n`);
      numbered.push({ seq: last.seq, ...record });
    }
    return {
      text: lines.join(''),
      kept: () => {
        this.#last = last;
        const count = this.#missed.count - missed.count;
        this.#missed = count === 0 ? NOTHING_MISSED : { ...this.#missed, count };
        for (const record of numbered) this.#remember(record);
      },
    };
  }

  #refused(records: readonly Unsealed[]): void {
    const { count, sinceAt } = this.#missed;
    this.#missed = {
      count: count + records.length,
      sinceAt: sinceAt ?? records[0]?.at ?? null,
    };
  }

  /** In the place of a file that is lost: never without a word, as at the start. */
  #restarted({ why, setAside }: LostFile): Anew {
    const { seq, hash } = this.#last;
    const aside = setAside === null ? null : path.basename(setAside);
    const detail = { setAside: aside, why, lastSeq: seq, lastHash: hash };
    const record = this.#stamped({ kind: RESTARTED, actor: RUNTIME, detail });
    const { line, link } = seal({ ...record }, CHAIN_START);
    return {
      pieces: [`${line}\n`],
      begun: () => {
        this.#last = link;
        this.#restartCount += 1;
        this.#remember({ seq: link.seq, ...record });
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
  const setAside = kept === null ? null : path.basename(kept);
  return { kind: RESTARTED, actor: RUNTIME, detail: { setAside, sha256, why } };
}

function resumeOf({ count, sinceAt }: Missed): AuditEntry {
  return { kind: RESUMED, actor: RUNTIME, detail: { refused: count, sinceAt } };
}

function recordOf(sealed: SealedRecord): AuditRecord {
  const { prev: _prev, hash: _hash, ...record } = sealed;
  return record as unknown as AuditRecord;
}
