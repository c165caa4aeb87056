/** A client: opens a session, sends the messages of its command line, prints each answer and the end. */
import process from 'node:process';
import { TenantryClient } from '@tenantry/core/client';
import { WebSocket } from 'ws'; // browsers, and Node 22 and later, have their own

const [tenant, agent, ...messages] = process.argv.slice(2);
const { SERVICE_URL: url = 'http://localhost:8080', SERVICE_KEY: apiKey } = process.env;
const client = new TenantryClient({ url, apiKey, WebSocket });

try {
  const session = await client.open({ tenant, agent });
  for (const message of messages) {
    await session.send(JSON.parse(message));
    const { value, done } = await session.messages.next();
    if (!done) console.log(value);
  }
  const { status, reason, error } = await session.close();
  console.log(status, reason, error?.message ?? '');
} catch (error) {
  console.error(`${error.code}: ${error.message}`);
  process.exitCode = 1;
}
