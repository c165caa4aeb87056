/**
 * The live screen: events of the terminal and answers of the pool in, frames out, until somebody ends
 * it. The state and its frames are left to `top/`, the terminal to `screen/`.
 */
import { codeOf, type Clock } from '@tenantry/core/internal';
import type { PoolSource } from '../source/pool-watch.js';
import { PoolWatch } from '../source/pool-watch.js';
import { frameLines } from '../top/frame.js';
import { actionOf } from '../top/keymap.js';
import type { LiveTerminal, ScreenEnd, ScreenEvent } from '../top/live-port.js';
import { reduce, type TopEvent } from '../top/reducer.js';
import type { Link, TopState } from '../top/screen-state.js';

export interface LiveTop {
  readonly live: LiveTerminal;
  readonly source: PoolSource;
  /** Where `state.snapshot` came from. */
  readonly socket: string;
  readonly periodMs: number;
  readonly clock: Clock;
  /** The first screen; its size is the terminal's, whatever it says. */
  readonly state: TopState;
}

/** Resolves with what ended it; the terminal is given back by then. */
export async function runLiveTop(setup: LiveTop): Promise<ScreenEnd | 'quit'> {
  let ended!: (end: ScreenEnd | 'quit') => void;
  let failed!: (error: unknown) => void;
  const end = new Promise<ScreenEnd | 'quit'>((resolve, reject) => {
    ended = resolve;
    failed = reject;
  });

  let { state } = setup;
  const screen = setup.live.open((event) => guarded(() => onScreen(event)));
  const update = (event: TopEvent): void => {
    state = reduce(state, event);
    screen.show(frameLines(state));
  };
  const watch = new PoolWatch({
    ...setup,
    listener: {
      answered: (snapshot) => guarded(() => update({ kind: 'snapshot', snapshot })),
      late: (forMs) => guarded(() => update({ kind: 'link', link: { state: 'late', forMs } })),
      failed: (error, forMs) => guarded(() => update({ kind: 'link', link: linkOf(error, forMs) })),
    },
  });

  /** A bug in a frame ends the screen: the terminal is given back before it is told. */
  function guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      failed(error);
    }
  }

  function onScreen(event: ScreenEvent): void {
    switch (event.kind) {
      case 'ended':
        return ended(event.end);
      case 'resized':
        screen.wipe();
        return update(event);
      case 'resumed':
        update({ kind: 'resized', size: screen.size });
        return watch.askNow();
      case 'key':
        switch (actionOf(state.screen.mode, event.key)) {
          case 'quit':
            return ended('quit');
          case 'suspend':
            return screen.suspend();
          case 'redraw':
            screen.wipe();
            screen.show(frameLines(state));
            return watch.askNow();
          default:
            return update(event);
        }
    }
  }

  try {
    update({ kind: 'resized', size: screen.size });
    return await end;
  } finally {
    watch.stop();
    screen.close();
  }
}

/** Of what went wrong the first line: more has no room on the screen. */
function linkOf(error: unknown, forMs: number): Link {
  const code = codeOf(error);
  const [first = ''] = (error as Error).message.split('\n');
  if (code === undefined) return { state: 'failing', forMs, why: `bug: ${first}` };
  const isGone = code === 'TENANTRY_RUNTIME_NONE' || code === 'TENANTRY_RUNTIME_AMBIGUOUS';
  return { state: isGone ? 'gone' : 'failing', forMs, why: first };
}
