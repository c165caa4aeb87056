import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { frameLines, onceLines } from '../../src/top/frame.js';
import { reduce } from '../../src/top/reducer.js';
import type { TopState } from '../../src/top/screen-state.js';
import { EVIL, hostileSnapshot } from '../fixtures/hostile-snapshot.js';
import { richSnapshot } from '../fixtures/rich-snapshot.js';
import {
  blockRow,
  endRow,
  isolateRow,
  sampleSnapshot,
  sessionRow,
} from '../fixtures/sample-snapshot.js';
import { press, topState } from '../fixtures/top-state.js';

const sized = (columns: number, rows: number, over: Partial<TopState> = {}): TopState =>
  topState({
    snapshot: richSnapshot(),
    terminal: { columns, hasColour: false, hasUnicode: true },
    rows,
    ...over,
  });
const text = (state: TopState): string => frameLines(state).join('\n');
const lineWith = (state: TopState, part: string): string =>
  (frameLines(state).find((line) => line.includes(part)) ?? '').replace(/ +/g, ' ').trim();

/** Wide characters of the hostile strings take two columns, combining ones none. */
const widthOf = (line: string): number =>
  Array.from(stripVTControlCharacters(line)).reduce(
    (sum, character) => sum + (/[東京🎧]/u.test(character) ? 2 : /\p{M}/u.test(character) ? 0 : 1),
    0,
  );

const SIZES = [
  [80, 24],
  [120, 40],
  [40, 10],
  [20, 6],
  [1, 1],
] as const;
/** Keys that lead to every screen, from the first one. */
const SCREENS: readonly (readonly string[])[] = [
  [],
  ['2'],
  ['3'],
  ['enter'],
  ['2', 'enter'],
  ['3', 'enter'],
  ['/', 'a'],
  ['/', 'z', 'z', 'z'],
  ['?'],
  ['f', 'f'],
];

describe('the frame, at every size and screen', () => {
  test.each(SIZES)('%d x %d: as many lines as there are, none wider', (columns, rows) => {
    for (const keys of SCREENS) {
      for (const hasUnicode of [true, false]) {
        const terminal = { columns, hasColour: true, hasUnicode };
        const lines = frameLines(press(sized(columns, rows, { terminal }), ...keys));
        expect([keys, lines.length]).toEqual([keys, rows]);
        for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(columns);
        if (!hasUnicode) expect(stripVTControlCharacters(lines.join(''))).toMatch(/^[ -~]*$/);
      }
    }
  });

  test('colours change nothing but the colour', () => {
    const coloured = sized(80, 24, {
      terminal: { columns: 80, hasColour: true, hasUnicode: true },
    });
    // Where there is no colour a pointer marks the row; on a help screen there is no row.
    for (const keys of [['?'], ['enter']]) {
      const painted = text(press(coloured, ...keys));
      expect(painted).toContain('\u001b[');
      expect(stripVTControlCharacters(painted)).toBe(text(press(sized(80, 24), ...keys)));
    }
    expect(text(sized(80, 24))).not.toContain('\u001b');
    expect(lineWith(sized(80, 24), '>')).toMatch(/^>\w{8} billing acme/);
    const marked = frameLines(coloured).find((line) => line.startsWith('\u001b[7m'));
    expect(marked).toMatch(/\w{8} billing +acme/);
  });
});

describe('hostile strings', () => {
  const { snapshot, replaced } = hostileSnapshot();

  test('are everywhere in the snapshot of this test', () => {
    expect(replaced).toBeGreaterThan(100);
    expect(snapshot.sessions[0]!.tenant).toContain(EVIL);
  });

  test.each(SIZES)('%d x %d: no control gets through, no line gets wider', (columns, rows) => {
    for (const keys of SCREENS) {
      const begin = sized(columns, rows, { snapshot });
      const gone = { state: 'gone', forMs: 1, why: EVIL } as const;
      for (const state of [begin, reduce(begin, { kind: 'link', link: gone })]) {
        const filter = { ...state.filter, search: '', agent: null };
        for (const line of frameLines(press({ ...state, filter }, ...keys))) {
          expect(line).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
          expect(widthOf(line)).toBeLessThanOrEqual(columns);
        }
      }
    }
  });

  test('neither do those of the command line and the keyboard', () => {
    const filter = { status: null, tenant: EVIL, agent: EVIL, search: '' };
    const state = press(sized(120, 24, { filter }), '/', '\u202e', 'a');
    for (const line of [...frameLines(state), ...onceLines(state, 10)]) {
      expect(line).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
    }
    expect(state.filter.search).toBe('a');
  });
});

