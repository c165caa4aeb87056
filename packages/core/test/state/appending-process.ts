/**
 * A process that opens a state directory, appends audit entries and puts values as fast as the disk
 * lets it, and prints each number once it is durable, or that it was refused. It ends when it is killed.
 */
import { writeSync } from 'node:fs';
import process from 'node:process';
import { pino } from 'pino';
import { codeOf } from '../../src/errors/errors.js';
import { AuditLog } from '../../src/state/audit-log.js';
import { KeyedStore } from '../../src/state/keyed-store.js';
import { StateDir } from '../../src/state/state-dir.js';
import { systemClock } from '../../src/time/clock.js';
import { delay } from '../../src/time/deadline.js';

const [folder = '', round = '0'] = process.argv.slice(2);
const log = pino({ level: 'warn' }, pino.destination({ fd: 2, sync: true }));
const dir = await StateDir.open(folder);
const audit = await AuditLog.open({ dir, clock: systemClock, log });
const store = await KeyedStore.open(dir, 'tenants', { clock: systemClock, log });
let last = 0;

async function goOn(lane: number): Promise<void> {
  for (;;) {
    const n = (last += 1);
    const detail = { round: Number(round), n };
    // Synchronous: what is printed was durable before, and is not lost with the process.
    const say = (ended: object): unknown =>
      writeSync(1, `${JSON.stringify({ lane, n, ...ended })}\n`);
    try {
      await audit.append({ kind: 'test', tenant: `t${lane}`, actor: { kind: 'runtime' }, detail });
      await store.put(`t${lane}`, { ...detail, text: 'x'.repeat(500) });
      say({});
    } catch (error) {
      say({ refused: codeOf(error) });
      await delay(systemClock, 20);
    }
  }
}
await Promise.all(Array.from({ length: 8 }, async (_none, lane) => goOn(lane)));
