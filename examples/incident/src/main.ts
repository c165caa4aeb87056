/**
 * The program: prints the story as it happens; 0 when it went as told, 1 with what was missing. What
 * happens is told in story.ts.
 */
import process from 'node:process';
import { play } from './story.js';

// The story is told by events; the log would tell it a second time.
process.env['TENANTRY_LOG_LEVEL'] ??= 'silent';

const missing = await play((line) => console.log(line));
if (missing.length === 0) {
  console.log('\nThe story went as told.');
} else {
  console.log(`\nThe story did not go as told:\n${missing.map((what) => `- ${what}`).join('\n')}`);
}
process.exitCode = missing.length === 0 ? 0 : 1;
