/** A host whose own code fails while a pool is open: Node's behaviour must be what it always is. */
import { AgentPool } from '@tenantry/core';

const pool = new AgentPool({ enableIntrospection: false }, {});
await pool.start();
setInterval(() => {}, 1_000);
if (process.argv[2] === 'rejection') void Promise.reject(new Error('the host’s own rejection'));
else
  setTimeout(() => {
    throw new Error('the host’s own throw');
  }, 5);
