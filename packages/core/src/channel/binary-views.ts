/** Views of binary data, made anew on another buffer. */
import { types } from 'node:util';

/** A buffer transferred elsewhere before; Node 20 has no property that says so. */
export function isDetached(buffer: ArrayBufferLike): boolean {
  if (buffer.byteLength > 0) return false;
  try {
    void new Uint8Array(buffer);
    return false;
  } catch {
    return true;
  }
}

type TypedView = new (buffer: ArrayBufferLike, offset: number, length?: number) => ArrayBufferView;

/** A view of the same kind on another buffer; a Buffer becomes the Uint8Array it is. */
export function viewOn(
  view: ArrayBufferView,
  buffer: ArrayBufferLike,
  offset: number,
): ArrayBufferView {
  if (types.isDataView(view)) return new DataView(buffer as ArrayBuffer, offset, view.byteLength);
  if (types.isUint8Array(view))
    return new Uint8Array(buffer as ArrayBuffer, offset, view.byteLength);
  const kind = view.constructor as TypedView;
  const length = (view as unknown as { length: number }).length;
  return new kind(buffer, offset, length);
}
