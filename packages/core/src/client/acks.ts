/** When to say what has come: after so many frames or bytes, or after a while. */
import type { Clock, Timer } from '../time/clock.js';

const MOST_FRAMES = 32;
/** Before the window is full, so that the other side need not stop. */
const SHARE_OF_WINDOW = 4;
const EVERY_BYTES = 65_536;
const AFTER_MS = 200;

export class Acks {
  readonly #clock: Clock;
  readonly #say: (received: number) => void;
  #everyFrames = MOST_FRAMES;
  #timer: Timer | undefined;
  #received = 0;
  #saidCount = 0;
  #bytes = 0;

  /** `say` is called with the number of frames that have come. */
  constructor(clock: Clock, say: (received: number) => void) {
    this.#clock = clock;
    this.#say = say;
  }

  /** The other side has at most so many frames under way. */
  windowIs(frames: number): void {
    this.#everyFrames = Math.max(1, Math.min(MOST_FRAMES, Math.floor(frames / SHARE_OF_WINDOW)));
  }

  came(bytes: number): void {
    this.#received += 1;
    this.#bytes += bytes;
    const isMuch =
      this.#received - this.#saidCount >= this.#everyFrames || this.#bytes >= EVERY_BYTES;
    if (isMuch) this.#now();
    else this.#timer ??= this.#clock.after(AFTER_MS, () => this.#now());
  }

  /** One that nobody wants to hear of. */
  passed(): void {
    this.#received += 1;
    this.#saidCount += 1;
  }

  /** Nobody is there to be told. */
  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #now(): void {
    this.stop();
    this.#saidCount = this.#received;
    this.#bytes = 0;
    this.#say(this.#received);
  }
}
