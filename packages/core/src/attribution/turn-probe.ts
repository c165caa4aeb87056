/**
 * What another thread learns when it has this one evaluate an expression in the middle of whatever it
 * runs: whose turn it is, and its stack. V8 evaluates it at the next loop or call of running
 * JavaScript, on top of the stack that is there, in half a millisecond and without a debugger.
 */
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

/** Returns the function that stops it. */
export function answerProbes(cell: LoopCell): () => void {
  const answer = (): string => {
    const turn = currentOwner();
    const owner =
      turn === undefined ? null : { session: turn.id, tenant: turn.tenant, agent: turn.agent };
    const probed: ProbeAnswer = { owner, switches: cell.switches, frames: framesBelow(answer) };
    return JSON.stringify(probed);
  };
  const name = Symbol.for(NAME);
  Object.defineProperty(globalThis, name, { value: answer, configurable: true });
  return () => void Reflect.deleteProperty(globalThis, name);
}

/** The stack below `top`, whatever the code that runs has made of stack traces. */
function framesBelow(top: () => unknown): ProbedFrame[] {
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
