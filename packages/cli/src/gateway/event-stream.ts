/**
 * Server-sent events for whoever watches: the snapshot, a second apart and made once for all of them,
 * and what happens in between. Who falls behind misses snapshots; who does not read is let go, and so
 * is, with the reason, whoever would not be let in any more.
 */
import type { ServerResponse } from 'node:http';
import type { Clock, Log, Timer } from '@tenantry/core';
import { every } from '@tenantry/core/internal';
import type { GatewayPool } from './ports.js';
import { toProblem } from './problem.js';
import type { Call } from './route.js';

const SNAPSHOT_PERIOD_MS = 1_000;
/** What may wait for a reader before no snapshot is added, and before it is let go. */
const BEHIND_BYTES = 1_048_576;
const LOST_BYTES = 4 * BEHIND_BYTES;

interface Parts {
  readonly pool: GatewayPool;
  readonly clock: Clock;
  readonly log: Log;
}

type Reader = Pick<Call, 'requestId' | 'stillAdmitted'>;

export class EventStream {
  readonly #parts: Parts;
  /** Each with the request it is the answer of. */
  readonly #readers = new Map<ServerResponse, Reader>();
  #timer: Timer | undefined;
  #isTaking = false;
  #stopObserving: (() => void) | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  get readerCount(): number {
    return this.#readers.size;
  }

  add(response: ServerResponse, reader: Reader): void {
    response.flushHeaders();
    this.#readers.set(response, reader);
    response.on('close', () => this.#remove(response));
    response.on('error', () => this.#remove(response));
    if (this.#readers.size === 1) this.#begin();
    void this.#sendSnapshot();
  }

  close(): void {
    for (const response of this.#readers.keys()) response.end();
    this.#readers.clear();
    this.#end();
  }

  #begin(): void {
    const { pool, clock } = this.#parts;
    this.#timer = every(clock, SNAPSHOT_PERIOD_MS, () => {
      for (const [response, reader] of this.#readers) void this.#checkAgain(response, reader);
      void this.#sendSnapshot();
    });
    this.#stopObserving = pool.addObserver({
      onRuntimeEvent: (event) => this.#send('runtime', event),
      onSessionStart: (info) => this.#send('session.started', { ...info, metadata: undefined }),
      onSessionEnd: (_info, { session, tenant, agent, reason, status }) =>
        this.#send('session.ended', { session, tenant, agent, reason, status }),
    });
  }

  #end(): void {
    this.#timer?.cancel();
    this.#stopObserving?.();
    this.#timer = undefined;
    this.#stopObserving = undefined;
  }

  #remove(response: ServerResponse): void {
    if (this.#readers.delete(response) && this.#readers.size === 0) this.#end();
  }

  async #checkAgain(response: ServerResponse, reader: Reader): Promise<void> {
    try {
      await reader.stillAdmitted();
    } catch (error) {
      // Another check may have been under way.
      if (!this.#readers.has(response)) return;
      this.#remove(response);
      response.end(textOf('refused', toProblem(error, reader.requestId)));
    }
  }

  async #sendSnapshot(): Promise<void> {
    // One that takes long is not asked for twice.
    if (this.#isTaking) return;
    this.#isTaking = true;
    try {
      this.#send('snapshot', await this.#parts.pool.snapshot());
    } catch (err) {
      this.#parts.log.warn({ err }, '[gateway] no snapshot for those who watch');
    } finally {
      this.#isTaking = false;
    }
  }

  #send(event: string, data: unknown): void {
    const text = textOf(event, data);
    for (const response of this.#readers.keys()) {
      if (response.writableLength > LOST_BYTES) response.destroy();
      else if (event !== 'snapshot' || response.writableLength < BEHIND_BYTES) response.write(text);
    }
  }
}

function textOf(event: string, data: unknown): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
