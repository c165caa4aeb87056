/**
 * A session of the pool whose client is at the other end of a WebSocket that may break and come back:
 * carries messages both ways, none lost and none doubled, and ends with its outcome. Who may connect is
 * left to the routes, what a socket does to the socket link.
 */
import { randomBytes } from 'node:crypto';
import type { Clock, Outcome, SessionHandle, Timer } from '@tenantry/core';
import { Acks, CLOSE_CODES, UnackedFrames, type Frame } from '@tenantry/core/client';
import { fromFrame, toDataFrame, toFrame, toWireOutcome, toWireProblem } from './frames.js';
import type { GatewayOptions } from './gateway-options.js';
import { Inbound } from './inbound.js';
import { KeptNotices } from './kept-notices.js';
import { canGo, type LinkState } from './link-state.js';
import type { Identity } from '../auth/identity.js';
import type { LinkOwner, SocketLink } from './socket-link.js';

const TICKET_BYTES = 32;

export interface LiveSessionParts {
  readonly clock: Clock;
  readonly options: GatewayOptions;
  /** Its end has reached the client, or nobody came in time. */
  onOver(session: LiveSession): void;
}

export class LiveSession implements LinkOwner {
  readonly handle: SessionHandle;
  readonly openedBy: Identity;
  readonly #parts: LiveSessionParts;
  readonly #inbound: Inbound;
  readonly #acks: Acks;
  readonly #kept = new UnackedFrames();
  readonly #notices: KeptNotices;
  #resumeTicket: string | undefined;
  #state: LinkState = 'waiting';
  #link: SocketLink | undefined;
  #grace: Timer | undefined;
  #outcome: Outcome | undefined;
  /** All of the agent's messages have been made frames. */
  #isPumpedOut = false;
  #hasRoom: (() => void) | undefined;

