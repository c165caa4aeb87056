/**
 * Pure: the picture of `noisy-neighbour`, as SVG. A panel for each kind of offence, a line for each
 * contender, three marks on it: p99 before, during and after, on a logarithmic axis. Its colours follow
 * the reader's light or dark setting; the marks differ in shape as well.
 */
import { CONTENDERS, KINDS, type ContenderName, type Kind } from './plan.js';
import type { Figures } from './verdict.js';

export interface Row {
  readonly kind: Kind;
  readonly contender: ContenderName;
  readonly figures: Figures;
}

const TITLES: Readonly<Record<Kind, string>> = {
  block: 'blocks 200 ms each second',
  loop: 'loops for ever, in an isolate',
  heap: 'keeps 40 MB of objects a second',
  buffers: 'keeps 40 MB of Buffers a second',
  crash: 'throws at once, again and again',
  flood: 'sends as fast as it can',
  opens: 'opens 1,000 sessions a second',
};

const NAMES: Readonly<Record<ContenderName, string>> = {
  ours: 'Tenantry',
  noEscalation: 'observing only',
  piscina: 'Piscina',
  bare: 'bare loop',
};

const WIDTH = 760;
const LEFT = 150;
const RIGHT = 60;
const TOP = 84;
const LINE = 20;
const PANEL_HEAD = 30;
/** The axis, in ms; what lies outside is drawn at its end. */
const LEAST_MS = 1;
const MOST_MS = 10_000;
const TICKS_MS = [1, 10, 100, 1_000, 10_000];

const STYLE = `
svg { color-scheme: light dark; font: 12px ui-sans-serif, system-ui, sans-serif; }
.paper { fill: #ffffff; } .text { fill: #1f2328; } .faint { fill: #59636e; }
.grid { stroke: #d1d9e0; } .span { stroke: #afb8c1; stroke-width: 2; }
.before { fill: none; stroke: #59636e; stroke-width: 2; }
.during { fill: #bc4c00; } .after { fill: #0969da; }
@media (prefers-color-scheme: dark) {
.paper { fill: #0d1117; } .text { fill: #e6edf3; } .faint { fill: #9198a1; }
.grid { stroke: #2a313c; } .span { stroke: #454c57; }
.before { stroke: #9198a1; }
.during { fill: #f0883e; } .after { fill: #58a6ff; }
}`.trim();

const rounded = (value: number): string => String(Math.round(value * 10) / 10);

/** Where a latency lies; 10 s for one that never came. */
function xOf(ms: number): number {
  const within = Math.min(MOST_MS, Math.max(LEAST_MS, ms));
  const share = Math.log(within / LEAST_MS) / Math.log(MOST_MS / LEAST_MS);
  return LEFT + share * (WIDTH - LEFT - RIGHT);
}

const text = (x: number, y: number, look: string, words: string, more = ''): string =>
  `<text x="${rounded(x)}" y="${rounded(y)}" class="${look}"${more}>${words}</text>`;

const before = (x: number, y: number): string =>
  `<circle class="before" cx="${rounded(x)}" cy="${rounded(y)}" r="4"/>`;
const during = (x: number, y: number): string =>
  `<path class="during" d="M${rounded(x)} ${rounded(y - 5)}l5 9h-10z"/>`;
const after = (x: number, y: number): string =>
  `<circle class="after" cx="${rounded(x)}" cy="${rounded(y)}" r="4.5"/>`;

/**
 * A picture of the rows it is given, whichever they are.
 * @param measuredOn where and beside what it was measured; small print
 */
export function drawChart(rows: readonly Row[], measuredOn: string): string {
  const kinds = KINDS.filter((kind) => rows.some((row) => row.kind === kind));
  const parts: string[] = [];
  let y = TOP;
  for (const kind of kinds) {
    const own = CONTENDERS.flatMap((name) =>
      rows.filter((row) => row.kind === kind && row.contender === name),
    );
    parts.push(text(16, y + 14, 'text', TITLES[kind], ' font-weight="600"'));
    for (const [index, row] of own.entries()) {
      parts.push(...lineOf(row, y + PANEL_HEAD + index * LINE));
    }
    y += PANEL_HEAD + own.length * LINE + 8;
  }
  const height = y + 28;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img">`,
    '<title>Latency of healthy calls beside a tenant that offends</title>',
    `<style>${STYLE}</style>`,
    `<rect class="paper" width="${WIDTH}" height="${height}" rx="8"/>`,
    ...headOf(height),
    ...parts,
    text(16, height - 10, 'faint', measuredOn, ' font-size="11"'),
    '</svg>',
    '',
  ].join('\n');
}

function headOf(height: number): string[] {
  const legendY = 50;
  return [
    text(
      16,
      28,
      'text',
      '50 healthy calls beside one offender: p99 of a frame',
      ' font-size="15" font-weight="600"',
    ),
    before(22, legendY - 4),
    text(34, legendY, 'text', 'before'),
    during(96, legendY - 4),
    text(108, legendY, 'text', 'from the first offence until confined'),
    after(348, legendY - 4),
    text(360, legendY, 'text', 'afterwards, while it goes on'),
    ...TICKS_MS.flatMap((ms) => {
      const x = xOf(ms);
      const label = ms >= 1_000 ? `${ms / 1_000} s` : `${ms} ms`;
      return [
        `<line class="grid" x1="${rounded(x)}" x2="${rounded(x)}" y1="${TOP - 6}" y2="${height - 28}"/>`,
        text(x, TOP - 12, 'faint', label, ' text-anchor="middle"'),
      ];
    }),
  ];
}

function lineOf({ contender, figures }: Row, y: number): string[] {
  const { p99BaselineMs, p99DuringMs, p99AfterMs, healthyFailures } = figures;
  const name = text(LEFT - 12, y + 4, 'text', NAMES[contender], ' text-anchor="end"');
  const known = [p99BaselineMs, p99DuringMs, p99AfterMs].filter((ms) => !Number.isNaN(ms));
  if (known.length === 0) {
    return [name, text(LEFT + 8, y + 4, 'faint', 'the whole process died or stood still')];
  }
  const from = xOf(Math.min(...known));
  const to = xOf(Math.max(...known));
  const parts = [
    name,
    `<line class="span" x1="${rounded(from)}" x2="${rounded(to)}" y1="${y}" y2="${y}"/>`,
  ];
  if (!Number.isNaN(p99BaselineMs)) parts.push(before(xOf(p99BaselineMs), y));
  if (!Number.isNaN(p99DuringMs)) parts.push(during(xOf(p99DuringMs), y));
  if (!Number.isNaN(p99AfterMs)) parts.push(after(xOf(p99AfterMs), y));
  if (healthyFailures > 0) {
    parts.push(text(WIDTH - RIGHT + 10, y + 4, 'faint', `${healthyFailures} lost`));
  }
  return parts;
}
