/** Something on the other side of which messages are echoed; what `messages` compares. */
export interface EchoPeer {
  readonly name: string;
  /** So many round trips, with so many under way at any moment. */
  readonly exchange: (count: number, width: number) => Promise<void>;
  close(): Promise<void>;
}

/** About 200 bytes as JSON: a few fields of the kinds that messages are made of. */
export const MESSAGE = {
  kind: 'utterance',
  id: 48_213,
  at: 1_764_000_000_123,
  final: true,
  confidence: 0.93,
  locale: 'en-GB',
  text: 'could you move my appointment on thursday to the afternoon, please, any time after two is fine',
};

/** Round trips over a channel that delivers replies to a listener, `width` of them under way. */
export class Exchange {
  readonly #post: (message: unknown) => void;
  #onReply: () => void = () => {};

  constructor(post: (message: unknown) => void) {
    this.#post = post;
  }

  /** To be called for every reply. */
  readonly replied = (): void => this.#onReply();

  run(count: number, width: number): Promise<void> {
    return new Promise((resolve) => {
      let sent = 0;
      let received = 0;
      this.#onReply = () => {
        received += 1;
        if (received === count) {
          resolve();
        } else if (sent < count) {
          sent += 1;
          this.#post(MESSAGE);
        }
      };
      while (sent < Math.min(count, width)) {
        sent += 1;
        this.#post(MESSAGE);
      }
    });
  }
}
