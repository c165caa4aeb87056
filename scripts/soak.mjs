// `npm run soak -- [--minutes N] [--seed S] [--json]`: a real service under load and faults, for minutes.
import { launch } from './launch.mjs';

await launch('bench/dist/src/soak-entry.js', process.argv.slice(2), { quiet: true });
