import { describe, expect, test } from '@jest/globals';
import { controlText } from '../../src/view/control-text.js';
import type { Terminal } from '../../src/view/terminal.js';

const wide: Terminal = { columns: null, hasColour: false, hasUnicode: true };
const reply = {
  isDryRun: false,
  changed: true,
  before: { rung: 'coroutine', pin: null, same: 1, leftMs: 5 },
  after: { rung: 'thread', pin: 'thread', same: 1, leftMs: null },
  said: 'tenant "acme" is pinned',
};

describe('controlText', () => {
  test('tells what changed, and what was or is nothing', () => {
    expect(controlText(reply, wide)).toBe(
      'tenant "acme" is pinned\nrung: coroutine → thread\npin: none → thread\nleft: 5 ms → none\n',
    );
  });

  test('tells the sentence alone where nothing changed', () => {
    expect(controlText({ ...reply, changed: false }, wide)).toBe(
      'tenant "acme" is pinned (nothing to change)\n',
    );
  });

  test('a dry run is called one', () => {
    expect(controlText({ ...reply, isDryRun: true, changed: false }, wide)).toBe(
      'dry run: tenant "acme" is pinned (nothing to change)\n',
    );
  });

  test('a value that is no plain one is JSON', () => {
    const after = { bounds: { floor: 'thread' } };
    expect(controlText({ ...reply, before: {}, after }, wide)).toContain(
      'bounds: {"floor":"thread"}\n',
    );
  });
});
