/** Holds its loop for so long, in the way it is asked to; the line that does it ends with its way. */
import { execSync } from 'node:child_process';
import { pbkdf2Sync } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { defineAgent } from '@tenantry/core';
import { cpuBudget } from '../support/cpu-time.js';

interface Input {
  readonly way: string;
  readonly ms: number;
}

const until = (ms: number): number => Date.now() + ms;

const ways: Record<string, (ms: number) => unknown> = {
  message: function inMessage(ms) {
    const leftMs = cpuBudget(ms);
    do {
      const partMs = until(leftMs());
      while (Date.now() < partMs); // message
    } while (leftMs() > 0);
  },
  microtasks: async function inMicrotasks(ms) {
    const leftMs = cpuBudget(ms);
    let partMs = 0;
    // What is left is asked seldom: a look at the stack is to find the storm, and not the question.
    for (let turn = 0; turn % 20 !== 0 || leftMs() > 0; turn += 1) {
      await Promise.resolve();
      partMs = until(5);
      while (Date.now() < partMs); // microtasks
    }
  },
  timer: (ms) =>
    new Promise<void>((resolve) => {
      setTimeout(function inTimer() {
        const leftMs = cpuBudget(ms);
        do {
          const partMs = until(leftMs());
          while (Date.now() < partMs); // timer
        } while (leftMs() > 0);
        resolve();
      }, 1);
    }),
  stream: (ms) =>
    new Promise<void>((resolve) => {
      Readable.from(['chunk']).on('data', function inStream() {
        const leftMs = cpuBudget(ms);
        do {
          const partMs = until(leftMs());
          while (Date.now() < partMs); // stream
        } while (leftMs() > 0);
        resolve();
      });
    }),
  socket: async (ms) => {
    const server = net.createServer((socket) => socket.end('chunk')).listen(0);
    await once(server, 'listening');
    const socket = net.connect((server.address() as AddressInfo).port);
    await new Promise<void>((resolve) => {
      socket.on('data', function inSocket() {
        const leftMs = cpuBudget(ms);
        do {
          const partMs = until(leftMs());
          while (Date.now() < partMs); // socket
        } while (leftMs() > 0);
        resolve();
      });
    });
    server.close();
  },
  emitter: (ms) => {
    const emitter = new EventEmitter();
    emitter.on('go', function inEmitter() {
      const leftMs = cpuBudget(ms);
      do {
        const partMs = until(leftMs());
        while (Date.now() < partMs); // emitter
      } while (leftMs() > 0);
    });
    emitter.emit('go');
  },
  execSync: function inExec(ms) {
    execSync(`sleep ${ms / 1_000}`); // execSync
  },
  pbkdf2: function inHash(ms) {
    // The quickest of some is how long it takes where nothing comes between.
    const tookMs = [1, 2, 3, 4, 5].map(() => {
      const startMs = performance.now();
      pbkdf2Sync('secret', 'salt', 1_000, 64, 'sha512');
      return performance.now() - startMs;
    });
    const rounds = Math.ceil((1_000 * ms) / Math.max(0.1, Math.min(...tookMs)));
    pbkdf2Sync('secret', 'salt', rounds, 64, 'sha512'); // pbkdf2
  },
  sleep: function inSleep(ms) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms); // sleep
  },
  json: function inJson(ms) {
    // Long numbers take their time and leave little to collect.
    const text = `[${'1.23456789012345678e-123,'.repeat(ms * 8_000)}0]`;
    JSON.parse(text); // json
  },
};

export default defineAgent({
  name: 'blocks-loop',
  async run(session) {
    for await (const message of session.messages) {
      const { way, ms } = message as Input;
      await ways[way]!(ms);
      await session.send(way);
    }
  },
});
