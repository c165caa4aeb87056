import { EventEmitter, once } from 'node:events';
import { PassThrough, Writable } from 'node:stream';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { liveTerminal } from '../../src/screen/live-terminal.js';
import type { LiveScreen, ScreenEvent } from '../../src/top/live-port.js';

const ENTERED = '\u001b[?1049h\u001b[?25l\u001b[?7l\u001b[2J';
const LEFT = '\u001b[0m\u001b[?7h\u001b[?25h\u001b[?1049l';

class Sink extends Writable {
  text = '';
  columns: number | undefined = 80;
  rows: number | undefined = 24;
  isFull = false;

  constructor() {
    super();
    Object.defineProperty(this, 'writableNeedDrain', { get: () => this.isFull });
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error) => void): void {
    this.text += chunk.toString();
    done();
  }
}

class Keyboard extends PassThrough {
  readonly isTTY = true;
  isRaw = false;

  setRawMode(isRaw: boolean): void {
    this.isRaw = isRaw;
  }
}

class Signals extends EventEmitter {
  readonly sent: (readonly [number, string])[] = [];

  kill(pid: number, signal: string): void {
    this.sent.push([pid, signal]);
  }
}

let stdin: Keyboard;
let stdout: Sink;
let signals: Signals;
let events: ScreenEvent[];
let screen: LiveScreen;
beforeEach(() => {
  stdin = new Keyboard();
  stdout = new Sink();
  signals = new Signals();
  events = [];
  screen = liveTerminal({ stdin, stdout, signals }).open((event) => events.push(event));
});

describe('a live screen', () => {
  test('takes the terminal and gives it back once, with nothing listening any more', () => {
    expect([stdout.text, stdin.isRaw]).toEqual([ENTERED, true]);
    screen.close();
    screen.close();
    screen.show(['late']);
    expect([stdout.text, stdin.isRaw, stdin.isPaused()]).toEqual([ENTERED + LEFT, false, true]);
    expect(signals.eventNames()).toEqual([]);
    expect(stdin.listenerCount('keypress')).toBe(0);
    // A terminal that has gone cannot take the way back: its error has a listener to the end.
    expect(stdout.listenerCount('error')).toBe(1);
  });

  test('a frame is one write: home, and each line erased before it is written', () => {
    stdout.text = '';
    screen.show(['one', 'two']);
    expect(stdout.text).toBe('\u001b[H\u001b[Kone\r\n\u001b[Ktwo');
    stdout.text = '';
    screen.wipe();
    screen.show(['a']);
    screen.show(['b']);
    expect(stdout.text).toBe('\u001b[2J\u001b[H\u001b[Ka\u001b[H\u001b[Kb');
  });

  test('a slow terminal gets the latest frame only', () => {
    stdout.text = '';
    stdout.isFull = true;
    screen.show(['one']);
    screen.show(['two']);
    expect(stdout.text).toBe('');
    stdout.isFull = false;
    stdout.emit('drain');
    stdout.emit('drain');
    expect(stdout.text).toBe('\u001b[H\u001b[Ktwo');
  });

  test('tells keys and sizes; a terminal that knows no size has a usual one', async () => {
    const pressed = once(stdin, 'keypress');
    stdin.write('q');
    await pressed;
    stdout.columns = 100;
    stdout.emit('resize');
    stdout.columns = 0;
    stdout.rows = undefined;
    stdout.emit('resize');
    expect(events).toEqual([
      { kind: 'key', key: { name: 'q', text: 'q' } },
      { kind: 'resized', size: { columns: 100, rows: 24 } },
      { kind: 'resized', size: { columns: 80, rows: 24 } },
    ]);
  });

  test.each([
    ['SIGINT', () => signals.emit('SIGINT'), 'interrupted'],
    ['SIGTERM', () => signals.emit('SIGTERM'), 'SIGTERM'],
    ['SIGHUP', () => signals.emit('SIGHUP'), 'SIGHUP'],
    ['an output that has gone', () => stdout.emit('error', new Error('EPIPE')), 'SIGHUP'],
    ['an input that has gone', () => stdin.emit('error', new Error('EIO')), 'SIGHUP'],
  ] as const)('%s ends it', (_, happen, end) => {
    happen();
    expect(events).toEqual([{ kind: 'ended', end }]);
  });

  test.each(['exit', 'uncaughtExceptionMonitor'])('%s gives the terminal back', (event) => {
    signals.emit(event);
    expect([stdout.text, stdin.isRaw]).toEqual([ENTERED + LEFT, false]);
  });

  test('suspended, it gives the terminal back, stops its group, and comes back', () => {
    screen.suspend();
    expect([stdout.text, stdin.isRaw]).toEqual([ENTERED + LEFT, false]);
    expect(signals.sent).toEqual([[0, 'SIGTSTP']]);
    // Its own signal is to stop it, not to be listened to.
    expect(signals.listenerCount('SIGTSTP')).toBe(0);
    screen.show(['hidden']);
    signals.emit('SIGCONT');
    expect([stdout.text, stdin.isRaw]).toEqual([ENTERED + LEFT + ENTERED, true]);
    expect(events).toEqual([{ kind: 'resumed' }]);
    expect(signals.listenerCount('SIGTSTP')).toBe(1);
    screen.close();
  });

  test('stopped from outside it does the same', () => {
    signals.emit('SIGTSTP');
    expect(signals.sent).toEqual([[0, 'SIGTSTP']]);
    screen.close();
    signals.emit('SIGCONT');
    expect(stdout.text).toBe(ENTERED + LEFT);
  });

  test('without a keyboard it listens to signals alone', () => {
    screen.close();
    const pipe = Object.assign(new PassThrough(), { isTTY: false });
    liveTerminal({ stdin: pipe, stdout, signals }).open((event) => events.push(event));
    expect(pipe.listenerCount('keypress') + pipe.listenerCount('end')).toBe(0);
    signals.emit('SIGINT');
    expect(events).toEqual([{ kind: 'ended', end: 'interrupted' }]);
  });
});
