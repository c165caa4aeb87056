/**
 * The parent of a service: keeps its address, starts its worker again when that ends, and passes signals
 * on. It loads no agent, so that no tenant can block it.
 *
 *   starting ──► running ──► waiting ──► starting
 *       │           │            │
 *       └───────────┴────────────┴──► ending ──► ended
 */
import type { Clock, Log, Timer } from '@tenantry/core/internal';
import { TenantryError } from '@tenantry/core';
import { RestartPolicy } from '@tenantry/core/internal';
import type { Configuration } from './configuration.js';
import { SERVICE_EXIT } from './exit-codes.js';
import { HeldPort } from './held-port.js';
import type { Address } from './listening.js';
import { failureOf, gaveUp, toldExitCodeOf, unreadyExitCodeOf } from './worker-end.js';
import type { EndSignal, ServiceFacts, WorkerOrder } from './worker-messages.js';
import { WorkerProcess, type WorkerEnd } from './worker-process.js';

export type SupervisorState = 'starting' | 'running' | 'waiting' | 'ending' | 'ended';

const NEXT: Readonly<Record<SupervisorState, readonly SupervisorState[]>> = {
  starting: ['running', 'waiting', 'ending', 'ended'],
  running: ['waiting', 'ending', 'ended'],
  waiting: ['starting', 'ending', 'ended'],
  ending: ['ended'],
  ended: [],
};

/** Beyond the deadline that a worker keeps itself which has heard that it is to end. */
const KILL_GRACE_MS = 5_000;
/** After the service has given up nothing starts it again. */
const NEVER_MS = Number.MAX_SAFE_INTEGER;

export interface SupervisorParts {
  readonly clock: Clock;
  readonly log: Log;
  /** Each time a worker has begun to listen. */
  readonly onReady: (address: Address, facts: ServiceFacts) => void;
}

/** How the service has ended. */
export interface ServiceEnd {
  readonly exitCode: number;
  readonly error?: Error;
}

export class ServiceSupervisor {
  readonly ended: Promise<ServiceEnd>;
  readonly #order: WorkerOrder;
  readonly #parts: SupervisorParts;
  readonly #policy: RestartPolicy;
  #state: SupervisorState = 'starting';
  #address: Address;
  #port: HeldPort | undefined;
  #worker: WorkerProcess | undefined;
  #facts: ServiceFacts | undefined;
  #timeouts: { readonly drainTimeoutMs: number; readonly closeTimeoutMs: number };
  #lastGood: ServiceFacts['lastGood'] = null;
  #hasBeenReady = false;
  #startedAtMs = 0;
  /** By a signal of its own; what its worker has been told counts apart. */
  #isTold = false;
  #restarting: Timer | undefined;
  #killing: Timer | undefined;
  #resolveEnded!: (end: ServiceEnd) => void;

  private constructor(
    order: WorkerOrder,
    configuration: Configuration,
    port: { readonly held: HeldPort; readonly address: Address },
    parts: SupervisorParts,
  ) {
    const { service, drainTimeoutMs } = configuration;
    this.#order = order;
    this.#parts = parts;
    this.#address = port.address;
    this.#port = port.held;
    this.#timeouts = { drainTimeoutMs, closeTimeoutMs: service.closeTimeoutMs };
    this.#policy = new RestartPolicy({ ...service.workerRestart, quarantineMs: NEVER_MS });
    this.ended = new Promise((resolve) => {
      this.#resolveEnded = resolve;
    });
  }

  /**
   * Takes the address and starts a worker; what becomes of that is told by `onReady` and `ended`.
   * @throws TENANTRY_ADDRESS_IN_USE, TENANTRY_LISTEN_FAILED
   */
  static async start(
    order: WorkerOrder,
    configuration: Configuration,
    parts: SupervisorParts,
  ): Promise<ServiceSupervisor> {
    const { host, port } = configuration.service;
    const held = await HeldPort.take({ host, port }, parts.clock);
    const supervisor = new ServiceSupervisor(order, configuration, held, parts);
    supervisor.#launch();
    return supervisor;
  }

  get state(): SupervisorState {
    return this.#state;
  }

  get restarts(): number {
    return this.#policy.restarts;
  }

  /** Of the worker that runs; undefined while none does. */
  get facts(): ServiceFacts | undefined {
    return this.#state === 'running' || this.#state === 'ending' ? this.#facts : undefined;
  }

