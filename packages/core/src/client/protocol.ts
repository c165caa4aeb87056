/**
 * What client and gateway say to each other over a WebSocket: frames, close codes and the words of
 * `Sec-WebSocket-Protocol`. `docs/concepts/gateway.md` tells it whole; how each side keeps it is left
 * to the client here and to the gateway.
 *
 * Data frames are those of type `message`, and binary ones; of the gateway also `lost` and `refused`. Each side counts those it has taken; on a new
 * connection each tells the other its count, and the other goes on from there.
 */
import type { EndReason, OutcomeStatus } from '../vocabulary/end-reason.js';
import type { Rung } from '../vocabulary/rung.js';

/** The subprotocol of a session's socket. */
export const SESSION_PROTOCOL = 'tenantry.v1';
/** Followed by the credential in base64url: how a browser, which sets no headers, says who it is. */
export const BEARER_PROTOCOL_PREFIX = 'tenantry.bearer.';
/** Followed by the ticket that opening the session answered. */
export const TICKET_PROTOCOL_PREFIX = 'tenantry.ticket.';

/** Why the gateway closed a socket. After those that say so, the session lives on and can be resumed. */
export const CLOSE_CODES = {
  /** The session has ended; its `end` frame came before. */
  ended: 1000,
  /** The gateway goes away. */
  goingAway: 1001,
  /** A frame broke the protocol of WebSockets. Resumable. */
  brokenFrame: 1002,
  /** A text frame was no UTF-8. Resumable. */
  notUtf8: 1007,
  /** A frame was larger than `maxFrameBytes`. Resumable. */
  tooLarge: 1009,
  /** A bug of ours. Resumable. */
  internal: 1011,
  /** The client did not read what was sent to it. Resumable. */
  slowReader: 1013,
  /** A frame was no JSON, or of an unknown type. Resumable. */
  badFrame: 4400,
  /** Another connection took the session over. */
  takenOver: 4409,
} as const;

/** An error without its stack. */
export interface WireProblem {
  readonly code: string | null;
  readonly message: string;
}

/** How a session went; see `Outcome`. */
export interface WireOutcome {
  readonly session: string;
  readonly tenant: string;
  readonly agent: string;
  readonly status: OutcomeStatus;
  readonly reason: EndReason;
  /** What the agent returned; null where that is nothing, or no JSON. */
  readonly result: unknown;
  readonly error: WireProblem | null;
  readonly isolation: Rung;
  readonly durationMs: number;
  readonly messagesIn: number;
  readonly messagesOut: number;
}

export type ServerFrame =
  /** The first frame of every connection. */
  | {
      readonly type: 'welcome';
      readonly session: string;
      /** Data frames taken from the client so far: it goes on after them. */
      readonly received: number;
      /** Opens the next connection of this session; good for as long as the session is. */
      readonly resumeTicket: string;
      readonly resumeGraceMs: number;
      readonly maxFrameBytes: number;
      /** Data frames, and bytes of them, that may be under way without an `ack`, in each direction. */
      readonly maxUnackedFrames: number;
      readonly maxUnackedBytes: number;
    }
  | { readonly type: 'message'; readonly data: unknown }
  /** The session has accepted so many of the client's data frames. */
  | { readonly type: 'ack'; readonly received: number }
  /** The client's data frame of this number, from 1, was taken and did not reach the agent. A data frame. */
  | {
      readonly type: 'refused';
      readonly frame: number;
      readonly code: string;
      readonly message: string;
    }
  /** A message of the agent that JSON cannot carry stood here. A data frame. */
  | { readonly type: 'lost'; readonly code: string; readonly message: string }
  /** The session will be ended in so long, with this reason; null where that is not known. */
  | {
      readonly type: 'notice';
      readonly reason: EndReason;
      readonly leftMs: number | null;
      readonly detail: string;
    }
  | { readonly type: 'end'; readonly outcome: WireOutcome };

export type ClientFrame =
  | { readonly type: 'message'; readonly data: unknown }
  /** So many of the gateway's data frames have been consumed. */
  | { readonly type: 'ack'; readonly received: number }
  /** No more will be sent; the agent finishes. */
  | { readonly type: 'close' }
  /** The session is to end now. */
  | { readonly type: 'cancel'; readonly detail?: string };
