/** Answers what is said to it, until a message tells it to do harm. */
import { pbkdf2Sync } from 'node:crypto';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { defineAgent, type Session } from '@tenantry/core';
import type { AgentFault, CallerMessage } from '../faults.js';

const BLOCK_MS = 150;
const ROUNDS = 1_500_000;
const FLOOD_MESSAGES = 4_000;
const LINES = 4_000;
const LATE_MS = 20;

const LINE = 'x'.repeat(500);
const kept: unknown[] = [];

const HARM: Readonly<Record<AgentFault, (session: Session) => unknown>> = {
  throws: () => {
    throw new Error('thrown by a session of the soak');
  },
  'rejects late': () => {
    setTimeout(() => void Promise.reject(new Error('late')), LATE_MS);
  },
  blocks: () => {
    const endMs = performance.now() + BLOCK_MS;
    while (performance.now() < endMs);
  },
  'floods messages': async (session) => {
    for (let at = 0; at < FLOOD_MESSAGES; at += 1) await session.send(LINE);
  },
  'floods stdout': () => {
    for (let at = 0; at < LINES; at += 1) process.stdout.write(`${LINE}\n`);
  },
  'ignores the abort': () => sleep(3_000),
  'loops for ever': () => {
    for (;;);
  },
  'blocks natively': () => {
    pbkdf2Sync('secret', 'salt', ROUNDS, 64, 'sha512');
  },
  exits: () => process.exit(3),
  'grows its heap': () => {
    let chain: unknown;
    for (;;) chain = { chain, text: `${Math.random()}` };
  },
  'grows Buffers': () => {
    for (;;) kept.push(Buffer.alloc(1_048_576, 1));
  },
};

export default defineAgent({
  name: 'caller',
  async run(session: Session<unknown, unknown, CallerMessage>) {
    for await (const { say, fault } of session.messages) {
      if (fault !== undefined) return HARM[fault](session as Session);
      await session.send(say);
    }
    return 'heard';
  },
});
