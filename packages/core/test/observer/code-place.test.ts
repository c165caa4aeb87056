import { writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import type { ProbedFrame } from '../../src/attribution/turn-probe.js';
import { blamed, isInsideCall, toPlace, toStack } from '../../src/observer/code-place.js';
import { tempFolder } from '../temp-folder.js';

const here = (file: string): string => pathToFileURL(path.resolve(file)).href;

const frame = (url: string, fields: Partial<ProbedFrame> = {}): ProbedFrame => ({
  functionName: path.basename(url),
  url,
  line: 10,
  column: 3,
  isAsync: false,
  ...fields,
});

const user = frame(here('agents/billing.js'));
const library = frame(here('node_modules/lib/index.js'));
const node = frame('node:fs');
const runtime = frame(new URL('../../src/host/session-host.js', import.meta.url).href);
const guest = frame(new URL('../../../../isolation/dist/src/guest/guest.js', import.meta.url).href);
const evaluated = frame('');

describe('the frame to blame', () => {
  test.each<[string, ProbedFrame[], ProbedFrame | undefined]>([
    ['the innermost of the user’s own code', [evaluated, node, library, user, runtime], user],
    ['the user’s code above a library that called it', [user, library, runtime], user],
    ['a library where no frame is the user’s', [node, library, runtime], library],
    ['nobody where all is Node’s and the runtime’s', [evaluated, node, runtime, guest], undefined],
    ['nobody on an empty stack', [], undefined],
  ])('is %s', (_which, frames, expected) => {
    expect(blamed(frames)).toBe(expected);
  });

  test('runs: one that waits is blamed only where nothing else is the user’s', () => {
    const waiting = frame(here('agents/waiting.js'), { isAsync: true });
    expect(blamed([node, user, waiting])).toBe(user);
    expect(blamed([library, waiting])).toBe(waiting);
    expect(blamed([node, waiting])).toBe(waiting);
  });
});

describe('a stack', () => {
  test('leaves out Node, the runtime and code without a file', () => {
    const stack = toStack([evaluated, node, user, library, runtime, guest]);
    expect(stack.map(({ file }) => file)).toEqual([
      'agents/billing.js',
      'node_modules/lib/index.js',
    ]);
  });

  test('has ten places at most, the innermost ones', () => {
    const frames = Array.from({ length: 30 }, (_, at) => frame(here(`agents/${at}.js`)));
    const stack = toStack(frames);
    expect(stack).toHaveLength(10);
    expect(stack[0]!.file).toBe('agents/0.js');
  });
});

describe('a call into Node', () => {
  const spawn = frame('node:child_process');
  const stderr = frame('node:internal/bootstrap/switches/is_main_thread');

  test('is under way when one function of Node’s has called another', () => {
    expect(isInsideCall([stderr, spawn, user])).toBe(true);
  });

  test('is looked for below the probe, which is evaluated on top of the stack', () => {
    expect(isInsideCall([evaluated, stderr, spawn, user])).toBe(true);
    expect(isInsideCall([evaluated, user, stderr, spawn])).toBe(false);
  });

  test('is not known from one function alone, which the next line may just have entered', () => {
    expect(isInsideCall([evaluated, spawn, user])).toBe(false);
  });

  test.each([
    ['the timers', 'node:internal/timers'],
    ['a promise hook', 'node:internal/async_hooks'],
    ['the ticks', 'node:internal/process/task_queues'],
  ])('is none of %s', (_what, url) => {
    expect(isInsideCall([evaluated, frame(url), frame(url), user])).toBe(false);
    expect(isInsideCall([evaluated, stderr, frame(url), user])).toBe(false);
  });

  test('is none of an empty stack', () => {
    expect(isInsideCall([])).toBe(false);
    expect(isInsideCall([evaluated])).toBe(false);
  });
});

describe('a place in source code', () => {
  test('is named from where the service was started', () => {
    expect(toPlace(user)).toEqual({ function: 'billing.js', file: 'agents/billing.js', line: 10 });
  });

  test('outside of it has its whole path', () => {
    const outside = path.resolve(process.cwd(), '..', 'elsewhere.js');
    expect(toPlace(frame(pathToFileURL(outside).href)).file).toBe(outside);
  });

  test('of a file with a space or an accent is spelt as the file is', () => {
    expect(toPlace(frame(here('agents/with space é.js'))).file).toBe('agents/with space é.js');
  });

  test('of a CommonJS module, which has no URL, is a path as well', () => {
    expect(toPlace(frame(path.resolve('agents/old.cjs'))).file).toBe('agents/old.cjs');
  });

  test('in a function without a name says so', () => {
    expect(toPlace({ ...user, functionName: '' }).function).toBe('(anonymous)');
  });

  // Line 2, column 3 of the generated file is line 7, column 5 of `src/billing.ts`; line 3 is line 8.
  const map = {
    version: 3,
    sources: ['src/billing.ts'],
    names: [],
    mappings: ';EAMI;AACA',
  };

  test('is that of the source where the file has an inline map', () => {
    const file = path.join(tempFolder(), 'billing.js');
    const data = Buffer.from(JSON.stringify(map)).toString('base64');
    writeFileSync(
      file,
      `\n  spin();\n//# sourceMappingURL=data:application/json;charset=utf-8;base64,${data}\n`,
    );
    const place = toPlace(frame(pathToFileURL(file).href, { line: 2, column: 3 }));
    expect(place.line).toBe(7);
    expect(place.file).toBe(path.join(path.dirname(file), 'src/billing.ts'));
  });

  test('is that of the source where a map lies beside the file', () => {
    const file = path.join(tempFolder(), 'billing.js');
    writeFileSync(file, '\n  spin();\n//# sourceMappingURL=billing.js.map\n');
    writeFileSync(`${file}.map`, JSON.stringify(map));
    expect(toPlace(frame(pathToFileURL(file).href, { line: 2, column: 3 })).line).toBe(7);
  });

  test.each([
    ['that is not there', 'billing.js.map'],
    ['that is no map', 'data:application/json;base64,bm8='],
  ])('is the file’s own with a map %s', (_what, named) => {
    const file = path.join(tempFolder(), 'billing.js');
    writeFileSync(file, `\n  spin();\n//# sourceMappingURL=${named}\n`);
    const place = toPlace(frame(pathToFileURL(file).href, { line: 2, column: 3 }));
    expect([place.file, place.line]).toEqual([file, 2]);
  });
});
