/** What a message has become by being sent. */

/** A message as it was at the moment of sending, owned by nobody else. */
export class ClonedMessage {
  readonly value: unknown;
  /** Text as UTF-8, numbers and references 8 bytes each, binary data as it is. */
  readonly bytes: number;
  /** Buffers in `value` that were handed over and need not be copied again. */
  readonly moved: readonly ArrayBuffer[] | undefined;

  constructor(value: unknown, bytes: number, moved?: readonly ArrayBuffer[]) {
    this.value = value;
    this.bytes = bytes;
    this.moved = moved;
  }
}
