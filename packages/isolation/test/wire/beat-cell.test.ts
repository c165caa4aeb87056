import { describe, expect, test } from '@jest/globals';
import { BeatCell } from '../../src/wire/beat-cell.js';

describe('a beat cell', () => {
  test('begins with nothing', () => {
    const cell = new BeatCell();
    expect([cell.beats, cell.heapUsedBytes, cell.externalBytes, cell.kernelThreadId]).toEqual([
      0, 0, 0, 0,
    ]);
  });

  test('shows on one side what was written on the other', () => {
    const host = new BeatCell();
    const guest = new BeatCell(host.buffer);
    guest.writeThreadId(4_242);
    guest.write(1_000, 50);
    guest.write(2_000, 60);
    expect([host.beats, host.heapUsedBytes, host.externalBytes, host.kernelThreadId]).toEqual([
      2, 2_000, 60, 4_242,
    ]);
  });

  test('lies in memory that two threads can share', () => {
    expect(new BeatCell().buffer).toBeInstanceOf(SharedArrayBuffer);
  });

  test('holds figures beyond four gigabytes', () => {
    const cell = new BeatCell();
    cell.write(2 ** 40, 2 ** 33);
    expect([cell.heapUsedBytes, cell.externalBytes]).toEqual([2 ** 40, 2 ** 33]);
  });
});
