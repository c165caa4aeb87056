import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { CHAIN_START, seal, unseal, verifyChain } from '../../src/state/hash-chain.js';

function chainOf(bodies: readonly Readonly<Record<string, unknown>>[]): string[] {
  let link = CHAIN_START;
  return bodies.map((body) => {
    const sealed = seal(body, link);
    link = sealed.link;
    return `${sealed.line}\n`;
  });
}

const BODIES = [
  { at: 'a', n: 1 },
  { at: 'b', text: 'ä "quoted" \n' },
  { at: 'c', 7: [1, null] },
];
const LINES = chainOf(BODIES);

test('a record is its number, its body, the hash before it and its own, in this order', () => {
  const { line, link } = seal({ at: 'now', kind: 'x' }, CHAIN_START);
  const open = `{"seq":1,"at":"now","kind":"x","prev":"${'0'.repeat(64)}"}`;
  const hash = createHash('sha256')
    .update(`${'0'.repeat(64)}\n${open}`)
    .digest('hex');
  expect(line).toBe(`${open.slice(0, -1)},"hash":"${hash}"}`);
  expect(link).toEqual({ seq: 1, hash });
});

test('a sealed record is read back as it was', () => {
  expect(unseal(LINES[1]!.trimEnd())).toMatchObject({ seq: 2, ...BODIES[1] });
});

describe('a chain', () => {
  test('that is whole tells its length and last hash; an empty one too', () => {
    const last = JSON.parse(LINES[2]!) as { hash: string };
    expect(verifyChain(LINES)).toEqual({ ok: true, records: 3, lastHash: last.hash });
    expect(verifyChain([])).toEqual({ ok: true, records: 0, lastHash: '0'.repeat(64) });
  });

  const other = chainOf([{ at: 'x' }, { at: 'y' }]);
  const hashless = `${JSON.stringify({ seq: 2, prev: (JSON.parse(LINES[0]!) as { hash: string }).hash })}\n`;
  test.each([
    ['text that is no JSON', [LINES[0], 'hello\n'], 2, 'not-json'],
    ['JSON that is no record', [LINES[0], '[]\n'], 2, 'not-json'],
    ['a record without a hash', [LINES[0], hashless], 2, 'not-json'],
    ['a record that is missing', [LINES[0], LINES[2]], 2, 'seq-gap'],
    ['a record that is missing at the start', LINES.slice(1), 1, 'seq-gap'],
    ['a record that comes twice', [LINES[0], LINES[0], LINES[1]], 2, 'seq-gap'],
    ['a record of another chain', [LINES[0], other[1]], 2, 'prev-mismatch'],
    ['a changed word', [LINES[0]!.replace('"a"', '"z"'), LINES[1]], 1, 'hash-mismatch'],
    ['a changed number', [LINES[0]!.replace('"seq":1', '"seq":2')], 1, 'seq-gap'],
    ['a blank that JSON allows', [LINES[0]!.replace('"n":1', '"n": 1')], 1, 'hash-mismatch'],
    ['an end without a newline', [LINES[0], LINES[1]!.trimEnd()], 2, 'torn-last-line'],
  ])('breaks at %s', (_what, lines, line, why) => {
    expect(verifyChain(lines as string[])).toEqual({ ok: false, line, why });
  });

  test('breaks at whatever record any single bit is flipped in', () => {
    const bytes = Buffer.from(LINES.join(''));
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const hit = Buffer.from(bytes);
      hit[bit >> 3]! ^= 1 << (bit & 7);
      const lines = hit.toString().split(/(?<=\n)/);
      const before = bytes.subarray(0, bit >> 3).filter((byte) => byte === 0x0a).length;
      expect(verifyChain(lines)).toMatchObject({ ok: false, line: before + 1 });
    }
  });
});

test('any bodies make a chain that is whole', () => {
  const body = fc.record({ at: fc.string(), detail: fc.jsonValue({ maxDepth: 3 }) });
  fc.assert(
    fc.property(fc.array(body, { maxLength: 8 }), (bodies) => {
      expect(verifyChain(chainOf(bodies))).toMatchObject({ ok: true, records: bodies.length });
    }),
  );
});
