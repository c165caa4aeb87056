/** Frames as they stand on a socket: a session's messages and ends as text or bytes, and back. */
import { TenantryError, codeOf, isErrorCode, type Outcome } from '@tenantry/core';
import {
  jsonText,
  type ClientFrame,
  type Frame,
  type ServerFrame,
  type WireOutcome,
  type WireProblem,
} from '@tenantry/core/client';
import { z } from 'zod';

export function toFrame(frame: ServerFrame): string {
  return JSON.stringify(frame);
}

/** The data frame of what an agent has sent. */
export function toDataFrame(message: unknown): Frame {
  if (message instanceof Uint8Array) return message;
  try {
    return `{"type":"message","data":${jsonText(message)}}`;
  } catch (error) {
    return toFrame({ type: 'lost', ...toWireProblem(error) });
  }
}

const Control = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('ack'), received: z.int().min(0) }),
  z.strictObject({ type: z.literal('close') }),
  z.strictObject({ type: z.literal('cancel'), detail: z.string().max(1_000).optional() }),
]);

/**
 * A text frame of a client. What its `data` may hold is left to the session.
 * @throws TENANTRY_REQUEST_INVALID
 */
export function fromFrame(text: string): ClientFrame {
  let frame: unknown;
  try {
    frame = JSON.parse(text);
  } catch {
    throw invalidFrame('it is no JSON');
  }
  // The common one, without a schema's cost.
  if (isMessage(frame)) return frame;
  const control = Control.safeParse(frame);
  if (control.success) return control.data as ClientFrame;
  throw invalidFrame('expected {"type":"message","data":…}, or type "ack", "close" or "cancel"');
}

function isMessage(frame: unknown): frame is Extract<ClientFrame, { type: 'message' }> {
  return (
    typeof frame === 'object' &&
    frame !== null &&
    (frame as ClientFrame).type === 'message' &&
    'data' in frame
  );
}

function invalidFrame(why: string): TenantryError {
  return new TenantryError('TENANTRY_REQUEST_INVALID', `frame: ${why}`);
}

/** Without its stack, which tells of files and lines. */
export function toWireProblem(error: unknown): { readonly code: string; readonly message: string } {
  const code = codeOf(error);
  const message = error instanceof Error ? error.message : String(error);
  return { code: isErrorCode(code) ? code : 'TENANTRY_INTERNAL', message };
}

export function toWireOutcome(outcome: Outcome): WireOutcome {
  const { session, tenant, agent, status, reason, isolation, durationMs } = outcome;
  const { messagesIn, messagesOut } = outcome;
  return {
    session,
    tenant,
    agent,
    status,
    reason,
    result: carried(outcome.result),
    error: problemOf(outcome.error),
    isolation,
    durationMs,
    messagesIn,
    messagesOut,
  };
}

function problemOf(error: Error | undefined): WireProblem | null {
  if (error === undefined) return null;
  return { code: codeOf(error) ?? null, message: error.message };
}

function carried(result: unknown): unknown {
  if (result === undefined) return null;
  try {
    jsonText(result);
    return result;
  } catch {
    return null;
  }
}
