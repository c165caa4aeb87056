/**
 * Pure: whether a replay went as the session it is of. Reproduced: the same messages, and the same end.
 * Diverged: another message, or an effect that was not recorded. Else not reproduced.
 */
import type { SessionRecording } from '@tenantry/core';
import { isErrorCode } from '@tenantry/core';
import { maskText, maskValue } from '@tenantry/core/internal';
import { differencesOf, valueText, type Difference } from './difference.js';
import type { Replayed } from './replay-messages.js';

export type Verdict = 'reproduced' | 'not-reproduced' | 'diverged';

export interface Comparison {
  readonly verdict: Verdict;
  /** The first message that is another one, from 1; null where none is. */
  readonly divergedAt: number | null;
  /** In one sentence. */
  readonly why: string;
  readonly differences: readonly Difference[];
}

type Event = SessionRecording['events'][number];
type End = NonNullable<SessionRecording['end']>;
type Out = Event & { kind: 'out' };

/** `isPayload`: the messages of the session were not kept, and only its end is compared. */
export function compare(
  recorded: SessionRecording,
  replay: Replayed,
  { isPayload = false }: { readonly isPayload?: boolean } = {},
): Comparison {
  const { recording: replayed, stalledAt } = replay;
  const missing = replayed.events.findIndex(({ kind }) => kind === 'effect-missing');
  const before = comparedOuts(recorded);
  const after = isPayload ? [] : outsOf(replayed.events);
  const end = replayed.end;
  for (const [at, { value }] of before.entries()) {
    const other = after[at];
    const number = at + 1;
    if (other === undefined) {
      if (missing >= 0) break;
      return lacking(number, value, stalledAt, end);
    }
    const differences = differencesOf(value, other.value);
    if (differences.length === 0) continue;
    if (missing >= 0 && outsOf(replayed.events.slice(0, missing)).length < number) break;
    const why = `message ${number} is another one`;
    return { verdict: 'diverged', divergedAt: number, why, differences };
  }
  const effect = replayed.events[missing];
  if (effect?.kind === 'effect-missing') return unrecorded(effect, replayed.events, missing);
  if (recorded.cut !== null) {
    const why = `${recorded.cut.droppedEvents} events are missing from the recording after its message ${before.length}; up to there the replay went the same way`;
    return { verdict: 'not-reproduced', divergedAt: null, why, differences: [] };
  }
  return compareEnds(recorded, end, before.length, after, stalledAt);
}

function compareEnds(
  { end: expected }: SessionRecording,
  end: SessionRecording['end'],
  count: number,
  after: readonly Out[],
  stalledAt: Replayed['stalledAt'],
): Comparison {
  if (expected === null) {
    const why = 'the session was running when it was recorded; up to there the replay is the same';
    return { verdict: 'reproduced', divergedAt: null, why, differences: [] };
  }
  const extra = after[count];
  const differs = end === null ? 'reason' : endDifference(expected, end);
  if (differs === null && extra !== undefined) {
    return {
      verdict: 'diverged',
      divergedAt: count + 1,
      why: `message ${count + 1} was not in the recording`,
      differences: [
        { path: 'message', recorded: null, replayed: valueText(maskValue(extra.value)) },
      ],
    };
  }
  if (differs === null) {
    const why = `${count === 1 ? 'one message' : `${count} messages`} and the end are the same: ${ended(expected)}`;
    return { verdict: 'reproduced', divergedAt: null, why, differences: [] };
  }
  const now =
    end === null
      ? stalledAt === 'end'
        ? 'the replay went on until it was given up'
        : 'the replay runs on'
      : `the replay ${ended(end)}`;
  const result =
    end?.reason === 'completed' && expected.reason === 'completed'
      ? differencesOf(expected.result, end.result).map((one) => ({
          ...one,
          path: one.path.replace(/^message/, 'result'),
        }))
      : [];
  const why = `the session ${ended(expected)}; ${now}`;
  return { verdict: 'not-reproduced', divergedAt: null, why, differences: result };
}

/** Null where they are the same. Errors of the runtime are known by code: their messages have figures. */
function endDifference(one: End, other: End): string | null {
  const isSame = one.reason === other.reason && one.status === other.status;
  if (!isSame) return 'reason';
  if (one.reason === 'completed') {
    return differencesOf(one.result, other.result).length === 0 ? null : 'result';
  }
  const [error, otherError] = [one.error, other.error];
  if (isErrorCode(error?.code)) return error.code === otherError?.code ? null : 'code';
  return differencesOf(toldOf(error), toldOf(otherError)).length === 0 ? null : 'error';
}

/** What an error is compared by. */
function toldOf(error: End['error']): object {
  return { name: error?.name, code: error?.code, message: error?.message };
}

/** `failed with TypeError: no amount`; `completed`; `ended with "memory-limit"`. */
export function ended({ reason, error }: End): string {
  if (reason === 'completed') return 'completed';
  const said =
    error === undefined
      ? ''
      : maskText(`${error.code ?? error.name}: ${error.message}`).slice(0, 300);
  return reason === 'failed' ? `failed with ${said}` : `ended with "${reason}" (${said})`;
}

function lacking(
  number: number,
  value: unknown,
  stalledAt: Replayed['stalledAt'],
  end: SessionRecording['end'],
): Comparison {
  const instead =
    end !== null
      ? `the replay ${ended(end)}`
      : stalledAt === null
        ? 'the replay runs on'
        : 'it did not come in time';
  return {
    verdict: 'diverged',
    divergedAt: number,
    why: `message ${number} is missing: ${instead}`,
    differences: [{ path: 'message', recorded: valueText(maskValue(value)), replayed: null }],
  };
}

function unrecorded(
  { name, index }: Event & { kind: 'effect-missing' },
  events: readonly Event[],
  at: number,
): Comparison {
  return {
    verdict: 'diverged',
    divergedAt: outsOf(events.slice(0, at)).length + 1,
    why: `effect ${JSON.stringify(name)} was not recorded (number ${index + 1} of this name)`,
    differences: [],
  };
}

function comparedOuts({ events, cut }: SessionRecording): Out[] {
  return outsOf(cut === null ? events : events.slice(0, cut.afterEvents));
}

function outsOf(events: readonly Event[]): Out[] {
  return events.filter((event): event is Out => event.kind === 'out');
}
