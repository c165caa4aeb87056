/**
 * One worker, as its parent holds it: a child that is told where to listen, and says when it does. When
 * the next one is started is left to `supervise.ts`.
 */
import { fork, type ChildProcess } from 'node:child_process';
import type net from 'node:net';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import type {
  EndSignal,
  FromWorker,
  StartOptions,
  ToWorker,
  WorkerOrder,
} from './worker-messages.js';

const ENTRY = fileURLToPath(new URL('worker-entry.js', import.meta.url));

export interface WorkerEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** What it said of why it could not start. */
  readonly failure: (FromWorker & { readonly kind: 'failed' }) | undefined;
}

export interface WorkerListener {
  /** It has a pool, and is to be given the server. */
  started(): void;
  ready(facts: FromWorker & { readonly kind: 'ready' }): void;
  reloaded(facts: FromWorker & { readonly kind: 'reloaded' }): void;
  /** It was told to end, by whomever. */
  ending(signal: EndSignal): void;
  ended(end: WorkerEnd): void;
}

export class WorkerProcess {
  readonly #child: ChildProcess;
  #failure: WorkerEnd['failure'];

  constructor(order: WorkerOrder, start: StartOptions, listener: WorkerListener) {
    this.#child = fork(ENTRY, [JSON.stringify(order)], {
      // In a group of its own: Ctrl-C reaches the parent only, which passes it on once.
      detached: true,
      // What agents print goes to stderr: stdout is the command's.
      stdio: ['ignore', 2, 2, 'ipc'],
      serialization: 'advanced',
      env: process.env,
    });
    this.#child.on('message', (message: FromWorker) => {
      if (message.kind === 'started') listener.started();
      if (message.kind === 'ready') listener.ready(message);
      if (message.kind === 'reloaded') listener.reloaded(message);
      if (message.kind === 'ending') listener.ending(message.signal);
      if (message.kind === 'failed') this.#failure = message;
    });
    // A fork that failed has no exit; one that ran has its exit told once.
    let isOver = false;
    const over = (code: number | null, signal: NodeJS.Signals | null): void => {
      if (isOver) return;
      isOver = true;
      listener.ended({ code, signal, failure: this.#failure });
    };
    this.#child.on('error', () => {
      if (this.#child.pid === undefined) over(null, null);
    });
    this.#child.on('exit', over);
    this.#tell({ kind: 'start', ...start });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** The worker accepts connections from now on; the caller's copy can be closed when it is ready. */
  listen(server: net.Server): void {
    this.#tell({ kind: 'listen' }, server);
  }

  take(connection: net.Socket): void {
    this.#tell({ kind: 'connection' }, connection);
  }

  /**
   * Has one with a pool drain and end. No signal: whoever signals every process of a service, as systemd
   * does, would have told it twice, and the second one ends at once.
   */
  end(signal: EndSignal): void {
    this.#tell({ kind: 'end', signal });
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  #tell(message: ToWorker, handle?: net.Server | net.Socket): void {
    // It may have ended by now: its end tells more than an error would.
    if (this.#child.connected) this.#child.send(message, handle, () => {});
  }
}
