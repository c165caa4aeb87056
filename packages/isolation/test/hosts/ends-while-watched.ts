/** A host that ends, in the way it is asked to, while its observer looks at a block. */
import { pbkdf2Sync } from 'node:crypto';
import process from 'node:process';
import { AgentPool } from '@tenantry/core';
import { pause, say, spin, spinIn, spinner } from '../support/watched-host.js';

const ways: Record<string, () => unknown> = {
  'by itself': () => say('ends', true),
  'right after a block': () => {
    spin(60);
    say('ends', true);
  },
  'in a block': () => {
    // About when its stack is taken.
    spin(42);
    process.exit(0);
  },
  'after a native block': () => {
    pbkdf2Sync('secret', 'salt', 400_000, 64, 'sha512');
    process.exit(0);
  },
};

const pool = new AgentPool({ agents: [spinner] });
await pool.start();
const session = await pool.open({ tenant: 'acme', agent: 'spinner' });
await spinIn(session, 200);
await pause(60);
await session.close();
await pause(60);
process.on('exit', () => say('ends', true));
ways[process.argv[2]!]!();
