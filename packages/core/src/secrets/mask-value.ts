/**
 * Secrets out of data of any shape: by the name a value stands under and by what its texts look like.
 * What comes out is for showing: plain, bounded, without cycles. How texts are read: `mask-text.ts`.
 */
import { types } from 'node:util';
import { MASK } from './mask.js';
import { maskText } from './mask-text.js';
import { isPasswordName, isSecretName } from './secret-names.js';

const DEEPEST = 24;
const MOST_VALUES = 20_000;
const DEEPEST_CAUSE = 8;
/** `authorization`, `--token`: a name that stands alone in a list. */
const LISTED_NAME = /^-{0,2}[\w-]{1,64}$/;

/** What is left of an error in a log: nothing a library may have hung on it, such as a request. */
export interface ShownError {
  readonly type: string;
  readonly message: string;
  readonly stack?: string;
  readonly code?: string | number;
  readonly cause?: unknown;
}

/**
 * A copy with secrets replaced by `[masked]`, wherever they are: under a secret's name at any depth,
 * in the value that follows such a name in a list, in keys, messages, stacks and causes. Errors keep
 * type, message, stack, code and causes; binary data is told by its size; what is deeper than 24
 * levels or beyond 20,000 values is left out and said so. Never throws, whatever getters it meets.
 */
export function maskValue(value: unknown): unknown {
  return new Masking().copy(value, 0);
}

class Masking {
  readonly #above = new Set<object>();
  #left = MOST_VALUES;

  copy(value: unknown, depth: number): unknown {
    if (typeof value === 'string') return maskText(value);
    if (typeof value !== 'object' || value === null) return value;
    if (this.#above.has(value)) return '[circular]';
    if (depth > DEEPEST) return '[too deep]';
    this.#above.add(value);
    try {
      return this.#object(value, depth);
    } catch {
      return '[unreadable]';
    } finally {
      this.#above.delete(value);
    }
  }

  #error(given: Error, depth: number): ShownError {
    const { name, message, stack, code, cause, errors } = given as unknown as Record<
      string,
      unknown
    >;
    return {
      type: typeof name === 'string' ? maskText(name) : 'Error',
      message: maskText(String(message)),
      ...(typeof stack === 'string' ? { stack: maskText(stack) } : {}),
      ...(typeof code === 'string' ? { code: maskText(code) } : {}),
      ...(typeof code === 'number' ? { code } : {}),
      ...(cause === undefined || depth >= DEEPEST_CAUSE
        ? {}
        : { cause: this.copy(cause, depth + 1) }),
      ...(Array.isArray(errors) && depth < DEEPEST_CAUSE
        ? { errors: this.copy(errors, depth + 1) }
        : {}),
    };
  }

  #object(value: object, depth: number): unknown {
    if (isErrorLike(value)) return this.#error(value, depth);
    if (Array.isArray(value)) return this.#list(value, depth);
    if (value instanceof Map) {
      return new Map(
        [...value].map(([key, one]): [unknown, unknown] => [
          this.copy(key, depth + 1),
          typeof key === 'string' ? this.#named(key, one, depth) : this.copy(one, depth + 1),
        ]),
      );
    }
    if (value instanceof Set) return new Set(this.#list([...value], depth));
    if (ArrayBuffer.isView(value) || types.isAnyArrayBuffer(value)) {
      return `[${value.byteLength} bytes]`;
    }
    if (types.isDate(value)) return value;
    if (value instanceof URL || types.isRegExp(value)) return maskText(String(value));
    return this.#fields(value, depth);
  }

  #fields(value: object, depth: number): unknown {
    const copy: Record<string, unknown> = {};
    // `{ name: 'authorization', value: '…' }`: headers as browsers and archives write them.
    const { name, value: named } = value as { name?: unknown; value?: unknown };
    const isNamed = typeof named === 'string' && typeof name === 'string' && isSecretName(name);
    for (const key of Object.keys(value)) {
      if (!this.#spend()) {
        copy['…'] = '[too large]';
        break;
      }
      const one = (value as Record<string, unknown>)[key];
      const masked = isNamed && key === 'value' ? MASK : this.#named(key, one, depth);
      const shownKey = maskText(key);
      if (shownKey === '__proto__') {
        Object.defineProperty(copy, shownKey, { value: masked, enumerable: true });
      } else copy[shownKey] = masked;
    }
    return copy;
  }

  /** In a list a name may stand before its value: raw headers, arguments of a command. */
  #list(list: readonly unknown[], depth: number): unknown[] {
    const copy: unknown[] = [];
    let isNamed = false;
    for (const one of list) {
      if (!this.#spend()) {
        copy.push('[too large]');
        break;
      }
      copy.push(isNamed && typeof one === 'string' ? MASK : this.copy(one, depth + 1));
      isNamed = !isNamed && typeof one === 'string' && LISTED_NAME.test(one) && isSecretName(one);
    }
    return copy;
  }

  #named(name: string, value: unknown, depth: number): unknown {
    if (!isSecretName(name)) return this.copy(value, depth + 1);
    if (typeof value === 'string') return value === '' ? '' : MASK;
    if (typeof value === 'number' || typeof value === 'bigint') {
      return isPasswordName(name) ? MASK : value;
    }
    return typeof value === 'object' && value !== null ? MASK : value;
  }

  #spend(): boolean {
    this.#left -= 1;
    return this.#left >= 0;
  }
}

/** Also one from another realm or already plain: it has a message and a stack. */
function isErrorLike(value: unknown): value is Error {
  if (typeof value !== 'object' || value === null) return false;
  if (types.isNativeError(value)) return true;
  const { message, stack } = value as Partial<Error>;
  return typeof message === 'string' && typeof stack === 'string';
}
