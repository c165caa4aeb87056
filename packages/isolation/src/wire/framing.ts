/**
 * Frames as bytes for the pipe to a child: 4 bytes length, 4 bytes stream number, then the frame as
 * V8 serializes it.
 */
import v8 from 'node:v8';
import { TenantryError } from '@tenantry/core/internal';
import type { Frame } from './messages.js';

const HEADER_BYTES = 8;
/** No frame comes near it: it guards the reader against a stream that has lost its place. */
const LONGEST_FRAME_BYTES = 1_073_741_824;

const EMPTY_HEADER = new Uint8Array(HEADER_BYTES);

/** The frame with its header in one buffer, so that it is written without another copy. */
export function encodeFrame(stream: number, frame: Frame): Buffer {
  // The plain serializer: it copies views natively, where `v8.serialize` makes them share one buffer.
  const serializer = new v8.Serializer();
  serializer.writeRawBytes(EMPTY_HEADER);
  serializer.writeHeader();
  serializer.writeValue(frame);
  const bytes = serializer.releaseBuffer();
  bytes.writeUInt32LE(bytes.length - HEADER_BYTES, 0);
  bytes.writeUInt32LE(stream, 4);
  return bytes;
}

/** A frame out of its bytes, header left off. */
export function decodeFrame(payload: Uint8Array): Frame {
  const deserializer = new v8.Deserializer(payload);
  deserializer.readHeader();
  return deserializer.readValue() as Frame;
}

/** Cuts a byte stream into frames, however it was chopped on its way. */
export class FrameReader {
  readonly #onFrame: (stream: number, payload: Uint8Array) => void;
  /** What has come of a frame that is not whole yet; joined once, when it is. */
  #chunks: Buffer[] = [];
  #haveBytes = 0;
  #needBytes = HEADER_BYTES;

  /** `onFrame` gets a view of what was read, to be decoded at once. */
  constructor(onFrame: (stream: number, payload: Uint8Array) => void) {
    this.#onFrame = onFrame;
  }

  /** @throws TENANTRY_INTERNAL when the stream has lost its place */
  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#haveBytes += chunk.length;
    if (this.#haveBytes < this.#needBytes) return;
    const bytes = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks);
    let offset = 0;
    this.#needBytes = HEADER_BYTES;
    while (bytes.length - offset >= HEADER_BYTES) {
      const length = bytes.readUInt32LE(offset);
      if (length > LONGEST_FRAME_BYTES) {
        throw new TenantryError('TENANTRY_INTERNAL', `a frame of ${length} bytes in the stream`);
      }
      const end = offset + HEADER_BYTES + length;
      if (bytes.length < end) {
        this.#needBytes = end - offset;
        break;
      }
      this.#onFrame(bytes.readUInt32LE(offset + 4), bytes.subarray(offset + HEADER_BYTES, end));
      offset = end;
    }
    this.#chunks = offset === bytes.length ? [] : [bytes.subarray(offset)];
    this.#haveBytes = bytes.length - offset;
  }
}
