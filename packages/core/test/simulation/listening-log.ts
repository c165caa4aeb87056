/** A log that keeps nothing: it hears runtime events in the turn in which they happen, and errors. */
import type { RuntimeEvent } from '../../src/events/runtime-event.js';
import type { Log } from '../../src/log/log.js';

export interface LogListener {
  event(event: RuntimeEvent): void;
  error(message: string, fields: object): void;
}

export class ListeningLog implements Log {
  readonly level = 'info';
  readonly #listener: LogListener;

  constructor(listener: LogListener) {
    this.#listener = listener;
  }

  debug(): void {}

  info(fields: object): void {
    if ('kind' in fields) this.#listener.event(fields as RuntimeEvent);
  }

  warn(fields: object): void {
    this.info(fields);
  }

  error(fields: object, message: string): void {
    this.#listener.error(message, fields);
  }

  child(): Log {
    return this;
  }
}
