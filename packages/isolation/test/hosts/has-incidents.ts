/**
 * A service that keeps its state in the folder it is given and does what its stdin says, a line of JSON
 * each: opens a session, sends it a message, asks for a bundle. Prints what came of each, and every
 * runtime event. Ends when its stdin does.
 */
import process from 'node:process';
import { createInterface } from 'node:readline';
import { AgentPool, type AgentPoolOptions, type SessionHandle } from '@tenantry/core';
import { isolates } from '../../src/index.js';

interface Command {
  readonly id: number;
  readonly open?: { readonly tenant: string; readonly as: string };
  readonly send?: { readonly to: string; readonly message: unknown };
  readonly bundle?: { readonly tenant?: string };
  readonly snapshot?: true;
}

const options = JSON.parse(process.argv[2]!) as AgentPoolOptions;
const print = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

const pool = new AgentPool({
  ...options,
  isolates,
  observers: [{ onRuntimeEvent: (event) => print({ event }) }],
});
await pool.discover(new URL('../agents/', import.meta.url));
await pool.start();
const sessions = new Map<string, SessionHandle>();

async function carryOut({ open, send, bundle, snapshot }: Command): Promise<unknown> {
  if (open !== undefined) {
    const session = await pool.open({ tenant: open.tenant, agent: 'misbehaves' });
    session.done.catch(() => {});
    sessions.set(open.as, session);
    return session.id;
  }
  if (send !== undefined) {
    const session = sessions.get(send.to)!;
    await session.send(send.message);
    return (await session.messages.next()).value;
  }
  if (bundle !== undefined) return pool.bundle(bundle);
  return snapshot === true ? pool.snapshot() : null;
}

const input = createInterface({ input: process.stdin });
input.on('line', (line) => {
  const command = JSON.parse(line) as Command;
  carryOut(command).then(
    (value) => print({ id: command.id, value }),
    ({ code, message }: { code?: string; message: string }) =>
      print({ id: command.id, refused: { code, message } }),
  );
});
input.on('close', () => void pool.close());
print({ socket: pool.socketPath });
