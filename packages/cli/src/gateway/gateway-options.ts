/** What can be set about the front of a service: bounds on requests, sockets and sessions without one. */
import { z } from 'zod';

const KIB = 1_024;
const MIB = 1_048_576;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

export const GatewayOptions = z.strictObject({
  /** Largest request body. */
  maxBodyBytes: z
    .int()
    .min(KIB)
    .max(256 * MIB)
    .default(MIB),
  /** Largest frame of a WebSocket, either way; a larger one closes it with 1009. */
  maxFrameBytes: z
    .int()
    .min(KIB)
    .max(256 * MIB)
    .default(MIB),
  /** Deepest nesting of a request body. */
  maxBodyDepth: z.int().min(1).max(1_000).default(100),
  /** A request's headers have to be here by then. */
  headersTimeoutMs: z.int().min(50).max(HOUR_MS).default(10_000),
  /** A whole request has to be here by then. */
  requestTimeoutMs: z.int().min(50).max(HOUR_MS).default(30_000),
  /** A connection without a request is closed after this. */
  keepAliveTimeoutMs: z.int().min(50).max(HOUR_MS).default(5_000),
  /** Most connections at once; 80 % of the descriptors the process may have where left out. */
  maxConnections: z.int().min(1).max(1_000_000).optional(),
  /** How long a session waits for its socket, first and again; then it is cancelled. */
  resumeGraceMs: z.int().min(0).max(DAY_MS).default(30_000),
  /** How long a ticket of a new session is good for. */
  ticketTtlMs: z.int().min(100).max(HOUR_MS).default(30_000),
  /** Each socket is pinged this often; one that has not answered by the next ping is ended. */
  heartbeatMs: z.int().min(50).max(HOUR_MS).default(15_000),
  /** Data frames kept until the client has acknowledged them; the agent waits beyond. */
  maxUnackedFrames: z.int().min(1).max(1_000_000).default(256),
  /** Bytes of them. */
  maxUnackedBytes: z
    .int()
    .min(KIB)
    .max(1_024 * MIB)
    .default(MIB),
  /** Bytes that wait in a socket to be sent; the agent waits beyond. */
  maxSendQueueBytes: z
    .int()
    .min(KIB)
    .max(1_024 * MIB)
    .default(256 * KIB),
  /** A socket whose send queue stays full for so long is closed with 1013. */
  slowReaderTimeoutMs: z.int().min(50).max(HOUR_MS).default(10_000),
  /** How long the answer to a request with an `Idempotency-Key` is kept. */
  idempotencyTtlMs: z.int().min(1_000).max(DAY_MS).default(600_000),
  /** Names by which it may be called where no credential is asked for, beside those of loopback. */
  allowedHosts: z.array(z.string().min(1)).default([]),
  /** Origins of web pages that may call it, beside its own. */
  allowedOrigins: z.array(z.string().min(1)).default([]),
});
export type GatewayOptions = Readonly<z.output<typeof GatewayOptions>>;
export type GatewayOptionsInput = z.input<typeof GatewayOptions>;
