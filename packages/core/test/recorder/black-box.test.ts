import { describe, expect, test } from '@jest/globals';
import { BlackBox, LONGEST_RECORD, splitLine } from '../../src/recorder/black-box.js';
import { ByteRing } from '../../src/recorder/byte-ring.js';
import { registerSecret } from '../../src/secrets/known-secrets.js';
import { ManualClock } from '../manual-clock.js';

function recorded(write: (box: BlackBox) => void): { tenant: string; record: unknown }[] {
  const box = new BlackBox(new ManualClock());
  write(box);
  const lines: { tenant: string; record: unknown }[] = [];
  new ByteRing(box.ring.buffer).drain((line) => {
    const { tenant, json } = splitLine(line);
    lines.push({ tenant, record: JSON.parse(json) });
  });
  return lines;
}

describe('the black box', () => {
  test('keeps an event with its time, under its tenant or the pool', () => {
    const lines = recorded((box) => {
      box.record('acme', 'session.started', { session: 's1', kind: 'forged', atMs: 0 });
      box.record(null, 'memory.warned', { rssMb: 5 });
    });
    expect(lines).toEqual([
      { tenant: 'acme', record: { atMs: 0, session: 's1', kind: 'session.started' } },
      { tenant: '', record: { atMs: expect.any(Number), rssMb: 5, kind: 'memory.warned' } },
    ]);
  });

  test('cuts what is long and takes what is no JSON', () => {
    const cycle: Record<string, unknown> = {};
    cycle['self'] = cycle;
    const [long, none] = recorded((box) => {
      box.record('acme', 'log', { session: 's1', message: 'm'.repeat(5_000) });
      box.record('acme', 'log', cycle);
    });
    expect(long!.record).toMatchObject({ kind: 'log', session: 's1', cut: expect.any(String) });
    expect(JSON.stringify(long!.record).length).toBeLessThanOrEqual(LONGEST_RECORD);
    expect(none!.record).toMatchObject({ kind: 'log', unreadable: true });
  });

  test('holds no secret, by name, by look or by value', () => {
    registerSecret('correct horse battery staple');
    const text = JSON.stringify(
      recorded((box) => {
        box.record('acme', 'log', {
          password: 'hunter2hunter2',
          message: 'Bearer abcdefghijklmnop',
        });
        box.record('acme', 'log', { message: 'said correct horse battery staple' });
      }),
    );
    for (const secret of ['hunter2', 'abcdefghijklmnop', 'battery']) {
      expect(text).not.toContain(secret);
    }
  });
});
