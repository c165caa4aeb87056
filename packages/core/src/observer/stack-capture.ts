/**
 * The stack of a thread while it is blocked, and whose turn it is. The thread is asked through its
 * inspector, which reaches running JavaScript at once and native code when that returns. The Debugger
 * domain would do it too, for tens of milliseconds, and left on it makes every await eleven times slower.
 */
import type { LoopCell, SlotOwner } from '../attribution/loop-cell.js';
import {
  PATIENT_PROBE_EXPRESSION,
  PROBE_EXPRESSION,
  type ProbeAnswer,
} from '../attribution/turn-probe.js';
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
const PLAIN_LOOKS = 4;
/** A stack that comes later than this finds a capture that has been given up. */
const LOOK_FOR_MS = 20;

/**
 * Resolves when the thread has answered, however long its native call takes. It is not asked again
 * once the turn is over.
 */
export async function captureStack(
  open: () => InspectorTarget,
  cell: Pick<LoopCell, 'switches'>,
): Promise<CapturedStack | undefined> {
  const target = open();
  try {
    let captured: CapturedStack | undefined;
    let endMs = Number.POSITIVE_INFINITY;
    for (let looks = 0; ; looks += 1) {
      const { result } = await target.post<{ result: { value?: string } }>('Runtime.evaluate', {
        expression: looks < PLAIN_LOOKS ? PROBE_EXPRESSION : PATIENT_PROBE_EXPRESSION,
        returnByValue: true,
        silent: true,
      });
      if (result.value === undefined) return captured;
      // From the first answer on: a native call may have kept it waiting.
      endMs = Math.min(endMs, performance.now() + LOOK_FOR_MS);
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
      if (cell.switches !== switches || performance.now() > endMs) return captured;
    }
  } finally {
    target.close();
  }
}