  /** Has the worker drain and end; called again, has it killed. */
  end(signal: EndSignal): void {
    if (this.#state === 'ended') return;
    if (this.#isTold) {
      this.#worker?.signal('SIGKILL');
      return;
    }
    this.#isTold = true;
    // Whoever signals every process of the service has told the worker already.
    if (this.#state === 'ending') return;
    const hasPool = this.#state === 'running';
    this.#ending(signal);
    // Before it has a pool it has nothing to end in order, and may never come to read a message.
    if (hasPool) this.#worker?.end(signal);
    else this.#worker?.signal(signal);
  }

  /** Has the worker read its configuration again. */
  reload(): void {
    this.#worker?.signal('SIGHUP');
  }

  #launch(): void {
    this.#policy.started();
    this.#startedAtMs = this.#parts.clock.nowMs();
    const start = { lastGood: this.#lastGood, isTried: !this.#hasBeenReady };
    const worker = new WorkerProcess(this.#order, start, {
      started: () => this.#port !== undefined && worker.listen(this.#port.server),
      ready: (facts) => this.#ready(worker, facts),
      reloaded: ({ lastGood, ...timeouts }) => {
        this.#lastGood = lastGood ?? this.#lastGood;
        this.#timeouts = timeouts;
      },
      ending: (signal) => this.#workerEnding(signal),
      ended: (end) => this.#workerEnded(end),
    });
    this.#worker = worker;
  }

  #ready(worker: WorkerProcess, facts: ServiceFacts): void {
    this.#port?.handOver((connection) => worker.take(connection));
    this.#port = undefined;
    this.#facts = facts;
    this.#lastGood = facts.lastGood ?? this.#lastGood;
    this.#timeouts = facts;
    this.#hasBeenReady = true;
    if (this.#state !== 'starting') return;
    this.#step('running');
    this.#parts.onReady(this.#address, facts);
  }

  /** From now on the end of the worker is the end of the service. */
  #ending(signal: EndSignal): void {
    this.#parts.log.info({ signal }, '[service] ending');
    this.#step('ending');
    this.#restarting?.cancel();
    this.#port?.close();
    this.#port = undefined;
    if (this.#worker === undefined) {
      this.#over({ exitCode: SERVICE_EXIT.ended });
      return;
    }
    this.#killAfter(0);
  }

  #killAfter(graceMs: number): void {
    const { drainTimeoutMs, closeTimeoutMs } = this.#timeouts;
    this.#killing?.cancel();
    this.#killing = this.#parts.clock.after(drainTimeoutMs + closeTimeoutMs + graceMs, () =>
      this.#worker?.signal('SIGKILL'),
    );
  }

  #workerEnding(signal: EndSignal): void {
    if (this.#state === 'starting' || this.#state === 'running') this.#ending(signal);
    this.#killAfter(KILL_GRACE_MS);
  }

  #workerEnded(end: WorkerEnd): void {
    const { clock, log } = this.#parts;
    this.#worker = undefined;
    if (this.#state === 'ending') return this.#over({ exitCode: toldExitCodeOf(end) });
    const { code, signal, failure } = end;
    if (!this.#hasBeenReady) {
      return this.#over({ exitCode: unreadyExitCodeOf(end), error: failureOf(end) });
    }
    const nowMs = clock.nowMs();
    const why = { code, signal, error: failure?.error.message ?? null };
    if (this.#policy.ended(nowMs, nowMs - this.#startedAtMs)) {
      return this.#over({ exitCode: SERVICE_EXIT.failed, error: gaveUp(this.#policy, end) });
    }
    const verdict = this.#policy.verdict(nowMs);
    const waitMs = verdict.kind === 'now' ? 0 : verdict.waitMs;
    log.warn({ ...why, waitMs, restarts: this.#policy.restarts }, '[service] worker ended');
    this.#step('waiting');
    void this.#restart(waitMs);
  }

  /** The address first, so that whoever comes meanwhile waits instead of being refused. */
  async #restart(waitMs: number): Promise<void> {
    const { clock, log } = this.#parts;
    try {
      if (this.#port === undefined) {
        const { held } = await HeldPort.take(this.#address, clock);
        if (this.#state !== 'waiting') return held.close();
        this.#port = held;
      }
    } catch (error) {
      // Whoever has taken the address may give it back.
      log.error({ error: (error as Error).message }, '[service] the address is taken');
      if (this.#state !== 'waiting') return;
      if (this.#policy.ended(clock.nowMs(), 0)) {
        return this.#over({ exitCode: SERVICE_EXIT.failed, error: error as Error });
      }
      const verdict = this.#policy.verdict(clock.nowMs());
      const againMs = verdict.kind === 'now' ? 0 : verdict.waitMs;
      this.#restarting = clock.after(againMs, () => void this.#restart(0), true);
      return;
    }
    this.#restarting = clock.after(
      waitMs,
      () => {
        this.#step('starting');
        this.#launch();
      },
      true,
    );
  }

  #over(end: ServiceEnd): void {
    this.#step('ended');
    this.#killing?.cancel();
    this.#port?.close();
    this.#port = undefined;
    this.#resolveEnded(end);
  }

  #step(to: SupervisorState): void {
    if (!NEXT[this.#state].includes(to)) {
      throw new TenantryError(
        'TENANTRY_INTERNAL',
        `a service cannot go from ${this.#state} to ${to}`,
      );
    }
    this.#state = to;
  }
}
