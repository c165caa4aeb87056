// `npm run example:incident`: the incident example, ready to run from a fresh clone.
import { launch } from './launch.mjs';

await launch('examples/incident/dist/src/main.js', process.argv.slice(2));
