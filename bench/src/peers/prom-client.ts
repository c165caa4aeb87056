/**
 * prom-client with so many series in labels of tenants, as its users keep them: how long its text takes
 * on the loop that asks for it. Installed when it is first measured, in a folder of the user's cache.
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { median, timeMs } from '../harness.js';

const VERSION = '15.1.3';
const ROUNDS = 20;
/** Series of one family, about as many as ours have. */
const PER_FAMILY = 50;

/** What is used of it. */
interface PromClient {
  readonly Registry: new () => { metrics(): Promise<string> };
  readonly Gauge: new (options: {
    readonly name: string;
    readonly help: string;
    readonly labelNames: readonly string[];
    readonly registers: readonly unknown[];
  }) => { set(labels: Readonly<Record<string, string>>, value: number): void };
}

/** The median of several scrapes, in ms. */
export async function promClient(seriesCount: number): Promise<number> {
  const { Registry, Gauge } = await installed();
  const registry = new Registry();
  for (let made = 0; made < seriesCount; made += PER_FAMILY) {
    const gauge = new Gauge({
      name: `peer_metric_${made / PER_FAMILY}`,
      help: 'A metric of the peer.',
      labelNames: ['tenant'],
      registers: [registry],
    });
    for (let at = 0; at < Math.min(PER_FAMILY, seriesCount - made); at += 1) {
      gauge.set({ tenant: `tenant-${at}` }, made + at);
    }
  }
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    times.push(await timeMs(() => registry.metrics()));
  }
  return median(times);
}

async function installed(): Promise<PromClient> {
  const folder = path.join(os.homedir(), '.cache', 'tenantry-bench', `prom-client-${VERSION}`);
  if (!existsSync(path.join(folder, 'node_modules', 'prom-client'))) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, 'package.json'), '{"private":true}\n');
    const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund'];
    await promisify(execFile)('npm', [...args, `prom-client@${VERSION}`], { cwd: folder });
  }
  return createRequire(path.join(folder, 'package.json'))('prom-client') as PromClient;
}
