// Draws a frame of `tenantry top` as SVG, from a running pool, a snapshot file, or the tests' snapshot.
// The frame is the command's own; only its colours and blocks are translated here.
//
//   node scripts/top-screenshot.mjs [--socket PATH | --file SNAPSHOT.json] [--size 120x36]
//                                   [--keys 2,enter] [--out docs/images/top.svg]
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root, say } from './steps.mjs';

const { values } = parseArgs({
  options: {
    socket: { type: 'string' },
    file: { type: 'string' },
    size: { type: 'string', default: '120x36' },
    /** Pressed before the frame is drawn, by name, with commas between. */
    keys: { type: 'string', default: '' },
    out: { type: 'string', default: join(root, 'docs/images/top.svg') },
  },
});

const built = (path) => import(join(root, 'packages/cli/dist', path));

const COLOURS = { 31: '#ff7b72', 32: '#7ee787', 33: '#e3b341', 36: '#79c0ff' };
const TEXT = '#c9d1d9';
const BACKGROUND = '#0d1117';
const CELL = { width: 8.4, height: 18, baseline: 13.5 };
const MARGIN = 14;
const ESCAPE = '\u001b[';

async function snapshotOf({ socket, file }) {
  if (socket !== undefined)
    return (await built('src/source/running-pool.js')).fetchSnapshot(socket);
  if (file !== undefined) return JSON.parse(await readFile(file, 'utf8'));
  return (await built('test/fixtures/rich-snapshot.js')).richSnapshot();
}

async function frameOf(snapshot, columns, rows, keys) {
  const { frameLines } = await built('src/top/frame.js');
  const { reduce } = await built('src/top/reducer.js');
  let state = {
    snapshot,
    link: { state: 'answering' },
    terminal: { columns, hasColour: true, hasUnicode: true },
    rows,
    screen: { mode: 'table' },
    tab: 'sessions',
    sort: 'cpu_pct',
    filter: { status: null, tenant: null, agent: null, search: '' },
    cursor: { index: 0, row: null },
  };
  for (const name of keys) {
    state = reduce(state, { kind: 'key', key: { name, text: name.length === 1 ? name : '' } });
  }
  return frameLines(state);
}

/** A painted line as pieces: text, where it begins, and how it looks. */
function piecesOf(line) {
  const pieces = [];
  let style = {};
  let column = 0;
  // Each part but the first begins with the end of a sequence: its number and an m.
  for (const [at, part] of line.split(ESCAPE).entries()) {
    const [sequence, code] = at === 0 ? ['', ''] : /^(\d+)m/.exec(part);
    if (code === '1') style = { ...style, isBold: true };
    else if (code === '2') style = { ...style, isFaint: true };
    else if (code === '7') style = { ...style, isMarked: true };
    else if (COLOURS[code] !== undefined) style = { ...style, colour: COLOURS[code] };
    else style = {};
    const text = part.slice(sequence.length);
    if (text !== '') pieces.push({ text, column, ...style });
    column += text.length;
  }
  return pieces;
}

const escaped = (text) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
const number = (value) => String(Math.round(value * 100) / 100);
const rect = (x, y, width, height, fill) =>
  `<rect x="${number(x)}" y="${number(y)}" width="${number(width)}" height="${number(height)}" fill="${fill}"/>`;

/** Block elements as rectangles: fonts leave gaps between them. */
function blockOf(mark, x, y, fill) {
  const code = mark.codePointAt(0);
  const { width, height } = CELL;
  if (code >= 0x2581 && code <= 0x2588) {
    const high = ((code - 0x2580) / 8) * height;
    return rect(x, y + height - high, width + 0.1, high, fill);
  }
  if (code >= 0x2589 && code <= 0x258f) {
    return rect(x, y + 1.5, ((0x2590 - code) / 8) * width, height - 3, fill);
  }
  return undefined;
}

function drawn({ text, column, isBold, isFaint, isMarked, colour = TEXT }, row) {
  const x = MARGIN + column * CELL.width;
  const y = MARGIN + row * CELL.height;
  const fill = isMarked ? BACKGROUND : colour;
  const parts = isMarked ? [rect(x, y, text.length * CELL.width, CELL.height, TEXT)] : [];
  for (const match of text.matchAll(/[\u2581-\u258f]|[^\u2581-\u258f]+/g)) {
    const at = x + match.index * CELL.width;
    const block = blockOf(match[0], at, y, fill);
    if (block !== undefined) parts.push(block);
    else if (match[0].trim() !== '') {
      const blanks = match[0].length - match[0].trimStart().length;
      const words = match[0].trim();
      const look = `${isBold ? ' font-weight="700"' : ''}${isFaint ? ' opacity="0.6"' : ''}`;
      parts.push(
        `<text x="${number(at + blanks * CELL.width)}" y="${number(y + CELL.baseline)}" fill="${fill}"${look} textLength="${number(words.length * CELL.width)}" lengthAdjust="spacingAndGlyphs" xml:space="preserve">${escaped(words)}</text>`,
      );
    }
  }
  return parts;
}

const [columns, rows] = values.size.split('x').map(Number);
const keys = values.keys.split(',').filter((name) => name !== '');
const lines = await frameOf(await snapshotOf(values), columns, rows, keys);
const width = number(2 * MARGIN + columns * CELL.width);
const height = number(2 * MARGIN + rows * CELL.height);
const svg = [
  `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14">`,
  '<title>tenantry top</title>',
  `<rect width="${width}" height="${height}" rx="8" fill="${BACKGROUND}"/>`,
  ...lines.flatMap((line, row) => piecesOf(line).flatMap((piece) => drawn(piece, row))),
  '</svg>',
  '',
];
await writeFile(values.out, svg.join('\n'));
say(`${values.out}: ${columns} x ${rows}`);
