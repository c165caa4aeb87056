/** Bundles as tests pack them. */
import type { BundlePart, LeftOut } from '../../src/bundle/bundle-parts.js';
import { packBundle, type BundleFacts, type PackedBundle } from '../../src/bundle/pack-bundle.js';

export const FACTS: BundleFacts = {
  pool: 'voice',
  trigger: {
    kind: 'block',
    tenant: 'acme',
    session: 's1',
    agent: 'billing',
    isolate: 'main',
    atMs: 1_000,
    detail: 'held the loop',
    place: { function: 'chargeCard', file: 'agents/billing.js', line: 42 },
  },
  versions: { node: 'v20.20.0', tenantry: '0.1.0', deployment: null },
  host: {
    name: 'host',
    pid: 1,
    platform: 'linux',
    arch: 'x64',
    coreCount: 2,
    memoryTotalBytes: 1,
  },
  capture: {
    tookMs: 5,
    mainLoopAnswered: true,
    snapshotAgeMs: 0,
    suppressed: 0,
    forgottenEvents: 0,
    lostEvents: 0,
  },
};

export const PARTS: ReadonlyMap<BundlePart, string> = new Map<BundlePart, string>([
  ['snapshot.json', '{"runtime":{}}\n'],
  ['recorder.jsonl', '{"atMs":1,"kind":"session.started"}\n'],
  ['profile.cpuprofile', '{"nodes":[]}\n'],
]);

export function packedWith(
  parts = PARTS,
  leftOut: readonly LeftOut[] = [],
  budgetBytes = 10_485_760,
): PackedBundle {
  return packBundle(FACTS, parts, leftOut, { budgetBytes, epochMs: Date.UTC(2026, 10, 26) });
}
