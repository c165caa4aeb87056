// `npm run bench -- <name> --json`: builds without a word, so that stdout is the benchmark's alone.
import { launch } from './launch.mjs';

await launch('bench/dist/src/main.js', process.argv.slice(2), { quiet: true });
