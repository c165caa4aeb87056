/// <reference lib="dom" />
/** A history as a line, oldest first, scaled to its highest value. */
const SVG = 'http://www.w3.org/2000/svg';
const HEIGHT = 20;

export function spark(values: readonly number[], title: string): SVGSVGElement {
  const drawn = document.createElementNS(SVG, 'svg');
  drawn.setAttribute('class', 'spark');
  drawn.setAttribute('viewBox', `0 0 ${Math.max(1, values.length - 1)} ${HEIGHT}`);
  drawn.setAttribute('preserveAspectRatio', 'none');
  drawn.setAttribute('role', 'img');
  drawn.setAttribute('aria-label', title);
  const highest = Math.max(...values, Number.MIN_VALUE);
  const points = values.map((value, at) => `${at},${HEIGHT - (value / highest) * (HEIGHT - 1)}`);
  const line = document.createElementNS(SVG, 'polyline');
  line.setAttribute('points', points.join(' '));
  line.setAttribute('fill', 'none');
  line.setAttribute('stroke', 'currentColor');
  line.setAttribute('vector-effect', 'non-scaling-stroke');
  drawn.append(line);
  return drawn;
}
