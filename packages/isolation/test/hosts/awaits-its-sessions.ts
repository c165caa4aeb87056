/** A host with nothing else to do than to wait for its sessions, and that never closes its pool. */
import { AgentPool, defineAgent } from '@tenantry/core';
import { pause, say } from '../support/watched-host.js';

const patient = defineAgent({
  name: 'patient',
  run: (session) => session.messages.next().then(() => 'said'),
});
const pool = new AgentPool({
  agents: [patient],
  enableIntrospection: false,
  maxDurationMs: 300,
  tenants: {
    // Nothing but the open is under way while its config is waited for.
    acme: { config: () => new Promise((resolve) => setTimeout(() => resolve({}), 100).unref()) },
  },
});
await pool.start();
const session = await pool.open({ tenant: 'acme', agent: 'patient' });
say('ended', (await session.done).reason);
const closed = await pool.open({ tenant: 'globex', agent: 'patient' });
await closed.send('go');
say('ended', (await closed.close()).reason);
await pause(1);
say('idle', pool.state);
