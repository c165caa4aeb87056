/**
 * What another thread learns when it has this one evaluate an expression in the middle of whatever it
 * runs: whose turn it is, and its stack. V8 evaluates it at the next loop or call of running
 * JavaScript, on top of the stack that is there, in half a millisecond and without a debugger.
 */
import { createHook } from 'node:async_hooks';
import type { LoopCell, SlotOwner } from './loop-cell.js';
import { currentOwner } from './turn-scope.js';

/** A frame of the stack; lines and columns count from one. */
export interface ProbedFrame {
  readonly functionName: string;
  /** A file URL, or `node:…`; empty for code without a file. */
  readonly url: string;
  readonly line: number;
  readonly column: number;
  /** A function that waits for one below it on the stack. */
  readonly isAsync: boolean;
}

export interface ProbeAnswer {
  /** Null for nobody's turn. */
  readonly owner: SlotOwner | null;
  /** Of the cell: which turn it is. */
  readonly switches: number;
  readonly frames: readonly ProbedFrame[];
}

const NAME = 'tenantry.turn-probe';
const MOST_FRAMES = 40;

/** Evaluates to a ProbeAnswer as JSON. */
export const PROBE_EXPRESSION = `globalThis[Symbol.for('${NAME}')]?.()`;

/**
 * The same, with the stack of the next promise that this turn makes once there is one. In a storm of
 * microtasks an evaluation lands between two of them nearly always; where a promise is made, who makes
 * it is on the stack.
 */
export const PATIENT_PROBE_EXPRESSION = `globalThis[Symbol.for('${NAME}')]?.(true)`;

/** Returns the function that stops it. */
export function answerProbes(cell: LoopCell): () => void {
  let kept: ProbeAnswer | undefined;
  const look = (top: (...args: never[]) => unknown): ProbeAnswer => {
    const turn = currentOwner();
    const owner =
      turn === undefined ? null : { session: turn.id, tenant: turn.tenant, agent: turn.agent };
    return { owner, switches: cell.switches, frames: framesBelow(top) };
  };
  const init = (): void => {
    hook.disable();
    kept = look(init);
  };
  const hook = createHook({ init });
  const answer = (isPatient = false): string => {
    const last = kept;
    kept = undefined;
    if (isPatient && last?.switches === cell.switches) return JSON.stringify(last);
    if (isPatient) hook.enable();
    return JSON.stringify(look(answer));
  };
  const name = Symbol.for(NAME);
  Object.defineProperty(globalThis, name, { value: answer, configurable: true });
  return () => {
    hook.disable();
    Reflect.deleteProperty(globalThis, name);
  };
}

/** The stack below `top`, whatever the code that runs has made of stack traces. */
function framesBelow(top: (...args: never[]) => unknown): ProbedFrame[] {
  const { stackTraceLimit } = Error;
  const formerly = Object.getOwnPropertyDescriptor(Error, 'prepareStackTrace');
  const holder: { stack?: unknown } = {};
  try {
    Error.stackTraceLimit = MOST_FRAMES;
    Error.prepareStackTrace = (_error, sites) => sites.map(toFrame);
    Error.captureStackTrace(holder, top);
    // Formatted when it is first read.
    return holder.stack as ProbedFrame[];
  } catch {
    // A tenant may have frozen Error.
    return [];
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    if (formerly === undefined) Reflect.deleteProperty(Error, 'prepareStackTrace');
    else Object.defineProperty(Error, 'prepareStackTrace', formerly);
  }
}

function toFrame(site: NodeJS.CallSite): ProbedFrame {
  return {
    functionName: site.getFunctionName() ?? '',
    url: site.getScriptNameOrSourceURL() ?? '',
    line: site.getLineNumber() ?? 1,
    column: site.getColumnNumber() ?? 1,
    isAsync: (site as { isAsync?: () => boolean }).isAsync?.() ?? false,
  };
}