describe('the header', () => {
  test('80 x 24 has all of it', () => {
    const lines = frameLines(sized(80, 24));
    expect(lines[0]).toBe(
      'voice · running · host host-1 · tenantry 0.1.0 · up 3 h 12 m · pid 4123',
    );
    const all = lines.join('\n');
    expect(all).toMatch(
      /CPU \[█+[▉-▏]? +142%\] {2}Mem \[.* 6\.1G\/16\.0G\] {2}Swp \[.* 205M\/2\.0G\]/,
    );
    expect(all).toContain('vCPUs 4 · load 1.92 1.40 0.88 · net ↓1.2M/s ↑965K/s');
    expect(all).toContain(
      'sessions 17/1,000 · draining 1 · isolates coroutine 1 thread 1 process 1',
    );
    expect(all).toMatch(/^CPU 60 s [▁-█]{60} max 73%$/m);
    expect(all).toMatch(/^lag 60 s [▁-█]{60} max 312ms$/m);
  });

  test('what the system does not say is "-"', () => {
    const all = text(sized(80, 24, { snapshot: sampleSnapshot({ system: null }) }));
    expect(all).toMatch(/CPU \[ +-\] {2}Mem \[ +-\] {2}Swp \[ +-\]/);
    expect(all).toContain('vCPUs - · load - · net ↓- ↑-');
    expect(all).toMatch(/^CPU 60 s {2,}max -$/m);
  });

  test('a low terminal keeps its lines for rows', () => {
    const all = text(sized(80, 10));
    expect(all).toContain('sessions 17/1,000');
    expect(all).not.toContain('CPU 60 s');
    expect(
      all.split('\n').filter((line) => / coroutine | thread | process /.test(line)).length,
    ).toBeGreaterThan(3);
  });
});

