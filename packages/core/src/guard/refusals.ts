/** How a function of Node's is made to refuse: by what it throws, answers or rejects with. */
import type { Attempts } from './attempts.js';

export type Args = readonly unknown[];
type Refused = (...args: unknown[]) => unknown;
/** What is named in the report; undefined lets the call through. */
export type TargetOf = (args: Args) => string | undefined;
type Style = 'throws' | 'calls-back' | 'rejects';

/** Replaces `owner[name]`; what is not there on this version of Node is passed over. */
export function refuse(
  attempts: Attempts,
  owner: object,
  call: { readonly name: string; readonly as: string; readonly style: Style },
  targetOf: TargetOf,
): void {
  const { name, as, style } = call;
  replace(owner, name, (original) => {
    const refused = function (this: unknown, ...args: unknown[]): unknown {
      const target = targetOf(args);
      if (target === undefined) return Reflect.apply(original, this, args);
      const error = attempts.refuse(as, target);
      if (style === 'rejects') return Promise.reject(error);
      const callback = style === 'calls-back' ? args.findLast(isFunction) : undefined;
      if (callback === undefined) throw error;
      process.nextTick(callback, error);
      return undefined;
    };
    return refused;
  });
}

/** With a function that may call the one it replaces. */
export function replace(owner: object, name: string, make: (original: Refused) => Refused): void {
  const original = (owner as Record<string, unknown>)[name];
  if (!isFunction(original)) return;
  Object.defineProperty(owner, name, {
    value: make(original),
    configurable: true,
    enumerable: Object.getOwnPropertyDescriptor(owner, name)?.enumerable ?? true,
    writable: true,
  });
}

/** A constructor in the place of another one, which refuses to make anything. */
export function refuseToMake(attempts: Attempts, owner: object, name: string, as: string): void {
  if (!isFunction((owner as Record<string, unknown>)[name])) return;
  Object.defineProperty(owner, name, {
    value: function refused(target: unknown): never {
      throw attempts.refuse(as, textOf(target));
    },
    configurable: true,
    writable: true,
  });
}

const isFunction = (value: unknown): value is Refused => typeof value === 'function';

/** A path, a URL without its secrets, a command: whatever stands first. */
export function textOf(value: unknown): string {
  if (value instanceof URL) return value.protocol === 'file:' ? value.pathname : value.origin;
  if (typeof value === 'string') return value;
  if (value instanceof Uint8Array) return Buffer.from(value).toString();
  if (typeof value === 'number') return String(value);
  return '';
}
