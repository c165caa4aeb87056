/** The parts of the page that need no browser: its states, its stream, its files. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { pageFiles } from '../../src/gateway/page-files.js';
import { sessionActs, tenantActs } from '../../src/page/acts.js';
import { EventStream } from '../../src/page/event-stream.js';
import { alerts, figures } from '../../src/page/figures.js';
import { happeningText } from '../../src/page/happening-text.js';
import { START, mayAct, next, type Change } from '../../src/page/page-state.js';
import { sampleSnapshot } from '../fixtures/sample-snapshot.js';

describe('a stream of events', () => {
  test('is the same however it is cut', () => {
    const events = [
      { event: 'snapshot', data: '{"a":1}' },
      { event: 'message', data: 'x\ny' },
      { event: 'runtime', data: 'ü' },
    ];
    const text =
      ': still here\n\nevent: snapshot\ndata: {"a":1}\n\ndata: x\ndata:y\n\nevent:runtime\r\ndata: ü\r\n\r\n';
    fc.assert(
      fc.property(fc.array(fc.nat(text.length), { maxLength: 10 }), (cuts) => {
        const at = [0, ...cuts.toSorted((a, b) => a - b), text.length];
        const stream = new EventStream();
        const seen = at.slice(1).flatMap((end, index) => stream.push(text.slice(at[index], end)));
        expect(seen).toEqual(events);
      }),
    );
  });
});

describe('the page', () => {
  const snapshot = sampleSnapshot();
  const me = { id: 'key:1', role: 'operator' } as const;
  const after = (...changes: Change[]) => changes.reduce(next, START);

  test('acts only while its figures are live, and only for those who may', () => {
    const live = after({ kind: 'known', me }, { kind: 'figures', snapshot });
    expect([live.link, mayAct(live)]).toEqual(['live', true]);
    expect(mayAct(next(live, { kind: 'lost' }))).toBe(false);
    const viewer = after(
      { kind: 'known', me: { ...me, role: 'viewer' } },
      { kind: 'figures', snapshot },
    );
    expect(mayAct(viewer)).toBe(false);
  });

  test('forgets everything where it is refused', () => {
    const state = after({ kind: 'figures', snapshot }, { kind: 'refused', said: 'no' });
    expect(state).toEqual({ ...START, link: 'signed-out', refusal: 'no' });
  });

  test('keeps the latest hundred of what happened', () => {
    const happened = Array.from({ length: 120 }, (_, at): Change => ({
      kind: 'happened',
      at: '',
      text: String(at),
      isBad: false,
    }));
    const { happenings } = after(...happened);
    expect([happenings.length, happenings[0]!.text]).toEqual([100, '119']);
  });

  test('shows what is held back as a figure and an alert', () => {
    expect(figures(snapshot).map(({ title }) => title)).toContain('loop lag');
    const held = { ...snapshot, observer: { ...snapshot.observer, heldForMs: 700 } };
    expect(alerts(held)[0]!.text).toContain('has not answered for 700 ms');
  });

  test('offers what can be done, and not what is so already', () => {
    const [row] = snapshot.tenants;
    const titles = tenantActs({ ...row!, rung: 'thread' }).map(({ title }) => title);
    expect(titles).not.toContain('Isolate as thread');
    expect(titles).toContain('Isolate as process');
    expect(sessionActs(snapshot.sessions[0]!).map(({ title }) => title)).toEqual(['Drain', 'Kick']);
  });

  test('has a line for every kind of event, also for one it does not know', () => {
    expect(happeningText({ kind: 'comet.seen' })).toEqual({ text: 'comet: seen', isBad: true });
    const moved = { kind: 'tenant.escalated', tenant: 'acme', from: 'coroutine', to: 'thread' };
    expect(happeningText(moved).text).toBe('tenant acme escalated: coroutine to thread');
  });

  test('is made of modules that a browser can load, and nothing else is served', () => {
    const files = pageFiles();
    expect(files.length).toBeGreaterThan(15);
    for (const { path, text } of files) {
      expect(path).toMatch(/^(?:$|page\.css$|(?:page|top|view)\/[\w-]+\.js$)/);
      if (path.endsWith('.js')) expect(text).not.toMatch(/from ['"](?:node:|[^.'"])/);
    }
  });
});
