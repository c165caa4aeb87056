/** Who is blamed for a block, and for which line: the same wherever the session runs. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Snapshot } from '@tenantry/core';
import { askInspector } from '@tenantry/core/internal';
import { killHosts, ran, startHost, type HostRun } from '../support/host-process.js';
import { onThisMachine } from '../support/machine.js';
import { RUNGS } from '../support/rungs.js';

afterAll(killHosts);

/** The source that the agent was compiled from. */
const SOURCE = fileURLToPath(new URL('../../../test/agents/blocks-loop.ts', import.meta.url));
const SOURCE_LINES = readFileSync(SOURCE, 'utf8').split('\n');

interface Place {
  readonly function: string;
  readonly file: string;
  readonly line: number;
}

interface Told {
  readonly whose: string | null;
  readonly tenant: string | null;
  readonly cause: string;
  readonly isOngoing: boolean;
  readonly durationMs: number;
  readonly place: Place | null;
  readonly text: string | null;
}

/** Where a way to block is written. */
const placeOf = (way: string, inFunction: string): Place => ({
  function: inFunction,
  file: path.relative(process.cwd(), SOURCE),
  line: SOURCE_LINES.findIndex((line) => line.endsWith(`// ${way}`)) + 1,
});

const SCRIPTED = [
  ['message', 'inMessage'],
  ['microtasks', 'inMicrotasks'],
  ['timer', 'inTimer'],
  ['stream', 'inStream'],
  ['socket', 'inSocket'],
  ['emitter', 'inEmitter'],
] as const;
const NATIVE = [
  ['execSync', 'inExec'],
  ['pbkdf2', 'inHash'],
  ['sleep', 'inSleep'],
  ['json', 'inJson'],
] as const;
const WAYS = SCRIPTED.map(([way]) => way);

interface Answer {
  readonly tookMs: number;
  readonly snapshot: Snapshot;
}

/** Asks again and again, until an answer shows where the session blocks; all answers. */
async function askUntilSeen(socketPath: string, session: string): Promise<Answer[]> {
  const answers: Answer[] = [];
  const endMs = performance.now() + 20_000;
  while (performance.now() < endMs) {
    const startMs = performance.now();
    const snapshot = (await askInspector(socketPath, { command: 'snapshot' })) as Snapshot;
    answers.push({ tookMs: performance.now() - startMs, snapshot });
    const seen = snapshot.blocks.find((block) => block.session === session);
    if (seen !== undefined && seen.place !== null) return answers;
  }
  return answers;
}

