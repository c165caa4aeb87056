/** Pure: what a service held during a soak, as SVG: a small picture for each figure. */
import { GAUGES, GAUGE_NAMES, type GaugeName, type Series } from './gauges.js';
import { shown } from './report.js';
import type { Point } from './slope.js';

const WIDTH = 760;
const COLUMNS = 3;
const CELL_WIDTH = WIDTH / COLUMNS;
const CELL_HEIGHT = 104;
const TOP = 56;
const PAD = 16;
const PLOT_TOP = 30;
const PLOT_HEIGHT = 52;

const STYLE = `
svg { color-scheme: light dark; font: 12px ui-sans-serif, system-ui, sans-serif; }
.paper { fill: #ffffff; } .text { fill: #1f2328; } .faint { fill: #59636e; }
.axis { stroke: #d1d9e0; } .line { fill: none; stroke: #0969da; stroke-width: 1.5; }
@media (prefers-color-scheme: dark) {
.paper { fill: #0d1117; } .text { fill: #e6edf3; } .faint { fill: #9198a1; }
.axis { stroke: #2a313c; } .line { stroke: #58a6ff; }
}`.trim();

/** So many points are a line at this width. */
const MOST_POINTS = 200;

/** @param measuredOn where and for how long it was measured; small print */
export function drawSoak(series: Series, measuredOn: string): string {
  const names = GAUGE_NAMES.filter((name) => series[name].length > 1);
  const height = TOP + Math.ceil(names.length / COLUMNS) * CELL_HEIGHT + 24;
  const title = 'What a service holds under load and faults';
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img">`,
    `<title>${title}</title>`,
    `<style>${STYLE}</style>`,
    `<rect class="paper" width="${WIDTH}" height="${height}" rx="8"/>`,
    `<text x="${PAD}" y="30" class="text" font-size="15" font-weight="600">${title}</text>`,
    ...names.flatMap((name, index) => cell(name, series[name], index)),
    `<text x="${PAD}" y="${height - 10}" class="faint" font-size="11">${measuredOn}</text>`,
    '</svg>',
    '',
  ].join('\n');
}

function cell(name: GaugeName, points: readonly Point[], index: number): string[] {
  const x = (index % COLUMNS) * CELL_WIDTH + PAD;
  const y = TOP + Math.floor(index / COLUMNS) * CELL_HEIGHT;
  const width = CELL_WIDTH - 2 * PAD;
  const most = Math.max(1, ...points.map(({ value }) => value));
  const lastS = Math.max(1, ...points.map(({ atS }) => atS));
  const step = Math.ceil(points.length / MOST_POINTS);
  const line = points
    .filter((_, at) => at % step === 0 || at === points.length - 1)
    .map(({ atS, value }) => {
      const left = x + (atS / lastS) * width;
      const top = y + PLOT_TOP + (1 - value / most) * PLOT_HEIGHT;
      return `${left.toFixed(1)},${top.toFixed(1)}`;
    });
  const { about, unit } = GAUGES[name];
  const bottom = y + PLOT_TOP + PLOT_HEIGHT;
  return [
    `<text x="${x}" y="${y + 18}" class="text">${about}</text>`,
    `<line class="axis" x1="${x}" x2="${x + width}" y1="${bottom}" y2="${bottom}"/>`,
    `<polyline class="line" points="${line.join(' ')}"/>`,
    `<text x="${x + width}" y="${bottom + 14}" class="faint" font-size="11" text-anchor="end">up to ${shown(most)} ${unit}</text>`,
  ];
}
