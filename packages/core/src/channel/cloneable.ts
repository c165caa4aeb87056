/**
 * The copy a message is taken as, the same on every rung: structured-clone semantics, checked and
 * bounded in the one walk that copies. A field that cannot be carried is named by its path.
 *
 * Deliberate differences from `structuredClone`: a view is copied with its own bytes only (a Buffer
 * shares its memory pool with every tenant of the process), a Buffer arrives as Uint8Array, an array
 * arrives without fields that are no elements, an own `__proto__` key is refused (it would set the
 * prototype of whatever it is assigned to), and what a process boundary cannot carry
 * (SharedArrayBuffer, MessagePort, Blob, …) is refused everywhere.
 */
import { types } from 'node:util';
import { TenantryError, shown } from '../errors/errors.js';
import type { MessageLimits } from './message-limits.js';
import { isDetached, viewOn } from './binary-views.js';
import { ClonedMessage } from './cloned-message.js';
import { REFERENCE_BYTES, textBytes } from './message-bytes.js';
import { pathText, type Key } from './message-path.js';
import { uncarriedKind } from './uncarried.js';

/**
 * Copies `value`; buffers in `transfer` are moved instead.
 * @throws TENANTRY_MESSAGE_UNCLONEABLE, TENANTRY_MESSAGE_TOO_LARGE, TENANTRY_MESSAGE_TOO_DEEP
 */
export function cloneMessage(
  value: unknown,
  limits: Pick<MessageLimits, 'maxMessageBytes' | 'maxMessageDepth'>,
  transfer?: readonly ArrayBuffer[],
): ClonedMessage {
  switch (typeof value) {
    case 'number':
    case 'boolean':
    case 'undefined':
      return new ClonedMessage(value, REFERENCE_BYTES);
    case 'string': {
      const bytes = textBytes(value);
      if (bytes > limits.maxMessageBytes) throw tooLarge(bytes, limits.maxMessageBytes);
      return new ClonedMessage(value, bytes);
    }
    default:
  }
  const walk = new CloneWalk(limits, transfer);
  const copy = walk.copy(value, 0);
  const held = walk.heldBuffers();
  if (held.length === 0) return new ClonedMessage(copy, walk.bytes);
  // Handed over only once it is sure that the message goes, and all at once: a refusal loses nothing,
  // and every view is still readable when it is placed.
  const [own, moved] = structuredClone([copy, held] as const, { transfer: held });
  return new ClonedMessage(own, walk.bytes, moved);
}

function tooLarge(bytes: number, maxBytes: number): TenantryError {
  return new TenantryError(
    'TENANTRY_MESSAGE_TOO_LARGE',
    `message of at least ${bytes} bytes: the limit is ${maxBytes}`,
    { details: { received: bytes, limit: maxBytes } },
  );
}

class CloneWalk {
  bytes = 0;
  readonly #maxBytes: number;
  readonly #maxDepth: number;
  readonly #transferred: ReadonlySet<ArrayBuffer> | undefined;
  /** Keys from the root to here; made when the first nested value is met. */
  #path: Key[] | undefined;
  /** Originals and their copies; made when a second object is met, as most messages have one. */
  #seen: Map<object, unknown> | undefined;
  #first: object | undefined;
  #firstCopy: unknown;

  constructor(
    limits: Pick<MessageLimits, 'maxMessageBytes' | 'maxMessageDepth'>,
    transfer: readonly ArrayBuffer[] | undefined,
  ) {
    this.#maxBytes = limits.maxMessageBytes;
    this.#maxDepth = limits.maxMessageDepth;
    this.#transferred = transfer === undefined ? undefined : new Set(transfer);
  }

  /** The buffers of the transfer list that the message holds; in the copy they stand as they are. */
  heldBuffers(): ArrayBuffer[] {
    const isHeld = (one: ArrayBuffer): boolean => one === this.#first || !!this.#seen?.has(one);
    return this.#transferred === undefined ? [] : [...this.#transferred].filter(isHeld);
  }

  copy(value: unknown, depth: number): unknown {
    switch (typeof value) {
      case 'string':
        this.#count(textBytes(value));
        return value;
      case 'number':
      case 'boolean':
      case 'undefined':
        this.#count(REFERENCE_BYTES);
        return value;
      case 'bigint':
        this.#count(REFERENCE_BYTES + (value.toString(16).length >> 1));
        return value;
      case 'object':
        return value === null ? null : this.#copyObject(value, depth);
      default:
        throw this.#uncloneable(shown(value));
    }
  }

  #copyObject(value: object, depth: number): unknown {
    if (depth > this.#maxDepth) {
      throw new TenantryError(
        'TENANTRY_MESSAGE_TOO_DEEP',
        `message nested deeper than ${this.#maxDepth} levels at ${this.#where()}`,
        { details: { limit: this.#maxDepth, path: this.#where() } },
      );
    }
    if (value === this.#first) return this.#firstCopy;
    const known = this.#seen?.get(value);
    if (known !== undefined) return known;
    this.#count(REFERENCE_BYTES);
    if (types.isProxy(value)) throw this.#uncloneable('a Proxy');
    if (Array.isArray(value)) return this.#copyArray(value, depth);
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === Object.prototype || prototype === null) return this.#copyPlain(value, depth);
    return this.#copyExotic(value, depth);
  }

  #copyPlain(value: object, depth: number): object {
    const copy: Record<string, unknown> = {};
    this.#remember(value, copy);
    const source = value as Record<string, unknown>;
    for (const key of Object.keys(source)) {
      const field = source[key];
      // The common leaves, kept out of the generic path: it is a third faster on flat messages.
      if (typeof field === 'string') {
        this.#count(textBytes(field) + key.length);
        copy[key] = field;
      } else if (typeof field === 'number' || typeof field === 'boolean') {
        this.#count(REFERENCE_BYTES + key.length);
        copy[key] = field;
      } else {
        this.#count(key.length);
        this.#enter(key);
        if (key === '__proto__') throw this.#uncloneable('the key "__proto__"');
        copy[key] = this.copy(field, depth + 1);
        this.#path!.pop();
        continue;
      }
      if (key === '__proto__') {
        this.#enter(key);
        throw this.#uncloneable('the key "__proto__"');
      }
    }
    return copy;
  }

