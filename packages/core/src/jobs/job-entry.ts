/** A job as the desk holds it: its document, and what belongs to this process only. */
import type { JobRun } from './job-executor.js';
import type { JobDocument, JobRecord } from './job.js';

export class JobEntry {
  readonly id: string;
  readonly tenant: string;
  readonly agent: string;
  /** What is durable, once it has been accepted. */
  doc: JobDocument;
  /** Resolves when it is durable that the job is there. */
  accepted: Promise<unknown> = Promise.resolve();
  /** On the monotonic clock, as all times here. */
  waitsSinceMs: number;
  readyAtMs = 0;
  settledMs = 0;
  /** After it, the job is not started; null where it has all the time. */
  startByMs: number | null;
  /** What has it in hand: a run, or a step by hand; undefined while it stands in a line, or is over. */
  hand: object | undefined;
  /** May have run before, although its document does not say so. */
  isSuspect = false;
  isCancelled = false;
  run: JobRun | undefined;
  heldBy: string | null = null;
  #settled: (() => void)[] = [];

  constructor(doc: JobDocument, nowMs: number) {
    this.id = doc.id;
    this.tenant = doc.tenant;
    this.agent = doc.agent;
    this.doc = doc;
    this.waitsSinceMs = nowMs;
    this.startByMs = doc.deadlineMs === null ? null : nowMs + doc.deadlineMs;
  }

  /** Whether the agent may have been entered for it before, and its end is not known. */
  get isInterrupted(): boolean {
    return this.isSuspect || this.doc.attempts.at(-1)?.reason === 'interrupted';
  }

  whenSettled(): Promise<void> {
    return new Promise((resolve) => this.#settled.push(resolve));
  }

  tellSettled(): void {
    for (const resolve of this.#settled.splice(0)) resolve();
  }

  record(nowMs: number, isDurable: boolean): JobRecord {
    const { version: _v, ...doc } = this.doc;
    const waits = doc.state === 'queued' || doc.state === 'retrying';
    return {
      ...doc,
      isDurable,
      nextTryInMs: waits && this.readyAtMs > nowMs ? this.readyAtMs - nowMs : null,
      heldBy: this.heldBy,
    };
  }
}