  constructor(handle: SessionHandle, openedBy: Identity, parts: LiveSessionParts) {
    this.handle = handle;
    this.openedBy = openedBy;
    this.#parts = parts;
    this.#inbound = new Inbound(handle, {
      pause: () => this.#link?.pause(),
      resume: () => this.#link?.resume(),
      accepted: (bytes) => {
        if (this.#link?.acknowledges === false) this.#acks.passed();
        else this.#acks.came(bytes);
      },
      refused: (frame, error) =>
        this.#give(toFrame({ type: 'refused', frame, ...toWireProblem(error) })),
    });
    this.#acks = new Acks(parts.clock, (received) =>
      this.#link?.send(toFrame({ type: 'ack', received })),
    );
    this.#acks.windowIs(parts.options.maxUnackedFrames);
    this.#notices = new KeptNotices(parts.clock);
    handle.onNotice((notice) => {
      const said = this.#notices.add(notice);
      this.#link?.send(toFrame({ type: 'notice', ...said }));
    });
    this.#wait();
    void this.#pump();
    void handle.done.then((outcome) => {
      this.#outcome = outcome;
      this.#endIfDone();
    });
  }

  get link(): SocketLink | undefined {
    return this.#link;
  }

  get state(): LinkState {
    return this.#state;
  }

  get outcome(): Outcome | undefined {
    return this.#outcome;
  }

  /** Fewest data frames that a client must have to go on without a gap. */
  get resumableFrom(): number {
    return this.#kept.goneCount;
  }

  /** Whether a client that has so many data frames can go on; undefined for one that does not count. */
  canResume(received: number | undefined): boolean {
    return received === undefined || this.#kept.reaches(received);
  }

  /** From now on this is its socket; one that it has is closed. */
  attach(link: SocketLink, received: number | undefined): void {
    const before = this.#link;
    this.#go('attached');
    this.#link = link;
    before?.close(CLOSE_CODES.takenOver, 'another connection took over');
    this.#grace?.cancel();
    const { resumeGraceMs, maxFrameBytes, maxUnackedFrames, maxUnackedBytes } = this.#parts.options;
    const { takenCount } = this.#inbound;
    link.send(
      toFrame({
        type: 'welcome',
        session: this.handle.id,
        received: takenCount,
        resumeTicket: this.#ownTicket(),
        resumeGraceMs,
        maxFrameBytes,
        maxUnackedFrames,
        maxUnackedBytes,
      }),
    );
    if (this.#outcome === undefined) {
      for (const notice of this.#notices.asOfNow())
        link.send(toFrame({ type: 'notice', ...notice }));
    }
    this.#inbound.readBy(link.acknowledges ? maxUnackedFrames : 0);
    if (received === undefined) for (const frame of this.#kept.release()) link.send(frame);
    else {
      this.#kept.acknowledge(received);
      for (const frame of this.#kept.all()) link.send(frame);
    }
    this.#letPump();
    this.#endIfDone();
  }

  /** Whether this opens its next connection. 256 random bits: comparing them tells nothing. */
  isResumeTicket(ticket: string): boolean {
    return ticket === this.#resumeTicket;
  }

  onText(link: SocketLink, text: string): void {
    if (link !== this.#link) return;
    let frame;
    try {
      frame = fromFrame(text);
    } catch (error) {
      link.close(CLOSE_CODES.badFrame, (error as Error).message.slice(0, 120));
      return;
    }
    switch (frame.type) {
      case 'message':
        this.#take(frame.data, text.length);
        break;
      case 'ack':
        if (!this.#kept.acknowledge(frame.received)) {
          link.close(CLOSE_CODES.badFrame, 'ack of more than was sent');
        }
        this.#letPump();
        break;
      case 'close':
        this.#inbound.afterAll(() => void this.handle.close());
        break;
      case 'cancel':
        void this.handle.cancel(frame.detail);
    }
  }

  onBytes(link: SocketLink, bytes: Uint8Array): void {
    if (link === this.#link) this.#take(bytes, bytes.length);
  }

  onRoom(link: SocketLink): void {
    if (link === this.#link) this.#letPump();
  }

  onClosed(link: SocketLink, code: number): void {
    if (link !== this.#link) return;
    this.#link = undefined;
    this.#acks.stop();
    if (code === CLOSE_CODES.ended && this.#outcome !== undefined && this.#isPumpedOut)
      this.#over();
    else if (canGo(this.#state, 'waiting')) {
      this.#go('waiting');
      this.#wait();
    }
  }

  /** The gateway goes away: the socket is closed, the session is left to its pool. */
  leave(): void {
    this.#grace?.cancel();
    this.#go('over');
    this.#link?.close(CLOSE_CODES.goingAway, 'the gateway goes away');
  }

  #take(message: unknown, bytes: number): void {
    if (this.#outcome !== undefined) return;
    this.#notices.messageCame();
    this.#inbound.take(message, bytes);
  }

  #ownTicket(): string {
    return (this.#resumeTicket ??= randomBytes(TICKET_BYTES).toString('base64url'));
  }

  async #pump(): Promise<void> {
    const { messages } = this.handle;
    for (;;) {
      if (!this.#canGive) await new Promise<void>((resolve) => (this.#hasRoom = resolve));
      const next = await messages.next();
      if (next.done === true) break;
      this.#give(toDataFrame(next.value));
    }
    this.#isPumpedOut = true;
    this.#endIfDone();
  }

  get #canGive(): boolean {
    const { maxUnackedFrames, maxUnackedBytes } = this.#parts.options;
    return (
      this.#link !== undefined &&
      this.#link.hasRoom &&
      this.#kept.count < maxUnackedFrames &&
      this.#kept.bytes < maxUnackedBytes
    );
  }

  #letPump(): void {
    if (this.#hasRoom === undefined || !this.#canGive) return;
    this.#hasRoom();
    this.#hasRoom = undefined;
  }

  #give(frame: Frame): void {
    const link = this.#link;
    this.#notices.messageCame();
    if (link?.isOpen !== true || link.acknowledges) this.#kept.add(frame);
    else this.#kept.pass();
    link?.send(frame);
  }

  #endIfDone(): void {
    if (this.#outcome === undefined || !this.#isPumpedOut || this.#link === undefined) return;
    this.#link.send(toFrame({ type: 'end', outcome: toWireOutcome(this.#outcome) }));
    this.#link.close(CLOSE_CODES.ended, 'ended');
  }

  #wait(): void {
    this.#grace = this.#parts.clock.after(this.#parts.options.resumeGraceMs, () => this.#over());
  }

  #over(): void {
    this.#go('over');
    this.#grace?.cancel();
    if (this.#outcome === undefined) void this.handle.cancel('its client did not come back');
    // What nobody reads any more is let go, so that the agent does not wait for a reader.
    this.#hasRoom?.();
    this.#parts.onOver(this);
  }

  #go(to: LinkState): void {
    if (canGo(this.#state, to)) this.#state = to;
  }
}
