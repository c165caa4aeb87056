/**
 * Tells observers what happened. They are told after the fact, as nobody's turn; a slow or faulty one
 * neither delays nor breaks a session. Only a drain waits for them, and not for long.
 */
import { runAsNobody } from '../attribution/turn-scope.js';
import { toWireError } from '../errors/wire-error.js';
import type { RuntimeEvent } from '../events/runtime-event.js';
import type { Metadata } from '../host/session.js';
import type { Log } from '../log/log.js';
import type { Clock } from '../time/clock.js';
import { settledWithin } from '../time/deadline.js';
import type { Rung } from '../vocabulary/rung.js';
import type { Outcome } from '../session/outcome.js';

/** What an observer learns of a session when it starts. */
export interface SessionInfo {
  readonly session: string;
  readonly tenant: string;
  readonly agent: string;
  readonly rung: Rung;
  readonly isolate: string;
  readonly metadata: Metadata;
  /** Wall-clock milliseconds since 1970. */
  readonly startedAtMs: number;
  readonly deploymentVersion: string | null;
}

export interface Observer {
  onSessionStart?(info: SessionInfo): Promise<void> | void;
  onSessionEnd?(info: SessionInfo, outcome: Outcome): Promise<void> | void;
  onRuntimeEvent?(event: RuntimeEvent): Promise<void> | void;
}

type Callback = keyof Observer;
const CALLBACKS: readonly Callback[] = ['onSessionStart', 'onSessionEnd', 'onRuntimeEvent'];

export function isObserver(value: unknown): value is Observer {
  return (
    typeof value === 'object' &&
    value !== null &&
    CALLBACKS.some((name) => typeof (value as Record<string, unknown>)[name] === 'function')
  );
}

/** One complaint a minute for each observer: a faulty one fails at every session. */
const COMPLAINT_INTERVAL_MS = 60_000;

export class Observers {
  readonly #observers = new Set<Observer>();
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #complainedAtMs = new WeakMap<Observer, number>();
  #pendingCount = 0;
  #settled: (() => void)[] = [];

  constructor(log: Log, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
  }

  get isEmpty(): boolean {
    return this.#observers.size === 0;
  }

  /** Returns the function that removes it again. */
  add(observer: Observer): () => void {
    this.#observers.add(observer);
    return () => void this.#observers.delete(observer);
  }

  sessionStarted(info: SessionInfo): void {
    this.#tell('onSessionStart', (observer) => observer.onSessionStart?.(info));
  }

  sessionEnded(info: SessionInfo, outcome: Outcome): void {
    this.#tell('onSessionEnd', (observer) => observer.onSessionEnd?.(info, outcome));
  }

  runtimeEvent(event: RuntimeEvent): void {
    this.#tell('onRuntimeEvent', (observer) => observer.onRuntimeEvent?.(event));
  }

  /** Resolves when every observer has heard everything, or after `deadlineMs`. */
  async settle(deadlineMs: number): Promise<void> {
    if (this.#pendingCount === 0) return;
    const settled = new Promise<void>((resolve) => this.#settled.push(resolve));
    await settledWithin(this.#clock, settled, deadlineMs);
  }

  #tell(what: Callback, call: (observer: Observer) => Promise<void> | void): void {
    if (this.#observers.size === 0) return;
    runAsNobody(() => {
      for (const observer of this.#observers) {
        if (observer[what] === undefined) continue;
        this.#pendingCount += 1;
        // From a fresh turn: the session whose end is told is already gone by then.
        setImmediate(() => void this.#callOne(observer, what, call));
      }
    });
  }

  async #callOne(
    observer: Observer,
    what: Callback,
    call: (observer: Observer) => Promise<void> | void,
  ): Promise<void> {
    try {
      await call(observer);
    } catch (error) {
      this.#complain(observer, what, error);
    } finally {
      this.#pendingCount -= 1;
      if (this.#pendingCount === 0) for (const resolve of this.#settled.splice(0)) resolve();
    }
  }

  #complain(observer: Observer, what: Callback, error: unknown): void {
    const nowMs = this.#clock.nowMs();
    const lastMs = this.#complainedAtMs.get(observer);
    if (lastMs !== undefined && nowMs - lastMs < COMPLAINT_INTERVAL_MS) return;
    this.#complainedAtMs.set(observer, nowMs);
    this.#log.warn(
      { observer: what, err: toWireError(error) },
      '[observer] failed and was skipped',
    );
  }
}
