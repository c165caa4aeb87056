/**
 * Structured-clone data as JSON and back. What JSON has is written as it is; everything else as an
 * object whose first key is `$`, with the kind there and the rest in `v`. Shared and cyclic references
 * stay what they are. What may be sent at all is decided by `channel/cloneable.ts`.
 */
import { types } from 'node:util';
import { TenantryError } from '../errors/errors.js';

/** JSON that stands for a value that was sent. */
export type TaggedValue = unknown;

/** Deeper than any message may be. */
const DEEPEST = 1_010;

/** @throws TENANTRY_RECORDING_INVALID for what a message cannot hold */
export function toTagged(value: unknown): TaggedValue {
  return new Writer().write(value, 0);
}

/** @throws TENANTRY_RECORDING_INVALID */
export function fromTagged(tagged: TaggedValue): unknown {
  return new Reader().read(tagged, 0);
}

const VIEWS = {
  Uint8Array,
  Uint8ClampedArray,
  Int8Array,
  Uint16Array,
  Int16Array,
  Uint32Array,
  Int32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
  DataView,
} as const;

const ERRORS = { EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError } as const;

class Writer {
  readonly #seen = new Map<object, number>();

  write(value: unknown, depth: number): TaggedValue {
    if (depth > DEEPEST) throw invalid('it is nested too deeply');
    switch (typeof value) {
      case 'string':
      case 'boolean':
        return value;
      case 'number':
        return Number.isFinite(value) && !Object.is(value, -0) ? value : tag('number', text(value));
      case 'undefined':
        return { $: 'undefined' };
      case 'bigint':
        return tag('bigint', value.toString());
      case 'object':
        return value === null ? null : this.#object(value, depth);
      default:
        throw invalid(`a ${typeof value} is no data`);
    }
  }

  #object(value: object, depth: number): TaggedValue {
    const known = this.#seen.get(value);
    if (known !== undefined) return tag('ref', known);
    this.#seen.set(value, this.#seen.size);
    const write = (held: unknown): TaggedValue => this.write(held, depth + 1);
    if (Array.isArray(value)) {
      // `map` would skip the holes of a sparse array, which JSON has no word for.
      return Array.from({ length: value.length }, (_, at) =>
        at in value ? write(value[at]) : { $: 'hole' },
      );
    }
    if (types.isDate(value)) return tag('date', write(value.getTime()));
    if (types.isRegExp(value)) return tag('regexp', [value.source, value.flags]);
    if (types.isMap(value)) {
      return tag(
        'map',
        [...value].map(([key, held]) => [write(key), write(held)]),
      );
    }
    if (types.isSet(value)) return tag('set', [...value].map(write));
    if (types.isAnyArrayBuffer(value)) {
      return tag('bytes', ['ArrayBuffer', Buffer.from(value as ArrayBuffer).toString('base64')]);
    }
    if (types.isArrayBufferView(value)) return tag('bytes', bytesOf(value));
    if (types.isNativeError(value)) return tag('error', fieldsOf(value, write));
    if (types.isBoxedPrimitive(value)) {
      return tag('boxed', write((value as { valueOf(): unknown }).valueOf()));
    }
    const entries = Object.entries(value);
    // One that has a key of ours is written out, so that it is not taken for a tag.
    if (entries.some(([key]) => key === '$' || key === '__proto__')) {
      return tag(
        'object',
        entries.map(([key, held]) => [key, write(held)]),
      );
    }
    return Object.fromEntries(entries.map(([key, held]) => [key, write(held)]));
  }
}

class Reader {
  readonly #made: unknown[] = [];

  read(tagged: TaggedValue, depth: number): unknown {
    if (depth > DEEPEST) throw invalid('it is nested too deeply');
    if (typeof tagged !== 'object' || tagged === null) return tagged;
    if (Array.isArray(tagged)) return this.#array(tagged, depth);
    const fields = tagged as Record<string, unknown>;
    if (Object.hasOwn(fields, '$')) return this.#tagged(fields['$'], fields['v'], depth);
    return this.#plain(Object.entries(fields), depth);
  }