describe('alerts', () => {
  const alert = (
    over: Parameters<typeof sampleSnapshot>[0],
    link: TopState['link'] = { state: 'answering' },
  ) => frameLines(sized(200, 24, { snapshot: sampleSnapshot(over), link }))[1];

  test('an ongoing block names isolate, length, tenant, session and line', () => {
    const ongoing = blockRow({ isOngoing: true, durationMs: 312 });
    expect(alert({ blocks: [ongoing] })).toBe(
      'BLOCKED main 312 ms: tenant acme session 3f2a91c0… at chargeCard (agents/billing.js:42)',
    );
    const longer = blockRow({ isOngoing: true, durationMs: 900, isolate: 'thread-1' });
    expect(alert({ blocks: [ongoing, longer] })).toMatch(/^BLOCKED thread-1 900 ms/);
    const shown = { columns: 80, hasColour: true, hasUnicode: true };
    const painted = text(sized(80, 24, { terminal: shown }));
    expect(painted).toContain('\u001b[31mBLOCKED\u001b[39m');
  });

  test.each([
    ['native code', { place: null }, 'tenant acme session 3f2a91c0…, line: unknown (native)'],
    [
      'the host',
      { cause: 'host', session: null, tenant: null },
      'host code at chargeCard (agents/billing.js:42)',
    ],
    [
      'the collector',
      { cause: 'gc', session: null, tenant: null, place: null },
      'garbage collection',
    ],
    [
      'the collector for a tenant',
      { cause: 'gc', session: null, place: null },
      'garbage collection (tenant acme)',
    ],
  ] as const)('%s is named as such', (_, over, said) => {
    const blocks = [blockRow({ ...over, isOngoing: true, durationMs: 312 })];
    expect(alert({ blocks })).toBe(`BLOCKED main 312 ms: ${said}`);
  });

  test('a block that has just ended is still told, an old one is not', () => {
    expect(alert({ blocks: [blockRow()] })).toMatch(
      /^last block 2\.0 s ago: main 320 ms: tenant acme/,
    );
    const old = blockRow({ startedAtMs: sampleSnapshot().takenAtMs - 60_000 });
    expect(alert({ blocks: [old] })).toMatch(/^CPU \[/);
  });

  test('a pool that is gone or late comes before everything else', () => {
    const blocks = [blockRow({ isOngoing: true })];
    const gone = { state: 'gone', forMs: 3_400, why: 'no running pool at /x.sock' } as const;
    expect(alert({ blocks }, gone)).toBe(
      'pool gone since 3 s, reconnecting: no running pool at /x.sock',
    );
    expect(alert({ blocks }, { state: 'failing', forMs: 7_000, why: 'no answer' })).toBe(
      'no figures for 7 s, asking again: no answer',
    );
    expect(alert({ blocks }, { state: 'late', forMs: 2_100 })).toBe('no answer for 2 s, waiting');
  });

  test('figures that are held, and an observer that does not watch, are told', () => {
    const { observer } = sampleSnapshot();
    expect(alert({ observer: { ...observer, heldForMs: 2_100 } })).toBe(
      'figures held for 2.1 s: the main loop makes no new ones',
    );
    expect(alert({ observer: { ...observer, state: 'off' } })).toMatch(/^introspection is off/);
    expect(alert({ observer: { ...observer, state: 'lost' } })).toMatch(/^the observer is lost/);
  });
});

describe('the tables', () => {
  test('sessions at 80 columns have every column', () => {
    const terminal = { columns: 80, hasColour: true, hasUnicode: true };
    const titles = stripVTControlCharacters(lineWith(sized(80, 24, { terminal }), 'dur(s)'));
    expect(titles.replace(/ +/g, ' ').trim()).toBe(
      'session agent tenant rung dur(s) CPU%↓ MEM peak blocked status',
    );
    expect(lineWith(sized(80, 24), ' 86 ')).toContain('≈9.6M');
  });

  test('a share is marked and explained, an exact figure is not', () => {
    const state = sized(120, 40);
    expect(lineWith(state, 'transcribe')).toMatch(/ 71\.0M 85\.2M /);
    expect(lineWith(state, 'globex   thread        33')).toMatch(/ ≈18\.4M /);
    expect(text(state)).toContain('≈ equal share of what was measured for several sessions');
    const ascii = { columns: 120, hasColour: false, hasUnicode: false };
    expect(lineWith({ ...state, terminal: ascii }, 'globex   thread        33')).toMatch(
      / ~18\.4M /,
    );
    expect(text(press({ ...state, terminal: ascii }, '?'))).toContain('~ in MEM');
    const exact = sampleSnapshot({
      sessions: [
        sessionRow({ memory: { bytes: 1, peakBytes: 1, method: 'process-rss', sharedBy: 1 } }),
      ],
    });
    expect(text(sized(120, 40, { snapshot: exact }))).not.toContain('≈');
  });

  test('what belongs to no session ends the tables of sessions and tenants', () => {
    for (const keys of [[], ['2'], ['n']]) {
      const lines = frameLines(press(sized(80, 24), ...keys)).filter((line) => line.trim() !== '');
      expect(lines.at(-3)!.replace(/ +/g, ' ')).toMatch(/^( )?unattributed .* 5\.0 58\.0M/);
    }
    expect(text(press(sized(80, 24), '3'))).not.toContain('unattributed');
    const without = sampleSnapshot({ unattributed: null });
    expect(text(sized(80, 24, { snapshot: without }))).not.toContain('unattributed');
  });

  test('a session that failed within five seconds is errored, then it is gone', () => {
    const snapshot = sampleSnapshot({
      recentEnds: [
        endRow(),
        endRow({ session: 'f1', agoMs: 5_001, agent: 'tardy' }),
        endRow({ session: 'f2', status: 'succeeded', reason: 'completed', agent: 'fine' }),
      ],
    });
    const all = text(sized(120, 24, { snapshot }));
    expect(all).toMatch(/e0e1e2e3 support acme +coroutine +12 +- +- +- +- errored/);
    expect(all).not.toMatch(/tardy|fine/);
    expect(all).toContain('[1 sessions 2]');
  });

  test('pages hold every row once', () => {
    const sessions = Array.from({ length: 50 }, (_, at) =>
      sessionRow({ session: `s${at}x`.padEnd(8, 'x') }),
    );
    let state = sized(80, 24, { snapshot: sampleSnapshot({ sessions }), sort: 'session' });
    const seen = new Set<string>();
    let count = 0;
    for (let page = 0; page < 10; page += 1) {
      const ids = text(state).match(/s\d+x+/g) ?? [];
      if (!seen.has(ids[0]!)) count += ids.length;
      for (const id of ids) seen.add(id);
      state = press(state, 'n');
    }
    expect([seen.size, count]).toEqual([50, 50]);
  });

  test('a table without rows says so', () => {
    expect(text(sized(80, 24, { snapshot: sampleSnapshot({ sessions: [] }) }))).toContain(
      'no sessions\n',
    );
    expect(text(press(sized(80, 24), '/', 'z', 'z'))).toContain('no sessions pass the filters');
  });

  test('isolates show what is not of the present', () => {
    const isolates = [isolateRow({ freshness: 'stale', reportAgeMs: 4_000 })];
    const state = press(sized(120, 24, { snapshot: sampleSnapshot({ isolates }) }), '3');
    expect(lineWith(state, '>main')).toMatch(/stale 4\.0 s .* ~64\.0M ~10\.0M/);
    expect(text(state)).toContain('~ as last reported');
  });

  test('a thousand sessions are a frame in a moment', () => {
    const sessions = Array.from({ length: 1_000 }, (_, at) =>
      sessionRow({ session: (at * 2_654_435_761).toString(16).padStart(32, '0') }),
    );
    const state = sized(120, 40, { snapshot: sampleSnapshot({ sessions }) });
    frameLines(state);
    const before = process.cpuUsage();
    for (let at = 0; at < 10; at += 1) frameLines(state);
    const { user, system } = process.cpuUsage(before);
    // A tenth of a second each would be seen; laying out all rows takes several.
    expect((user + system) / 1_000 / 10).toBeLessThan(100);
  });
});

describe('details', () => {
  test('a session: its facts, its blocks with lines, its messages, ends like it', () => {
    const all = text(press(sized(100, 40), 'enter'));
    expect(all).toMatch(/^Session [0-9a-f]{32}$/m);
    expect(all).toMatch(/^tenant +acme$/m);
    expect(all).toMatch(/^status +slow, state active/m);
    expect(all).toMatch(/^CPU +86 % now, 69 % over a minute/m);
    expect(all).toMatch(/^memory +≈9\.6 MiB, peak 11\.5 MiB \(equal-share of 14 sessions\)$/m);
    expect(all).toMatch(/^messages +4 in, 5 out, queued 0\/2$/m);
    expect(all).toMatch(/^blocked +6 times, 1\.9 s in all, longest 970 ms$/m);
    expect(all).toMatch(/^last block +now at chargeCard \(agents\/billing\.js:42\)$/m);
    expect(all).toMatch(
      /^ +now +312 ms {2}chargeCard \(agents\/billing\.js:42\) {2}main, acme, session \w{8}…$/m,
    );
    expect(all).toMatch(/^ +from run \(agents\/billing\.js:17\)$/m);
    expect(all).toContain('Recent ends of acme with billing');
  });

  test('a session that has ended tells how', () => {
    const ended = sampleSnapshot({ sessions: [], recentEnds: [endRow()] });
    const state = press(sized(100, 40, { snapshot: ended }), 'enter');
    expect(text(state)).toContain('It runs no more.');
    expect(text(state)).toMatch(/Its end\n +1\.0 s ago {2}failed TENANTRY_INPUT_INVALID/);
    const forgotten = reduce(state, {
      kind: 'snapshot',
      snapshot: sampleSnapshot({ sessions: [] }),
    });
    expect(text(forgotten)).toContain('It runs no more.');
  });

  test('a tenant: its isolates, refusals, blocks and ends', () => {
    const all = text(press(sized(100, 40), '2', 'enter'));
    expect(all).toMatch(/^Tenant acme$/m);
    expect(all).toMatch(/^isolates +none of its own$/m);
    expect(all).toMatch(/^memory +≈67\.0 MiB of its running sessions$/m);
    expect(all).toMatch(/completed {2}\w{8} support {2}ran 12\.0 s, CPU 80 ms, blocked 0 ms/);
    expect(text(press(sized(100, 40), '2', 'down', 'enter'))).toMatch(/^isolates +\w+-1 ready$/m);
  });

  test('an isolate: where it runs, and how it ended last', () => {
    const lastEnd = {
      reason: 'oom-heap',
      detail: 'limit 256 MB',
      offender: 'abcd',
      agoMs: 3_200,
    } as const;
    const snapshot = sampleSnapshot({ isolates: [isolateRow({ lastEnd })], blocks: [blockRow()] });
    const all = text(press(sized(100, 40, { snapshot }), '3', 'enter'));
    expect(all).toMatch(/^place +pid 4123, thread 0$/m);
    expect(all).toMatch(/^last end +oom-heap 3\.2 s ago: limit 256 MB \(session abcd\)$/m);
    expect(all).toMatch(/320 ms {2}chargeCard .* {2}main, acme, session/);
  });
});

describe('onceLines', () => {
  test('has all rows up to a number, and no mark of a cursor', () => {
    const terminal = { columns: null, hasColour: false, hasUnicode: true };
    const all = onceLines(sized(80, 24, { terminal }), 200);
    expect(all.filter((line) => /^[0-9a-f]{8} /.test(line))).toHaveLength(18);
    expect(all.join('\n')).not.toContain('>');
    const few = onceLines(sized(80, 24, { terminal }), 5);
    expect(few.filter((line) => /^[0-9a-f]{8} /.test(line))).toHaveLength(5);
    expect(few).toContain('and 13 more (--json has all)');
  });
});
