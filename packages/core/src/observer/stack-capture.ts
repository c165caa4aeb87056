/**
 * The stack of a thread while it is blocked, and whose turn it is. The thread is asked through its
 * inspector, which reaches running JavaScript at once and native code when that returns. The Debugger
 * domain would do it too, for tens of milliseconds, and left on it makes every await eleven times slower.
 */
import type { SlotOwner } from '../attribution/loop-cell.js';
import { PROBE_EXPRESSION, type ProbeAnswer } from '../attribution/turn-probe.js';
import type { CodePlace } from '../snapshot/figures.js';
import { blamed, isInsideCall, toPlace, toStack } from './code-place.js';
import type { InspectorTarget } from './inspector-target.js';

export interface CapturedStack {
  /** Null where code of no session runs. */
  readonly owner: SlotOwner | null;
  /** Of the cell: which turn it was. */
  readonly switches: number;
  readonly place: CodePlace | null;
  readonly stack: readonly CodePlace[];
  /** Whether the thread was still inside a function of Node's that `place` had called. */
  readonly isInsideCall: boolean;
}

/** A look may land in a promise hook, where no frame is the user's: then it is taken again. */
const MOST_LOOKS = 10;

/** Resolves when the thread has answered, however long its native call takes. */
export async function captureStack(
  open: () => InspectorTarget,
): Promise<CapturedStack | undefined> {
  const target = open();
  try {
    let captured: CapturedStack | undefined;
    for (let looks = 0; looks < MOST_LOOKS; looks += 1) {
      const { result } = await target.post<{ result: { value?: string } }>('Runtime.evaluate', {
        expression: PROBE_EXPRESSION,
        returnByValue: true,
        silent: true,
      });
      if (result.value === undefined) return captured;
      const { owner, switches, frames } = JSON.parse(result.value) as ProbeAnswer;
      // What is asked again may have become a later turn.
      if (captured !== undefined && captured.switches !== switches) return captured;
      const frame = blamed(frames);
      captured = {
        owner,
        switches,
        place: frame === undefined ? null : toPlace(frame),
        stack: toStack(frames),
        isInsideCall: frame?.isAsync === false && isInsideCall(frames),
      };
      if (frame !== undefined && !frame.isAsync) return captured;
    }
    return captured;
  } finally {
    target.close();
  }
}
