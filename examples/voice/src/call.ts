/**
 * One call as its client sees it: sends a clip's frames on time, hears the agent's replies, and says
 * how it went. Which calls there are and when they start is told in load.ts.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { AgentPool, Outcome, Rung, SessionHandle } from '@tenantry/core';
import type { AudioFrame, VadReply, VadResult } from './agents/vad.js';
import { FRAME_MS } from './frames.js';
import type { TenantTally } from './result.js';
import type { Segment } from './segments.js';
import type { Clip } from './wav.js';

export type Call = SessionHandle<AudioFrame, VadReply, VadResult>;

export interface CallReport {
  /** The rung it ran on. */
  readonly rung: Rung;
  /** Whether the clip was played from its start to its end. */
  readonly isWhole: boolean;
  readonly segments: readonly Segment[];
  /** What went wrong; undefined for a call that completed and answered every frame. */
  readonly failure: string | undefined;
}

export interface PlayOptions {
  /** When the first frame is due, on the clock of `performance.now()`. */
  readonly startMs: number;
  /** Ends the call early, as a caller who hangs up. */
  readonly hangUp: AbortSignal;
  readonly tally: TenantTally;
}

export function openCall(pool: AgentPool, tenant: string): Promise<Call> {
  return pool.open<AudioFrame, VadReply, VadResult>({ tenant, agent: 'vad', input: {} });
}

/** Plays a clip into a call and closes it; never rejects. */
export async function playClip(call: Call, clip: Clip, options: PlayOptions): Promise<CallReport> {
  const sentAtMs: number[] = [];
  const hearing = hear(call, sentAtMs, options.tally);
  const sendError = await speak(call, clip, sentAtMs, options);
  const outcome = await call.close();
  const { segments, ackCount } = await hearing;
  return {
    rung: outcome.isolation,
    isWhole: sentAtMs.length === clip.frames.length,
    segments,
    failure: failureOf(outcome, sendError, sentAtMs.length, ackCount),
  };
}

/** Answers the error that a `send` failed with. */
async function speak(
  call: Call,
  clip: Clip,
  sentAtMs: number[],
  { startMs, hangUp, tally }: PlayOptions,
): Promise<Error | undefined> {
  for (const [frame, pcm] of clip.frames.entries()) {
    // By the clock and not by the frame before, so that nothing adds up; a late frame goes at once.
    const dueMs = startMs + frame * FRAME_MS;
    const waitMs = dueMs - performance.now();
    if (waitMs > 0) await sleep(Math.ceil(waitMs));
    if (hangUp.aborted) return undefined;
    const nowMs = performance.now();
    if (nowMs - dueMs > FRAME_MS) tally.lateFrames += 1;
    sentAtMs.push(nowMs);
    try {
      await call.send({ frame, pcm });
    } catch (error) {
      return error as Error;
    }
    tally.frames += 1;
  }
  return undefined;
}

interface Heard {
  readonly segments: readonly Segment[];
  readonly ackCount: number;
}

async function hear(call: Call, sentAtMs: readonly number[], tally: TenantTally): Promise<Heard> {
  const segments: Segment[] = [];
  let ackCount = 0;
  try {
    for await (const reply of call.messages) {
      switch (reply.kind) {
        case 'ack':
          tally.answered(performance.now() - (sentAtMs[reply.frame] ?? Number.NaN));
          ackCount += 1;
          break;
        case 'speech-started':
          tally.segments += 1;
          break;
        case 'speech-ended':
          segments.push({ startMs: reply.startMs, endMs: reply.endMs });
          break;
      }
    }
  } catch {
    // A session that breaks says why in its outcome.
  }
  return { segments, ackCount };
}

function failureOf(
  outcome: Outcome<VadResult>,
  sendError: Error | undefined,
  sentCount: number,
  ackCount: number,
): string | undefined {
  if (outcome.reason !== 'completed') {
    return `ended as ${outcome.reason}: ${outcome.error?.message ?? 'no reason given'}`;
  }
  if (sendError !== undefined) return `a frame was refused: ${sendError.message}`;
  if (ackCount !== sentCount || outcome.result?.frames !== sentCount) {
    return (
      `${sentCount} frames were sent, ${outcome.result?.frames} reached the agent and ` +
      `${ackCount} were answered`
    );
  }
  return undefined;
}
