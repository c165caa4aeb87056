// `npm start -- …`: the voice example, ready to run from a fresh clone.
import { launch } from './launch.mjs';

await launch('examples/voice/dist/src/main.js', process.argv.slice(2));