  #array(items: readonly unknown[], depth: number): unknown[] {
    const array = this.#keep<unknown[]>([]);
    for (const [at, item] of items.entries()) {
      if (isHole(item)) array.length = at + 1;
      else array[at] = this.read(item, depth + 1);
    }
    return array;
  }

  #plain(entries: readonly (readonly [string, unknown])[], depth: number): object {
    const object = this.#keep<Record<string, unknown>>({});
    for (const [key, held] of entries) {
      const value = this.read(held, depth + 1);
      // An assignment to `__proto__` would set the prototype.
      Object.defineProperty(object, key, {
        value,
        configurable: true,
        enumerable: true,
        writable: true,
      });
    }
    return object;
  }

  #tagged(kind: unknown, value: unknown, depth: number): unknown {
    const read = (held: unknown): unknown => this.read(held, depth + 1);
    switch (kind) {
      case 'undefined':
        return undefined;
      case 'number':
        return Number(value);
      case 'bigint':
        return bigintOf(value);
      case 'ref': {
        if (typeof value === 'number' && value in this.#made) return this.#made[value];
        throw invalid('a reference leads nowhere');
      }
      case 'date': {
        const date = this.#keep(new Date(0));
        date.setTime(read(value) as number);
        return date;
      }
      case 'regexp': {
        const [source, flags] = listOf(value);
        return this.#keep(regexpOf(source, flags));
      }
      case 'map': {
        const map = this.#keep(new Map<unknown, unknown>());
        for (const pair of listOf(value)) {
          const [key, held] = listOf(pair);
          map.set(read(key), read(held));
        }
        return map;
      }
      case 'set': {
        const set = this.#keep(new Set<unknown>());
        for (const held of listOf(value)) set.add(read(held));
        return set;
      }
      case 'bytes': {
        const [name, base64] = listOf(value);
        return this.#keep(viewOf(name, base64));
      }
      case 'error':
        return this.#error(value, read);
      case 'boxed': {
        // Its place is taken before what it holds is read, as it was when it was written.
        const at = this.#made.push(undefined) - 1;
        return (this.#made[at] = Object(read(value)));
      }
      case 'object':
        return this.#plain(
          listOf(value).map((pair) => listOf(pair) as [string, unknown]),
          depth,
        );
      default:
        throw invalid(`it has a value of an unknown kind`);
    }
  }

  #error(value: unknown, read: (held: unknown) => unknown): Error {
    const fields = listOf(value).map((pair) => listOf(pair));
    const name = fields.find(([key]) => key === 'name')?.[1];
    const kind = Object.hasOwn(ERRORS, String(name)) ? ERRORS[name as keyof typeof ERRORS] : Error;
    const error = this.#keep(new kind());
    for (const [key, held] of fields) {
      if (!isErrorField(key)) throw invalid('an error has a field that errors do not carry');
      const field = { value: read(held), configurable: true, writable: true };
      Object.defineProperty(error, key, field);
    }
    return error;
  }

  #keep<T>(made: T): T {
    this.#made.push(made);
    return made;
  }
}

const tag = (kind: string, value: unknown): TaggedValue => ({ $: kind, v: value });

const text = (value: number): string => (Object.is(value, -0) ? '-0' : String(value));

const ERROR_FIELDS = ['name', 'message', 'stack', 'cause'] as const;
const isErrorField = (key: unknown): key is (typeof ERROR_FIELDS)[number] =>
  ERROR_FIELDS.some((field) => field === key);

function fieldsOf(error: Error, write: (value: unknown) => TaggedValue): TaggedValue[] {
  return ERROR_FIELDS.filter((key) => key in error).map((key) => [key, write(error[key])]);
}

function bytesOf(view: ArrayBufferView): [string, string] {
  const { buffer, byteOffset, byteLength } = view;
  const kind = Object.keys(VIEWS).find((name) => name === kindOf(view)) ?? 'Uint8Array';
  return [kind, Buffer.from(buffer, byteOffset, byteLength).toString('base64')];
}

/** By what it is, not by its class: a Buffer is a Uint8Array. */
function kindOf(view: ArrayBufferView): string {
  return Object.prototype.toString.call(view).slice('[object '.length, -1);
}

function viewOf(name: unknown, base64: unknown): object {
  if (typeof base64 !== 'string') throw invalid('binary data is no base64');
  const { buffer } = Uint8Array.from(Buffer.from(base64, 'base64'));
  if (name === 'ArrayBuffer') return buffer;
  if (!Object.hasOwn(VIEWS, String(name))) throw invalid('binary data is of an unknown kind');
  try {
    const view: new (from: ArrayBuffer) => object = VIEWS[name as keyof typeof VIEWS];
    return new view(buffer);
  } catch {
    throw invalid('binary data has a length its kind cannot have');
  }
}

function regexpOf(source: unknown, flags: unknown): RegExp {
  try {
    return new RegExp(String(source), String(flags));
  } catch {
    throw invalid('a regular expression is none');
  }
}

function bigintOf(value: unknown): bigint {
  if (typeof value === 'string' && /^-?\d+$/.test(value)) return BigInt(value);
  throw invalid('a bigint is none');
}

function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw invalid('a list is missing');
}

function isHole(item: unknown): boolean {
  return typeof item === 'object' && item !== null && (item as { $?: unknown }).$ === 'hole';
}

function invalid(why: string): TenantryError {
  return new TenantryError('TENANTRY_RECORDING_INVALID', `no value of a recording: ${why}`);
}
