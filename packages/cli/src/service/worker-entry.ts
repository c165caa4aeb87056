/**
 * The worker of a service: the process that runs the pool. It is told by its parent where to listen,
 * and ends when its parent does.
 */
import type net from 'node:net';
import process from 'node:process';
import { closeOnSignals, codeOf } from '@tenantry/core';
import { systemClock, toWireError } from '@tenantry/core/internal';
import { exitCodeOf } from './exit-codes.js';
import { followAgents, followConfiguration } from './watched-service.js';
import { RunningConfiguration } from './running-configuration.js';
import type { FromWorker, StartOptions, ToWorker, WorkerOrder } from './worker-messages.js';

const clock = systemClock;
const socketPid = process.ppid;
/** In this time one that whoever told the parent has sent to this process as well is heard. */
const OWN_SIGNAL_MS = 100;
const order = JSON.parse(process.argv[2]!) as WorkerOrder;
const tell = (message: FromWorker): void => void process.send?.(message);

process.once('disconnect', endUnstarted);
process.once('message', ({ kind, ...start }: ToWorker & { kind: 'start' }) => {
  if (kind === 'start') void run(start).catch(fail);
});

async function run(start: StartOptions): Promise<void> {
  const source = { ...order, env: process.env };
  const running = await RunningConfiguration.start(source, start, { clock, socketPid }, (now) =>
    tell({ kind: 'reloaded', ...now }),
  );
  const { service } = running;
  process.off('disconnect', endUnstarted);
  running.endOnSignals((timeouts) =>
    closeOnSignals(service, { ...timeouts, endsWithParent: true }),
  );
  const isEnding = tellOfSignals();
  const { server } = service;
  server.on('listening', () => tell({ kind: 'ready', ...service.facts(), ...running.facts() }));
  process.on('message', (message: ToWorker, handle: net.Server | net.Socket | undefined) => {
    if (message.kind === 'listen') server.listen(handle as net.Server);
    // A client that has left meanwhile comes as nothing.
    if (message.kind === 'connection' && handle !== undefined) {
      server.emit('connection', handle);
      (handle as net.Socket).resume();
    }
    if (message.kind === 'end') {
      clock.after(OWN_SIGNAL_MS, () => isEnding() || process.kill(process.pid, message.signal));
    }
  });
  await followConfiguration(running, clock);
  await followAgents(running, { clock });
  tell({ kind: 'started' });
}

/** Whoever has sent it: an exit code 0 without it is one that nobody asked for. */
function tellOfSignals(): () => boolean {
  let isEnding = false;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      isEnding = true;
      tell({ kind: 'ending', signal });
    });
  }
  return () => isEnding;
}

function fail(error: unknown): void {
  const exitCode = exitCodeOf(codeOf(error));
  process.send?.({ kind: 'failed', error: toWireError(error), exitCode } satisfies FromWorker, () =>
    process.exit(exitCode),
  );
}

function endUnstarted(): void {
  process.exit(1);
}
