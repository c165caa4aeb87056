/** The picture: what it shows of which figures. */
import { describe, expect, test } from '@jest/globals';
import { drawChart, type Row } from '../../src/noisy/chart.js';
import { GONE } from '../../src/noisy/verdict.js';

const FIGURES = {
  p99BaselineMs: 1,
  p99DuringMs: 100,
  p99AfterMs: 10_000,
  msFirstOffenceToConfined: 2_000,
  healthyFailures: 0,
};
const OURS: Row = { kind: 'block', contender: 'ours', figures: FIGURES };

const marks = (svg: string, look: string): number[] =>
  [...svg.matchAll(new RegExp(`<(?:circle|path) class="${look}" (?:cx="|d="M)([\\d.]+)`, 'g'))]
    .slice(1)
    .map(([, x]) => Number(x));

describe('drawChart', () => {
  test('puts latencies on a logarithmic axis, from 1 ms to 10 s', () => {
    const svg = drawChart([OURS], '');
    expect(marks(svg, 'before')).toEqual([150]);
    expect(marks(svg, 'during')).toEqual([425]);
    expect(marks(svg, 'after')).toEqual([700]);
  });

  test('what lies outside is drawn at the end of the axis', () => {
    const figures = { ...FIGURES, p99BaselineMs: 0.2, p99AfterMs: Infinity };
    const svg = drawChart([{ ...OURS, figures }], '');
    expect(marks(svg, 'before')).toEqual([150]);
    expect(marks(svg, 'after')).toEqual([700]);
  });

  test('leaves out what was not measured, and says so of a process that is gone', () => {
    const figures = { ...FIGURES, p99DuringMs: Number.NaN };
    const gone: Row = { kind: 'loop', contender: 'bare', figures: GONE };
    const svg = drawChart([{ ...OURS, figures }, gone], '');
    expect(marks(svg, 'during')).toEqual([]);
    expect(svg).toContain('the whole process died or stood still');
    expect(svg).not.toContain('NaN');
  });

  test('says how many healthy calls were lost', () => {
    const svg = drawChart([{ ...OURS, figures: { ...FIGURES, healthyFailures: 7 } }], '');
    expect(svg).toContain('>7 lost<');
    expect(drawChart([OURS], '')).not.toContain(' lost<');
  });

  test('has a panel for each kind it was given, and colours for a dark page', () => {
    const svg = drawChart([OURS, { ...OURS, kind: 'crash' }], 'two cores');
    expect(svg).toContain('blocks 200 ms each second');
    expect(svg).toContain('throws at once, again and again');
    expect(svg).not.toContain('opens 1,000 sessions a second');
    expect(svg).toContain('@media (prefers-color-scheme: dark)');
    expect(svg).toContain('>two cores<');
    expect(svg.startsWith('<svg ')).toBe(true);
  });
});
