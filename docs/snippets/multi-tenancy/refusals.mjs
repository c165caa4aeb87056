import { AgentPool } from '@tenantry/core';

const pool = new AgentPool({
  tenants: {
    acme: { maxSessions: 1 },
    globex: { rateLimit: { sessionsPerSecond: 0.5, burst: 1 } },
    initech: {},
  },
});
await pool.discover(new URL('../hello/agents', import.meta.url));
await pool.start();

async function open(tenant) {
  try {
    await pool.open({ tenant, agent: 'support' });
    console.log(tenant, 'admitted');
  } catch ({ code, retryAfterMs }) {
    console.log(tenant, code, Math.ceil(retryAfterMs / 1_000)); // an HTTP front: Retry-After
  }
}
await open('acme');
await open('acme'); // over its cap
await open('globex');
await open('globex'); // too soon
await pool.trip('initech'); // by hand, as it holds although breakers only observe by default
await open('initech');
await open('umbrella'); // none of this is its business
await pool.close();
