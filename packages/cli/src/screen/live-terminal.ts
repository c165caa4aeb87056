/**
 * The terminal while a live screen has it: alternate buffer, raw keys, size, and the way back on every
 * path. Which streams and signals these are is left to main, what is shown to the frame.
 */
import { emitKeypressEvents, type Interface } from 'node:readline';
import type { LiveScreen, LiveTerminal, ScreenEnd, ScreenEvent, Size } from '../top/live-port.js';
import { ENTER, LEAVE, WIPE, frame } from './ansi.js';
import { keyOf, type Keypress } from './keys.js';

/** As much of a `tty.ReadStream` as is used. */
export type KeySource = NodeJS.ReadableStream & {
  readonly isTTY?: boolean;
  setRawMode?(isRaw: boolean): unknown;
};

/** As much of a `tty.WriteStream` as is used. */
export type ScreenSink = NodeJS.WritableStream & {
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
  readonly writableNeedDrain?: boolean;
};

/** The process as a source and a target of signals. */
export interface Signals {
  on(event: string, listener: () => void): unknown;
  off(event: string, listener: () => void): unknown;
  kill(pid: number, signal: NodeJS.Signals): unknown;
}

export interface TerminalParts {
  /** Left out where nobody can press keys. */
  readonly stdin: KeySource | undefined;
  readonly stdout: ScreenSink;
  readonly signals: Signals;
}

const USUAL_SIZE: Size = { columns: 80, rows: 24 };
/** How long a lone Esc may turn out to be the beginning of another key. */
const ESCAPE_MS = 50;
/** The process group of whoever sends it. */
const OWN_GROUP = 0;
/** An orphaned process group is never stopped: without the signal, the screen comes back after this. */
const NOT_STOPPED_MS = 100;

export function liveTerminal(parts: TerminalParts): LiveTerminal {
  return { open: (listener) => new TakenTerminal(parts, listener) };
}

/**
 *   shown ⇄ suspended
 *      └───────┴──► closed
 */
type State = 'shown' | 'suspended' | 'closed';

class TakenTerminal implements LiveScreen {
  readonly #stdin: KeySource | undefined;
  readonly #stdout: ScreenSink;
  readonly #signals: Signals;
  readonly #listener: (event: ScreenEvent) => void;
  readonly #unlisten: (() => void)[] = [];
  #state: State = 'suspended';
  #waiting: readonly string[] | undefined;
  #isWiped = false;

  constructor({ stdin, stdout, signals }: TerminalParts, listener: (event: ScreenEvent) => void) {
    this.#stdin = stdin?.isTTY === true ? stdin : undefined;
    this.#stdout = stdout;
    this.#signals = signals;
    this.#listener = listener;
    this.#listen();
    this.#take();
  }

  get size(): Size {
    const { columns, rows } = this.#stdout;
    // A terminal that does not know its size says 0.
    return {
      columns: columns || USUAL_SIZE.columns,
      rows: rows || USUAL_SIZE.rows,
    };
  }

  show(lines: readonly string[]): void {
    if (this.#state !== 'shown') return;
    // A slow terminal gets the latest frame, not all of them.
    if (this.#stdout.writableNeedDrain === true) {
      this.#waiting = lines;
      return;
    }
    this.#waiting = undefined;
    this.#stdout.write((this.#isWiped ? WIPE : '') + frame(lines));
    this.#isWiped = false;
  }

  wipe(): void {
    this.#isWiped = true;
  }

  suspend(): void {
    if (this.#state !== 'shown') return;
    this.#giveBack('suspended');
    this.#signals.off('SIGTSTP', this.#onStop);
    this.#signals.kill(OWN_GROUP, 'SIGTSTP');
    setTimeout(this.#onContinue, NOT_STOPPED_MS);
  }

  close(): void {
    if (this.#state === 'closed') return;
    this.#giveBack('closed');
    for (const stop of this.#unlisten.splice(0)) stop();
  }

  #take(): void {
    if (this.#state !== 'suspended') return;
    this.#state = 'shown';
    this.#stdout.write(ENTER);
    this.#stdin?.setRawMode?.(true);
    this.#stdin?.resume();
  }

  /** Writes of a terminal are synchronous, so that this works in the last moment of the process too. */
  #giveBack(state: 'suspended' | 'closed'): void {
    const wasShown = this.#state === 'shown';
    this.#state = state;
    if (!wasShown) return;
    this.#stdin?.setRawMode?.(false);
    this.#stdin?.pause();
    this.#stdout.write(LEAVE);
  }

  readonly #onStop = (): void => this.suspend();

  /** Comes by SIGCONT, and by the timer: only the first one finds the screen suspended. */
  readonly #onContinue = (): void => {
    if (this.#state === 'closed') return;
    this.#signals.off('SIGTSTP', this.#onStop);
    this.#signals.on('SIGTSTP', this.#onStop);
    // Stopped by SIGSTOP it was still shown: whatever the shell did to the terminal is undone.
    if (this.#state === 'shown') this.#giveBack('suspended');
    this.#take();
    this.#listener({ kind: 'resumed' });
  };

  #listen(): void {
    const ends = (end: ScreenEnd) => (): void => this.#listener({ kind: 'ended', end });
    const giveBack = (): void => this.close();
    this.#onSignal('SIGINT', ends('interrupted'));
    this.#onSignal('SIGTERM', ends('SIGTERM'));
    this.#onSignal('SIGHUP', ends('SIGHUP'));
    this.#onSignal('SIGTSTP', this.#onStop);
    this.#onSignal('SIGCONT', this.#onContinue);
    this.#onSignal('exit', giveBack);
    // Before the stack of a bug is printed, so that it can be read.
    this.#onSignal('uncaughtExceptionMonitor', giveBack);
    this.#on(this.#stdout, 'error', ends('SIGHUP'));
    // The way back may fail as well, when nobody else listens any more.
    this.#stdout.on('error', () => {});
    this.#on(this.#stdout, 'resize', () => this.#listener({ kind: 'resized', size: this.size }));
    this.#on(this.#stdout, 'drain', () => {
      if (this.#waiting !== undefined) this.show(this.#waiting);
    });
    if (this.#stdin === undefined) return;
    // readline asks for nothing else of the interface.
    emitKeypressEvents(this.#stdin, { escapeCodeTimeout: ESCAPE_MS } as unknown as Interface);
    this.#on(this.#stdin, 'keypress', (text?: string, press: Keypress = {}) => {
      const key = keyOf(text, press);
      if (key !== undefined) this.#listener({ kind: 'key', key });
    });
    this.#on(this.#stdin, 'error', ends('SIGHUP'));
    this.#on(this.#stdin, 'end', ends('SIGHUP'));
  }

  #onSignal(event: string, listener: () => void): void {
    this.#signals.on(event, listener);
    this.#unlisten.push(() => this.#signals.off(event, listener));
  }

  #on(
    emitter: NodeJS.EventEmitter,
    event: string,
    listener: (text?: string, press?: Keypress) => void,
  ): void {
    emitter.on(event, listener);
    this.#unlisten.push(() => emitter.off(event, listener));
  }
}
