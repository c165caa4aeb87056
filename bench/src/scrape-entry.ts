/** The process in which `scrape.bench.ts` scrapes a pool of so many sessions and tenants. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { Worker, isMainThread, parentPort } from 'node:worker_threads';
import type { MetricsText } from '@tenantry/core';
import { askInspector } from '@tenantry/core/internal';
import echo from './agents/echo.js';
import { median } from './harness.js';
import { startedPool } from './tenantry.js';

export interface ScrapeAnswer {
  readonly scrapeMs: number;
  readonly loopBlockedMs: number;
  readonly loopCpuMs: number;
  readonly seriesCount: number;
  readonly bytes: number;
}

interface Scrape {
  readonly tookMs: number;
  readonly text: string;
}

const ROUNDS = 40;
/** Between scrapes, so that what the pool does by itself once a second meets few of them. */
const PAUSE_MS = 150;
const NS_PER_MS = 1e6;

if (isMainThread) {
  const [sessions, tenants] = process.argv.slice(2).map(Number) as [number, number];
  const answer = await measured(sessions, tenants);
  process.send!(answer, () => process.exit(0));
} else {
  parentPort!.on('message', (socketPath: string) => {
    const startMs = performance.now();
    void askInspector(socketPath, { command: 'metrics', format: 'prometheus' }).then((reply) => {
      const tookMs = performance.now() - startMs;
      parentPort!.postMessage({ tookMs, text: (reply as MetricsText).text } satisfies Scrape);
    });
  });
}

async function measured(sessions: number, tenants: number): Promise<ScrapeAnswer> {
  const pool = await startedPool({ enableIntrospection: true, maxConcurrentSessions: sessions });
  for (let index = 0; index < sessions; index += 1) {
    const session = await pool.open({ tenant: `tenant-${index % tenants}`, agent: echo });
    await session.send('hello');
    await session.messages.next();
  }
  const scraper = new Worker(new URL(import.meta.url));
  const scrape = async (): Promise<Scrape> => {
    scraper.postMessage(pool.socketPath);
    const [result] = (await once(scraper, 'message')) as [Scrape];
    return result;
  };
  const { text } = await scrape();
  const [tookMs, withMs, withoutMs, withCpuMs, withoutCpuMs]: number[][] = [[], [], [], [], []];
  for (let round = 0; round < ROUNDS; round += 1) {
    await pause(PAUSE_MS);
    const busy = await longestGap(scrape);
    tookMs!.push(busy.result.tookMs);
    withMs!.push(busy.gapMs);
    withCpuMs!.push(busy.cpuMs);
    await pause(PAUSE_MS);
    const idle = await longestGap(() => pause(busy.result.tookMs));
    withoutMs!.push(idle.gapMs);
    withoutCpuMs!.push(idle.cpuMs);
  }
  return {
    scrapeMs: median(tookMs!),
    loopBlockedMs: Math.max(0, median(withMs!) - median(withoutMs!)),
    loopCpuMs: Math.max(0, median(withCpuMs!) - median(withoutCpuMs!)),
    seriesCount: text.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length,
    bytes: Buffer.byteLength(text),
  };
}

/** CPU time of this thread as Linux accounts it: other work on the machine does not add to it. */
function threadCpuMs(): number {
  return Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')[0]) / NS_PER_MS;
}

/** The longest time between two ticks of 1 ms while `run` is under way, and the CPU time meanwhile. */
async function longestGap<T>(
  run: () => Promise<T>,
): Promise<{ readonly result: T; readonly gapMs: number; readonly cpuMs: number }> {
  let gapMs = 0;
  let lastMs = performance.now();
  const look = (): void => {
    const nowMs = performance.now();
    gapMs = Math.max(gapMs, nowMs - lastMs);
    lastMs = nowMs;
  };
  const cpuBeforeMs = threadCpuMs();
  const ticker = setInterval(look, 1);
  const result = await run();
  look();
  clearInterval(ticker);
  return { result, gapMs, cpuMs: threadCpuMs() - cpuBeforeMs };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
