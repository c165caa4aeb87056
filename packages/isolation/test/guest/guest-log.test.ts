import { describe, expect, test } from '@jest/globals';
import { GuestLog } from '../../src/guest/guest-log.js';
import { OutputGate } from '../../src/guest/output-gate.js';
import type { GuestNotice } from '../../src/wire/messages.js';

type Line = Extract<GuestNotice, { kind: 'log' }>;

function logging(level = 'debug', maxBytes = 10_000): { log: GuestLog; lines: Line[] } {
  const lines: Line[] = [];
  const gate = new OutputGate(
    maxBytes,
    () => 0,
    (notice) => lines.push(notice as Line),
  );
  return { log: new GuestLog(level, gate), lines };
}

describe('the log of a guest', () => {
  test.each([
    ['trace', ['debug', 'info', 'warn', 'error']],
    ['debug', ['debug', 'info', 'warn', 'error']],
    ['info', ['info', 'warn', 'error']],
    ['warn', ['warn', 'error']],
    ['error', ['error']],
    ['fatal', []],
    ['silent', []],
    ['unheard-of', ['info', 'warn', 'error']],
  ])('at level %s tells %j', (level, told) => {
    const { log, lines } = logging(level);
    log.debug({}, 'd');
    log.info({}, 'i');
    log.warn({}, 'w');
    log.error({}, 'e');
    expect(lines.map((line) => line.level)).toEqual(told);
  });

  test('tells fields and a message', () => {
    const { log, lines } = logging();
    log.info({ order: 7 }, 'paid');
    expect(lines).toEqual([{ kind: 'log', level: 'info', fields: { order: 7 }, message: 'paid' }]);
  });

  test('is called as pino is: with a message alone, or with fields alone', () => {
    const { log, lines } = logging();
    log.info('hello' as never, undefined as never);
    log.info({ order: 7 }, undefined as never);
    expect(lines.map(({ fields, message }) => [fields, message])).toEqual([
      [{}, 'hello'],
      [{ order: 7 }, ''],
    ]);
  });

  test('is called as pino is: with an error in place of fields', () => {
    const { log, lines } = logging();
    log.error(new TypeError('boom'), 'failed');
    log.error(new TypeError('boom'), undefined as never);
    expect(lines).toMatchObject([
      { message: 'failed', fields: { err: { name: 'TypeError', message: 'boom' } } },
      { message: 'boom', fields: { err: { name: 'TypeError', message: 'boom' } } },
    ]);
  });

  test('adds the bindings of its parents', () => {
    const { log, lines } = logging();
    log.child({ tenant: 'acme', step: 1 }).child({ session: 's1' }).info({ step: 2 }, 'on');
    expect(lines[0]!.fields).toEqual({ tenant: 'acme', session: 's1', step: 2 });
  });

  test('tells an error in a field with its name, message, stack, code and cause', () => {
    const { log, lines } = logging();
    const cause = new RangeError('root');
    const err = Object.assign(new TypeError('boom', { cause }), { code: 'E_OWN' });
    log.error({ err, deep: { err } }, 'failed');
    const told = {
      name: 'TypeError',
      message: 'boom',
      code: 'E_OWN',
      stack: err.stack,
      cause: { name: 'RangeError', message: 'root' },
    };
    expect(lines[0]!.fields).toMatchObject({ err: told, deep: { err: told } });
  });

  test('tells what a clone would refuse as JSON would show it', () => {
    const { log, lines } = logging();
    log.info({ big: 12n, run: () => 1, when: new Date(0), nested: { big: [1n] } }, 'odd');
    expect(lines[0]!.fields).toEqual({
      big: '12n',
      when: '1970-01-01T00:00:00.000Z',
      nested: { big: ['1n'] },
    });
  });

  test('tells that fields cannot be logged where they refer to themselves or throw', () => {
    const { log, lines } = logging();
    const knot: { self?: unknown } = {};
    knot.self = knot;
    log.info({ knot }, 'cyclic');
    log.info({ bad: { toJSON: () => JSON.parse('{') as unknown } }, 'throws');
    expect(lines.map(({ fields, message }) => [fields, message])).toEqual([
      [{ unloggable: true }, 'cyclic'],
      [{ unloggable: true }, 'throws'],
    ]);
  });

  test('is metered by message and fields', () => {
    const { log, lines } = logging('info', 100);
    log.info({}, 'x'.repeat(99));
    log.info({ text: 'x'.repeat(100) }, '');
    log.info({}, 'x'.repeat(98));
    expect(lines).toEqual([
      { kind: 'dropped', lines: 2, bytes: 212 },
      expect.objectContaining({ kind: 'log', message: 'x'.repeat(98) }),
    ]);
  });

  test('leaves nobody in doubt whose line it is', () => {
    const { log, lines } = logging();
    const own = log.child({ tenant: 'acme', agent: 'billing', session: 's1' });
    own.child({ session: 's2' }).info({ tenant: 'globex', agent: 'x' }, 'forged');
    expect(lines[0]!.fields).toEqual({ tenant: 'acme', agent: 'billing', session: 's1' });
  });

  test('cuts what is too long, and says so', () => {
    const { log, lines } = logging('info', 1_000_000);
    log.child({ tenant: 'acme' }).info({ text: 'x'.repeat(100_000) }, 'word '.repeat(10_000));
    expect(lines[0]!.fields).toEqual({ tenant: 'acme', truncated: true });
    expect(lines[0]!.message).toHaveLength(8_190);
  });

  test('is metered also where its fields cannot be logged', () => {
    const { log, lines } = logging('info', 100);
    const knot: { self?: unknown } = {};
    knot.self = knot;
    for (let line = 0; line < 1_000; line += 1) log.info(knot, '');
    expect(lines.length).toBeLessThanOrEqual(100);
  });
});
