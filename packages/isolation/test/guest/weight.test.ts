import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';

const DIST = new URL('../../src/', import.meta.url);
const CORE = new URL('../../../../core/dist/src/', import.meta.url);
/** As the export condition of guests resolves them. */
const OURS: Readonly<Record<string, URL>> = {
  '@tenantry/core': new URL('guest.js', CORE),
  '@tenantry/core/internal': new URL('internal.js', CORE),
};

/** Every package that loading `entry` loads, by its static imports. */
function packagesOf(entry: URL): Set<string> {
  const packages = new Set<string>();
  const seen = new Set<string>();
  const visit = (file: URL): void => {
    if (seen.has(file.href)) return;
    seen.add(file.href);
    const source = readFileSync(file, 'utf8');
    const imports = source.matchAll(
      /^(?:import|export)\s(?:[^;'"=]*?\sfrom\s)?["']([^"']+)["'];/gm,
    );
    for (const [, name] of imports) {
      if (name!.startsWith('.')) visit(new URL(name!, file));
      else if (OURS[name!] !== undefined) visit(OURS[name!]!);
      else if (!name!.startsWith('node:')) packages.add(name!);
    }
  };
  visit(entry);
  return packages;
}

describe('what a guest loads', () => {
  test('is comlink and nothing else: each isolate pays for it anew', () => {
    expect([...packagesOf(new URL('guest/thread-entry.js', DIST))]).toEqual(['comlink']);
  });

  test('is told from what a host loads', () => {
    expect(packagesOf(new URL('host/thread-channel.js', DIST))).toContain('piscina');
    expect(packagesOf(new URL('index.js', CORE))).toContain('zod');
  });
});
