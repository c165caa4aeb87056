/** One conversation of a client with its agent, which may be told to do harm in the midst of it. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  codeOf,
  type RemoteSession,
  type TenantryClient,
  type WireOutcome,
} from '@tenantry/core/client';
import type { Books } from './books.js';
import { AGENT_FAULTS, type AgentFault, type CallerMessage } from './faults.js';
import type { SoakTenant } from './population.js';

export interface TalkParts {
  readonly client: TenantryClient;
  readonly books: Books;
  readonly random: () => number;
  /** True: no more conversations, and the running ones end. */
  readonly isOver: () => boolean;
  /** Asked at each thing a client does; most of the time it does nothing. */
  readonly perhapsFault: () => 'agent' | undefined;
}

const MOST_MESSAGES = 25;
const LONGEST_PAUSE_MS = 800;
const REFUSED_PAUSE_MS = 500;
/** An end that is not told within this is unknown. */
const END_DEADLINE_MS = 60_000;

type Talk = RemoteSession<CallerMessage>;

export async function talk(tenant: SoakTenant, parts: TalkParts): Promise<void> {
  const { client, books, random } = parts;
  let session: Talk;
  try {
    session = await client.open<CallerMessage>({ tenant: tenant.id, agent: 'caller' });
  } catch (error) {
    const code = codeOf(error) ?? 'unknown';
    books.refuse(code);
    if (code === 'TENANTRY_CONNECTION_LOST') books.unheardOf(tenant.id);
    await sleep(REFUSED_PAUSE_MS * (0.5 + random()));
    return;
  }
  books.open(tenant.id);
  let fault: AgentFault | undefined;
  let isEnded = false;
  const ended = endOf(session).finally(() => (isEnded = true));
  for (let left = Math.ceil(random() * MOST_MESSAGES); left > 0 && !parts.isOver(); left -= 1) {
    await Promise.race([sleep(random() * LONGEST_PAUSE_MS), ended]);
    if (isEnded) break;
    if (parts.perhapsFault() === 'agent') {
      const kinds = AGENT_FAULTS[tenant.rung];
      fault = kinds[Math.floor(random() * kinds.length)]!;
      books.fault(fault, tenant.id);
      await heard(session, { fault });
      break;
    }
    const exchanged = heard(session, { say: left }).then(() => answered(session));
    await Promise.race([exchanged, ended]);
    books.messages += 1;
  }
  // Whatever the agent still sends is read, so that it does not wait for a reader.
  void (async () => {
    while ((await session.messages.next()).done !== true);
  })().catch(() => {});
  session.close().catch(() => {});
  const outcome = await within(END_DEADLINE_MS, ended);
  books.end({
    tenant: tenant.id,
    session: session.id,
    reason: outcome?.reason ?? 'unknown',
    code: outcome?.error?.code ?? null,
    fault,
  });
}

/** It may have ended meanwhile, which its end tells. */
async function heard(session: Talk, message: CallerMessage): Promise<void> {
  await session.send(message).catch(() => {});
}

async function answered(session: Talk): Promise<void> {
  await session.messages.next().catch(() => {});
}

/** Undefined where the client lost it. */
async function endOf(session: Talk): Promise<WireOutcome | undefined> {
  return session.done.catch(() => undefined);
}

export async function within<T>(ms: number, work: Promise<T>): Promise<T | undefined> {
  const stop = new AbortController();
  try {
    return await Promise.race([
      work,
      sleep(ms, undefined, { signal: stop.signal }).catch(() => undefined),
    ]);
  } finally {
    stop.abort();
  }
}
