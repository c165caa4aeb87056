/**
 * Records one session as its client's side of the pool sees it, which is the same on every rung. What it
 * is told is written down at once: whoever holds a message afterwards may change it. Never throws.
 */
import { toWireError } from '../errors/wire-error.js';
import type { AbortReason, EndReason, OutcomeStatus } from '../vocabulary/end-reason.js';
import type { Notice } from '../vocabulary/notice.js';
import type { Rung } from '../vocabulary/rung.js';
import { BoundedEvents } from './bounded-events.js';
import type { RecordOptions } from './record-options.js';
import type { SessionFact } from './session-facts.js';
import {
  RECORDING_VERSION,
  type RecordedEvent,
  type SessionRecording,
} from './session-recording.js';
import { toTagged, type TaggedValue } from './tagged-value.js';

/** What is known of a session before it runs. */
export interface RecordedSession {
  readonly session: string;
  readonly tenant: string;
  readonly agent: string;
  readonly agentHash: string | null;
  readonly agentFile: string | null;
  readonly deploymentVersion: string | null;
  readonly configHash: string;
  readonly limits: SessionRecording['limits'];
  readonly startedAtMs: number;
  readonly input: unknown;
  readonly metadata: unknown;
  readonly job: SessionRecording['job'];
}

/** How it ended. */
export interface RecordedEnd {
  readonly status: OutcomeStatus;
  readonly reason: EndReason;
  readonly result?: unknown;
  readonly error?: unknown;
}

type OmitTime<T> = T extends unknown ? Omit<T, 'atMs'> : never;

export class SessionRecorder {
  readonly #about: RecordedSession;
  readonly #keepEnded: RecordOptions['keepEnded'];
  readonly #nowMs: () => number;
  readonly #startedMs: number;
  readonly #events: BoundedEvents;
  readonly #input: string;
  readonly #metadata: string;
  #rung: Rung = 'coroutine';
  #end: SessionRecording['end'] = null;
  /** Effects by name so far, and as many as the places before this one have reported. */
  readonly #effects = new Map<string, number>();
  #effectsBefore = new Map<string, number>();

  /** `nowMs`: the pool's monotonic clock. */
  constructor(about: RecordedSession, options: RecordOptions, nowMs: () => number) {
    this.#about = about;
    this.#keepEnded = options.keepEnded;
    this.#nowMs = nowMs;
    this.#startedMs = nowMs();
    this.#events = new BoundedEvents(options);
    this.#input = JSON.stringify(written(about.input));
    this.#metadata = JSON.stringify(written(about.metadata));
  }

  get session(): string {
    return this.#about.session;
  }

  /** Of what is kept. */
  get bytes(): number {
    return this.#events.bytes + this.#input.length + this.#metadata.length;
  }

  /** Whether it is kept when its session has ended. */
  get isKept(): boolean {
    return this.#keepEnded === 'all' || this.#end?.status === 'failed';
  }

  /** It runs there; where it ran elsewhere before, it has been moved. */
  placedOn(rung: Rung): void {
    this.#rung = rung;
  }

  movedTo(rung: Rung): void {
    this.#rung = rung;
    // The host there counts from 0 again.
    this.#effectsBefore = new Map(this.#effects);
    this.#add({ kind: 'moved', rung });
  }

  received(value: unknown): void {
    this.#add({ kind: 'in', value: written(value) });
  }

  sent(value: unknown): void {
    this.#add({ kind: 'out', value: written(value) });
  }

  noticed(notice: Notice): void {
    this.#add({ kind: 'notice', notice });
  }

  closed(): void {
    this.#add({ kind: 'closed' });
  }

  aborted(reason: AbortReason, detail: string | undefined): void {
    this.#add({ kind: 'abort', reason, detail: detail ?? null });
  }

  reported(fact: SessionFact): void {
    if (fact.kind === 'attempt') {
      this.#add(fact);
      return;
    }
    const index = (this.#effectsBefore.get(fact.name) ?? 0) + fact.index;
    this.#effects.set(fact.name, Math.max(this.#effects.get(fact.name) ?? 0, index + 1));
    if (fact.kind === 'effect-missing') this.#add({ ...fact, index });
    else {
      const { outcome } = fact;
      const kept =
        outcome.kind === 'result' ? { ...outcome, value: written(outcome.value) } : outcome;
      this.#add({ ...fact, index, outcome: kept });
    }
  }

  ended({ status, reason, result, error }: RecordedEnd): void {
    this.#end = {
      atMs: this.#atMs(),
      status,
      reason,
      ...(reason === 'completed' ? { result: written(result) } : {}),
      ...(error === undefined ? {} : { error: toWireError(error) }),
    };
  }

  /** As it is now; its own from then on. */
  recording(): SessionRecording {
    const { startedAtMs, input: _input, metadata: _metadata, ...about } = this.#about;
    const { events, cut } = this.#events.kept();
    return {
      recording: RECORDING_VERSION,
      ...about,
      rung: this.#rung,
      startedAt: new Date(startedAtMs).toISOString(),
      input: JSON.parse(this.#input) as TaggedValue,
      metadata: JSON.parse(this.#metadata) as TaggedValue,
      events: events.map((event) => JSON.parse(event) as RecordedEvent),
      cut,
      end: this.#end,
    };
  }

  #add(event: OmitTime<RecordedEvent>): void {
    // What code says that its session has left behind is no part of the session.
    if (this.#end !== null) return;
    this.#events.add(JSON.stringify({ atMs: this.#atMs(), ...event }));
  }

  #atMs(): number {
    return Math.round((this.#nowMs() - this.#startedMs) * 1_000) / 1_000;
  }
}

/** What cannot be written has been sent all the same, and its session is not to suffer for it. */
function written(value: unknown): TaggedValue {
  try {
    return toTagged(value);
  } catch {
    return { $: 'undefined' };
  }
}
