/** Keys as Node's readline tells them to keys as the screen knows them. */
import type { Key } from '../top/live-port.js';

export interface Keypress {
  readonly name?: string | undefined;
  readonly ctrl?: boolean;
  readonly meta?: boolean;
  readonly sequence?: string;
}

const NAMES: Readonly<Record<string, string>> = { return: 'enter', space: ' ' };

/** Undefined for what is no key of a person's: a sequence that is not known. */
export function keyOf(text: string | undefined, press: Keypress): Key | undefined {
  const { name, ctrl = false, meta = false } = press;
  if (ctrl && name !== undefined) return { name: `ctrl-${name}`, text: '' };
  // One printable character, whatever its name; its case is part of it.
  if (!meta && text !== undefined && /^\P{C}$/u.test(text)) return { name: text, text };
  if (name === undefined || meta) return name === 'escape' ? { name, text: '' } : undefined;
  return { name: NAMES[name] ?? name, text: '' };
}
