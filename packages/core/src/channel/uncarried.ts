/** Objects that no boundary carries; some of them a structured clone would silently empty. */
import { types } from 'node:util';

const UNCARRIED: readonly (readonly [(value: object) => boolean, string])[] = [
  [types.isPromise, 'a Promise'],
  [types.isSharedArrayBuffer, 'a SharedArrayBuffer'],
  [types.isWeakMap, 'a WeakMap'],
  [types.isWeakSet, 'a WeakSet'],
  [types.isGeneratorObject, 'a generator'],
  [types.isExternal, 'an external value'],
  [types.isModuleNamespaceObject, 'a module namespace'],
  [types.isSymbolObject, 'a boxed symbol'],
  [types.isMapIterator, 'an iterator'],
  [types.isSetIterator, 'an iterator'],
];

/** Platform objects that a clone would turn into an empty object; refused by name instead. */
const UNCARRIED_TAGS = new Set([
  'MessagePort',
  'Blob',
  'File',
  'AbortSignal',
  'ReadableStream',
  'WritableStream',
  'TransformStream',
  'WeakRef',
  'CryptoKey',
  'KeyObject',
  'Module',
]);

/** What `value` is called in a refusal; undefined for what can be carried. */
export function uncarriedKind(value: object): string | undefined {
  const native = UNCARRIED.find(([is]) => is(value));
  if (native !== undefined) return native[1];
  const tag: unknown = (value as { [Symbol.toStringTag]?: unknown })[Symbol.toStringTag];
  if (typeof tag === 'string' && UNCARRIED_TAGS.has(tag)) return `a ${tag}`;
  const name: unknown = (value as { constructor?: { name?: unknown } }).constructor?.name;
  return name === 'MessagePort' || name === 'KeyObject' ? `a ${name}` : undefined;
}