  #copyArray(value: readonly unknown[], depth: number): unknown[] {
    // Counted before it is walked: a sparse array's length costs its sender nothing.
    this.#count(value.length * REFERENCE_BYTES);
    const copy: unknown[] = [];
    this.#remember(value, copy);
    for (let index = 0; index < value.length; index += 1) {
      const item = value[index];
      if (typeof item === 'number') {
        copy.push(item);
        continue;
      }
      this.#enter(index);
      if (item !== undefined || index in value) copy.push(this.copy(item, depth + 1));
      else copy.length = index + 1;
      this.#path!.pop();
    }
    return copy;
  }

  #copyExotic(value: object, depth: number): unknown {
    if (types.isArrayBufferView(value)) return this.#copyView(value);
    if (types.isArrayBuffer(value)) return this.#remember(value, this.#copyBuffer(value));
    if (types.isDate(value)) return this.#remember(value, new Date(value.getTime()));
    if (types.isRegExp(value)) {
      this.#count(value.source.length);
      return this.#remember(value, new RegExp(value.source, value.flags));
    }
    if (types.isMap(value)) {
      const copy = new Map<unknown, unknown>();
      this.#remember(value, copy);
      let index = 0;
      for (const [key, item] of value) {
        this.#enter(index++);
        copy.set(this.copy(key, depth + 1), this.copy(item, depth + 1));
        this.#path!.pop();
      }
      return copy;
    }
    if (types.isSet(value)) {
      const copy = new Set<unknown>();
      this.#remember(value, copy);
      let index = 0;
      for (const item of value) {
        this.#enter(index++);
        copy.add(this.copy(item, depth + 1));
        this.#path!.pop();
      }
      return copy;
    }
    if (types.isNativeError(value)) return this.#copyError(value, depth);
    if (types.isBoxedPrimitive(value) && !types.isSymbolObject(value)) {
      const primitive = (value as { valueOf(): unknown }).valueOf();
      return this.#remember(value, Object(this.copy(primitive, depth)));
    }
    const foreign = uncarriedKind(value);
    if (foreign !== undefined) throw this.#uncloneable(foreign);
    // A class instance: structured clone keeps its own fields and drops its class.
    return this.#copyPlain(value, depth);
  }

  #copyView(view: ArrayBufferView): unknown {
    if (types.isSharedArrayBuffer(view.buffer)) throw this.#uncloneable('a SharedArrayBuffer');
    const { byteOffset, byteLength } = view;
    if (this.#transferred?.has(view.buffer) === true) {
      // The moved buffer arrives whole, with every view of it in its place.
      const buffer = this.#copyObject(view.buffer, 0) as ArrayBuffer;
      return this.#remember(view, viewOn(view, buffer, byteOffset));
    }
    if (isDetached(view.buffer)) throw this.#uncloneable('a buffer that was given away');
    this.#count(byteLength);
    const bytes = new Uint8Array(view.buffer, byteOffset, byteLength).slice();
    return this.#remember(view, viewOn(view, bytes.buffer, 0));
  }

  #copyBuffer(buffer: ArrayBuffer): ArrayBuffer {
    if (isDetached(buffer)) throw this.#uncloneable('a buffer that was given away');
    this.#count(buffer.byteLength);
    return this.#transferred?.has(buffer) === true ? buffer : buffer.slice(0);
  }

  #copyError(error: Error, depth: number): Error {
    const copy = structuredClone(Object.assign(new Error(), { name: error.name }));
    this.#remember(error, copy);
    for (const key of ['name', 'message', 'stack', 'cause'] as const) {
      if (!(key in error)) continue;
      this.#enter(key);
      const field = this.copy(error[key], depth + 1);
      Object.defineProperty(copy, key, { value: field, configurable: true, writable: true });
      this.#path!.pop();
    }
    return copy;
  }

  #enter(key: Key): void {
    if (this.#path === undefined) this.#path = [key];
    else this.#path.push(key);
  }

  #remember<T>(original: object, copy: T): T {
    if (this.#first === undefined) {
      this.#first = original;
      this.#firstCopy = copy;
    } else {
      (this.#seen ??= new Map()).set(original, copy);
    }
    return copy;
  }

  #count(bytes: number): void {
    this.bytes += bytes;
    if (this.bytes > this.#maxBytes) throw tooLarge(this.bytes, this.#maxBytes);
  }

  #where(): string {
    return pathText(this.#path ?? []);
  }

  #uncloneable(what: string): TenantryError {
    const path = this.#where();
    return new TenantryError(
      'TENANTRY_MESSAGE_UNCLONEABLE',
      `${path}: ${what} cannot be sent to a session`,
      { details: { path, received: what } },
    );
  }
}
