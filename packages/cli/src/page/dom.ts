/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
/** Elements out of data. Text is always text: nothing that came over the wire is read as markup. */

type Child = Node | string;

export interface Attributes {
  readonly class?: string;
  readonly [name: string]: string | undefined;
}

export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) {
    if (value !== undefined) made.setAttribute(attribute, value);
  }
  made.append(...children);
  return made;
}

/** An element of the page's own document. */
export function byId(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no element "${id}"`);
  return found;
}

export function button(text: string, onClick: () => void, isQuiet = false): HTMLButtonElement {
  const made = element('button', { type: 'button', ...(isQuiet ? { class: 'quiet' } : {}) }, text);
  made.addEventListener('click', onClick);
  return made;
}
