/** Questions to the main thread that are not waited for longer than a client may wait. */
import type { InspectorRequest } from '../inspector/inspector-protocol.js';

/** A free loop answers within a few ms; a client is to have its answer within 250. */
const ASK_DEADLINE_MS = 150;

export class AskedInTime {
  readonly #ask: (request: InspectorRequest) => Promise<unknown>;
  readonly #underWay = new Map<InspectorRequest['command'], Promise<unknown>>();

  constructor(ask: (request: InspectorRequest) => Promise<unknown>) {
    this.#ask = ask;
  }

  /**
   * The answer; undefined where it fails or is late. One question of a kind is under way at a time,
   * however many clients wait for its answer.
   */
  async ask(request: InspectorRequest): Promise<unknown> {
    const { command } = request;
    let asking = this.#underWay.get(command);
    if (asking === undefined) {
      asking = this.#ask(request)
        .catch(() => undefined)
        .finally(() => this.#underWay.delete(command));
      this.#underWay.set(command, asking);
    }
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise((resolve) => (timer = setTimeout(resolve, ASK_DEADLINE_MS)));
    try {
      return await Promise.race([asking, late]);
    } finally {
      clearTimeout(timer);
    }
  }
}
