/**
 * The address of a service while no worker has it: taken by the parent, whose connections wait, unread,
 * for the next worker. A bounded number for a bounded time; the others are refused, not kept hanging.
 */
import net from 'node:net';
import type { Clock, Timer } from '@tenantry/core/internal';
import { listenOn, type Address } from './listening.js';

const MOST_WAITING = 1_024;
const LONGEST_WAIT_MS = 30_000;

export class HeldPort {
  readonly server: net.Server;
  readonly #clock: Clock;
  readonly #waiting = new Map<net.Socket, Timer>();

  private constructor(clock: Clock) {
    this.#clock = clock;
    this.server = net.createServer({ pauseOnConnect: true }, (socket) => this.#hold(socket));
  }

  /** @throws TENANTRY_ADDRESS_IN_USE, TENANTRY_LISTEN_FAILED */
  static async take(
    address: Address,
    clock: Clock,
  ): Promise<{ readonly held: HeldPort; readonly address: Address }> {
    const held = new HeldPort(clock);
    return { held, address: await listenOn(held.server, address) };
  }

  /** The worker has the server now: hands over who waits, and accepts nobody any more. */
  handOver(take: (connection: net.Socket) => void): void {
    this.server.close();
    for (const [socket, timer] of this.#waiting) {
      timer.cancel();
      take(socket);
    }
    this.#waiting.clear();
  }

  close(): void {
    this.server.close();
    for (const [socket, timer] of this.#waiting) {
      timer.cancel();
      socket.destroy();
    }
    this.#waiting.clear();
  }

  #hold(socket: net.Socket): void {
    if (this.#waiting.size >= MOST_WAITING) {
      socket.destroy();
      return;
    }
    const leave = (): void => {
      this.#waiting.get(socket)?.cancel();
      this.#waiting.delete(socket);
    };
    socket.on('error', leave);
    socket.on('close', leave);
    const timer = this.#clock.after(LONGEST_WAIT_MS, () => {
      leave();
      socket.destroy();
    });
    this.#waiting.set(socket, timer);
  }
}
