/**
 * The files of the page: its document and style, and the modules that its script imports, which are the
 * ones this package is made of. Only what is reached from the script is ever served.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export interface PageFile {
  /** Below `/ui/`; the document itself is empty. */
  readonly path: string;
  readonly contentType: string;
  readonly text: string;
}

const COMPILED = new URL('../', import.meta.url);
const STATIC = new URL('../../../page/', import.meta.url);
const SCRIPT = 'page/main.js';
const IMPORT = /^(?:import|export)\b[^'"]*?['"](\.{1,2}\/[^'"]+)['"]/gm;

export function pageFiles(): PageFile[] {
  return [
    { path: '', contentType: 'text/html; charset=utf-8', text: read('index.html', STATIC) },
    { path: 'page.css', contentType: 'text/css; charset=utf-8', text: read('page.css', STATIC) },
    ...scripts(),
  ];
}

function scripts(): PageFile[] {
  const found = new Map<string, string>();
  const waiting = [SCRIPT];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (found.has(path)) continue;
    const text = read(path, COMPILED);
    found.set(path, text);
    for (const [, specifier] of text.matchAll(IMPORT)) {
      const url = new URL(specifier!, new URL(path, COMPILED));
      waiting.push(url.href.slice(COMPILED.href.length));
    }
  }
  return [...found].map(([path, text]) => ({
    path,
    contentType: 'text/javascript; charset=utf-8',
    text: text.replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n'),
  }));
}

const read = (path: string, base: URL): string =>
  readFileSync(fileURLToPath(new URL(path, base)), 'utf8');