describe.each(RUNGS)('a session that blocks its loop on the rung %s', (rung) => {
  const said = new Map<string, unknown>();
  let run: HostRun;
  let answers: Answer[] = [];
  let boundMs = 0;

  beforeAll(async () => {
    // A host of their own: what they leave on the heap makes silence look like a collection.
    const natives = NATIVE.map(([way]) => way);
    await ran(startHost('blames', { args: [rung, ...natives] }), (line) => {
      const { what, value } = line as { what: string; value: unknown };
      said.set(what, value);
    });
    let asking: Promise<void> | undefined;
    run = await ran(startHost('blames', { args: [rung, ...WAYS] }), (line) => {
      const { what, value } = line as { what: string; value: unknown };
      said.set(what, value);
      if (what !== 'late') return;
      asking = askUntilSeen(said.get('inspector') as string, value as string).then(
        (all) => void (answers = all),
        () => {},
      );
    });
    await asking;
    boundMs = await onThisMachine(250);
  }, 90_000);

  const toldOf = (what: string): Told[] => said.get(what) as Told[];
  const endsOf = (what: string): Told[] => toldOf(what).filter(({ isOngoing }) => !isOngoing);

  test('leaves its host in order', () => {
    expect([run.code, run.stderr]).toEqual([0, '']);
  });

  test.each(SCRIPTED)('in a %s is told while it lasts, with its line', (way, inFunction) => {
    const [seen, ended] = toldOf(way);
    const place = placeOf(way, inFunction);
    // A storm of promises is also where each of them is made: a few lines above.
    const isStorm = way === 'microtasks';
    for (const told of [seen, ended]) {
      expect(told).toMatchObject({ place: { function: place.function, file: place.file } });
      const above = place.line - told!.place!.line;
      expect(above >= 0 && above <= (isStorm ? 3 : 0)).toBe(true);
    }
    expect(seen).toMatchObject({ whose: 'bad', tenant: 'bad', cause: 'session' });
    expect(seen).toMatchObject({ isOngoing: true });
    expect(seen!.durationMs).toBeGreaterThan(50);
    expect(ended).toMatchObject({ whose: 'bad', cause: 'session', isOngoing: false });
    expect(ended!.durationMs).toBeGreaterThanOrEqual(190);
    expect(toldOf(way)).toHaveLength(2);
  });

  test('is logged in one line, during the block and after it', () => {
    const [seen, ended] = toldOf('message');
    const { file, line } = placeOf('message', 'inMessage');
    const text = (length: string): RegExp =>
      new RegExp(
        `^\\[slow-session\\] session_id=[-0-9a-f]{36} tenant=bad blocked event loop for ${length} at inMessage \\(${file}:${line}\\)$`,
      );
    expect(seen!.text).toMatch(text('\\d+ms so far'));
    expect(ended!.text).toMatch(text('\\d+ms'));
  });

  test.each(NATIVE)(
    'in %s is told of the right session, and of no wrong line',
    (way, inFunction) => {
      const [seen, ended] = toldOf(way);
      expect(seen).toMatchObject({ whose: 'bad', isOngoing: true });
      expect(ended).toMatchObject({ whose: 'bad', cause: 'session', isOngoing: false });
      for (const { place, text } of toldOf(way)) {
        if (place === null) expect(text).toMatch(/ms( so far)? line: unknown \(native\)$/);
        else expect(place).toEqual(placeOf(way, inFunction));
      }
    },
  );

  test('in a call that spawns has its line at the end', () => {
    expect(endsOf('execSync')[0]!.place).toEqual(placeOf('execSync', 'inExec'));
  });

  test('is told apart from another that blocks right after it', () => {
    const ends = endsOf('both').map(({ whose, place }) => [whose, place?.function]);
    expect(ends).toHaveLength(2);
    expect(Object.fromEntries(ends)).toEqual({ bad: 'inMessage', worse: 'inTimer' });
  });

  test('is measured by the threshold of its pool, as it is set', () => {
    expect(said.get('raised')).toEqual({ thresholdMs: 5_000, told: [] });
    const { thresholdMs, told } = said.get('lowered') as { thresholdMs: number; told: Told[] };
    expect(thresholdMs).toBe(60);
    expect(told.map(({ whose, isOngoing }) => [whose, isOngoing])).toEqual([
      ['bad', true],
      ['bad', false],
    ]);
  });

  test('is counted with its session and its tenant, and with nobody else', () => {
    const counts = said.get('ends') as { bad: number; worse: number };
    expect(said.get('books')).toEqual({ sessions: counts, tenants: counts });
    expect(counts).toMatchObject({ good: 0 });
    expect(counts.bad).toBeGreaterThanOrEqual(WAYS.length + 2);
    expect(counts.worse).toBeGreaterThanOrEqual(1);
  });

  test('is shown by the inspector while it lasts, also when it was just opened', () => {
    const { snapshot } = answers.at(-1)!;
    const place = placeOf('stream', 'inStream');
    expect(snapshot.blocks[0]).toMatchObject({
      cause: 'session',
      session: said.get('late'),
      tenant: 'late',
      agent: 'blocks-loop',
      isOngoing: true,
      place,
    });
    const row = snapshot.sessions.find(({ session }) => session === said.get('late'));
    expect(row).toMatchObject({ status: 'slow', blocked: { count: 1, lastPlace: place } });
  });

  test('does not keep the inspector from answering within 250 ms', () => {
    expect(Math.max(...answers.map(({ tookMs }) => tookMs))).toBeLessThan(boundMs);
  });
});
