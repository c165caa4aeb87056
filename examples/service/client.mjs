/** A client of the service: opens a session, sends what stands on the command line, prints each answer. */
import process from 'node:process';
import { TenantryClient } from '@tenantry/core/client';
import { WebSocket } from 'ws'; // browsers, and Node 22 and later, have their own

const [tenant, agent, ...messages] = process.argv.slice(2);
const { TENANTRY_URL: url = 'http://localhost:8080', TENANTRY_KEY: apiKey } = process.env;
const client = new TenantryClient({ url, apiKey, WebSocket });

const session = await client.open({ tenant, agent });
for (const message of messages) {
  await session.send(JSON.parse(message));
  const { value, done } = await session.messages.next();
  if (!done) console.log(value);
}
const { status, reason, error } = await session.close();
console.log(status, reason, error?.message ?? '');
