/** The page at `/ui`. Everything it shows it asks the other routes for, with the caller's own credential. */
import { pageFiles } from './page-files.js';
import type { Route } from './route.js';

/** Its own scripts, style and service, and nothing else; no other page may frame it. */
const HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
};

export function pageRoutes(): Route[] {
  return pageFiles().map(({ path, contentType, text }) => ({
    name: 'page',
    method: 'GET',
    path: path === '' ? '/ui' : `/ui/${path}`,
    access: { kind: 'public' },
    summary: path === '' ? 'The page for people.' : 'A part of the page for people.',
    replies: { 200: contentType },
    serve: () => ({ kind: 'text', contentType, text, headers: HEADERS }),
  }));
}
