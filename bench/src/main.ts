/**
 * `npm run bench -- <name> [--json] [--kinds A,B] [--chart FILE]`: the only file that touches argv, stdout
 * and the exit code.
 */
import process from 'node:process';
import { parseArgs } from 'node:util';
import { BENCHES } from './benches.js';
import { toJsonLine, toList, toTables } from './print.js';

const USAGE = 2;

async function main(): Promise<number> {
  let parsed;
  try {
    parsed = parseArgs({
      allowPositionals: true,
      options: {
        json: { type: 'boolean' },
        kinds: { type: 'string' },
        chart: { type: 'string' },
      },
    });
  } catch (error) {
    return refuse((error as Error).message);
  }
  const { positionals, values } = parsed;
  const [name, ...more] = positionals;
  if (name === undefined) {
    const loaded = Object.entries(BENCHES).map(async ([key, load]) => [key, (await load()).about]);
    console.log(toList(Object.fromEntries((await Promise.all(loaded)) as [string, string][])));
    return 0;
  }
  const load = Object.hasOwn(BENCHES, name) ? BENCHES[name] : undefined;
  if (load === undefined || more.length > 0) {
    const wrong = load === undefined ? `no bench "${name}"` : `too many names: ${more.join(' ')}`;
    return refuse(`${wrong}; there are: ${Object.keys(BENCHES).join(', ')}`);
  }
  const bench = await load();
  const kinds = values.kinds?.split(',');
  const known = bench.kinds ?? [];
  if (bench.kinds === undefined && (kinds ?? values.chart) !== undefined) {
    return refuse(`"${name}" takes neither --kinds nor --chart`);
  }
  const unknown = kinds?.find((kind) => !known.includes(kind));
  if (unknown !== undefined) {
    return refuse(`no kind "${unknown}"; there are: ${known.join(', ')}`);
  }
  const notes: string[] = [];
  const results = await bench.run((text) => notes.push(text), { kinds, chart: values.chart });
  if (values.json === true) {
    for (const note of notes) console.error(note);
    console.log(toJsonLine(name, results));
  } else {
    console.log(toTables(bench, results, notes));
  }
  return 0;
}

function refuse(why: string): number {
  console.error(`bench: ${why}`);
  return USAGE;
}

process.exitCode = await main();
