/** Server-sent events out of pieces of text, as they arrive. Who fetches them is left to `service.ts`. */

export interface StreamEvent {
  readonly event: string;
  readonly data: string;
}

/** Keeps what is not a whole event yet. Format: the WHATWG HTML standard, section 9.2.6. */
export class EventStream {
  #rest = '';

  /** The events that are whole with this piece. */
  push(piece: string): StreamEvent[] {
    const blocks = (this.#rest + piece).replaceAll('\r\n', '\n').split('\n\n');
    this.#rest = blocks.pop()!;
    return blocks.map(toEvent).filter(({ data }) => data !== '');
  }
}

function toEvent(block: string): StreamEvent {
  let event = 'message';
  const data: string[] = [];
  for (const line of block.split('\n')) {
    const at = line.indexOf(':');
    // A comment keeps the connection alive.
    if (at === 0) continue;
    const name = at < 0 ? line : line.slice(0, at);
    const value = at < 0 ? '' : line.slice(at + 1).replace(/^ /, '');
    if (name === 'event') event = value;
    else if (name === 'data') data.push(value);
  }
  return { event, data: data.join('\n') };
}
