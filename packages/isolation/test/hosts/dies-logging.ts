/** A host whose log is a file, killed by a session right after its last line. */
import process from 'node:process';
import { AgentPool } from '@tenantry/core';
import { isolates } from '../../src/index.js';

const pool = new AgentPool({ isolates, enableIntrospection: false, logFile: process.argv[2]! }, {});
await pool.discover(new URL('../agents/', import.meta.url));
await pool.start();
const input = { lines: 300, way: 'host-killed' };
const session = await pool.open({ tenant: 'acme', agent: 'last-words', input });
await session.send('go');
await session.done;
