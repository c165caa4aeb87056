/** A host whose shared loop a session never gives back. */
import process from 'node:process';
import { AgentPool } from '@tenantry/core';
import { say } from '../support/watched-host.js';

const pool = new AgentPool({});
await pool.discover(new URL('../agents/', import.meta.url));
await pool.start();
await pool.open({ tenant: 'good', agent: 'echo' });
const session = await pool.open({ tenant: 'bad', agent: 'loops-forever', input: 'loop' });
say('inspector', pool.socketPath);
say('session', session.id);
// What has been written leaves the process first.
setTimeout(() => {
  say('begins', Date.now());
  setImmediate(() => void session.send('go'));
}, 100);
process.stdin.resume();
