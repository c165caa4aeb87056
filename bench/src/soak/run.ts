/** A soak from start to end: load, faults, a sample a second, and what the books say afterwards. */
import { setTimeout as sleep } from 'node:timers/promises';
import { TenantryClient, codeOf, type RemoteSession } from '@tenantry/core/client';
import type { Snapshot } from '@tenantry/core/snapshot';
import { WebSocket } from 'ws';
import { mulberry32 } from '../blame/plan.js';
import { Books } from './books.js';
import { clientFault } from './client-faults.js';
import { checkBooks, type BooksVerdict } from './closing.js';
import {
  GAUGE_NAMES,
  emptySeries,
  heldSample,
  processSample,
  processesOf,
  type Held,
  type Sample,
  type Series,
} from './gauges.js';
import { JobLoad } from './job-load.js';
import { PROBE, TALKERS } from './population.js';
import type { SoakService } from './service.js';
import { talk, within } from './talk.js';

export interface SoakPlan {
  readonly minutes: number;
  readonly seed: number;
  /** Conversations at once. */
  readonly talks: number;
}

export interface SoakRun {
  readonly series: Series;
  readonly before: Sample;
  readonly after: Sample;
  readonly books: Books;
  readonly verdict: BooksVerdict;
  readonly jobs: JobLoad;
  readonly workers: number;
  /** Processes that outlived the service. */
  readonly orphans: readonly number[];
  readonly exitCode: number | null;
}

/** Share of what clients do that is a fault. */
const FAULT_RATIO = 0.01;
const SAMPLE_MS = 1_000;
/** A full collection is a block: only so often. */
const SAMPLES_A_COLLECTION = 5;
const SCRAPE_MS = 5_000;
const REST_DEADLINE_MS = 90_000;
const EXIT_DEADLINE_MS = 60_000;
const PROBE_DEADLINE_MS = 5_000;

export async function soak(service: SoakService, plan: SoakPlan): Promise<SoakRun> {
  const random = mulberry32(plan.seed);
  const books = new Books();
  const client = new TenantryClient({
    url: service.url,
    apiKey: service.key,
    WebSocket,
    random,
  });
  const gauges = new Gauges(service, client);
  const before = await gauges.atRest();
  const series = emptySeries();
  const startMs = performance.now();
  const isOver = (): boolean => performance.now() - startMs > plan.minutes * 60_000;
  const faults = new Set<Promise<void>>();
  const perhapsFault = (): 'agent' | undefined => {
    if (random() >= FAULT_RATIO) return undefined;
    if (random() < 0.5) return 'agent';
    const fault = clientFault({ service, books, random });
    faults.add(fault);
    void fault.finally(() => faults.delete(fault));
    return undefined;
  };
  const jobs = new JobLoad(client, random);
  const load = [
    ...Array.from({ length: plan.talks }, async (_, index) => {
      while (!isOver()) {
        const tenant = TALKERS[(index + Math.floor(random() * TALKERS.length)) % TALKERS.length]!;
        await talk(tenant, { client, books, random, isOver, perhapsFault });
      }
    }),
    jobs.run(isOver),
    repeated(SCRAPE_MS, isOver, async () => {
      await (await service.ask('/metrics')).text();
    }),
  ];
  for (let at = 0; !isOver(); at += 1) {
    const sample = await gauges.take(at % SAMPLES_A_COLLECTION === 0);
    const atS = (performance.now() - startMs) / 1_000;
    for (const name of GAUGE_NAMES) {
      const value = sample[name];
      if (value !== undefined) series[name].push({ atS, value });
    }
    await sleep(SAMPLE_MS - ((performance.now() - startMs) % SAMPLE_MS));
  }
  await Promise.all(load);
  await Promise.all(faults);
  await jobs.settled();
  await gauges.idle();
  const after = await gauges.atRest();
  const closing: Snapshot = await service.snapshot();
  const verdict = checkBooks(books, jobs, closing);
  service.signal('SIGTERM');
  const end = await within(EXIT_DEADLINE_MS, service.ended);
  const orphans = await gauges.left();
  return {
    series,
    before,
    after,
    books,
    verdict,
    jobs,
    workers: gauges.workers.size,
    orphans,
    exitCode: end?.code ?? null,
  };
}

class Gauges {
  /** Of the service, one after the other: more than one where one had to be started again. */
  readonly workers = new Set<number>();
  readonly #service: SoakService;
  readonly #client: TenantryClient;
  #probe: RemoteSession | undefined;
  #worker: number | undefined;

  constructor(service: SoakService, client: TenantryClient) {
    this.#service = service;
    this.#client = client;
  }

  /** What could be read: a worker that is being started again has nothing. */
  async take(isCollected: boolean): Promise<Sample> {
    try {
      const held = await within(PROBE_DEADLINE_MS, this.#ask(isCollected));
      if (held === undefined) throw new Error('the probe did not answer');
      const ofProcess = await processSample(this.#worker!, this.#service.pid);
      return { ...ofProcess, ...heldSample(held, isCollected) };
    } catch {
      this.#probe = undefined;
      return {};
    }
  }

  /** The lowest of a few seconds: what is there whatever else goes on. */
  async atRest(): Promise<Sample> {
    const samples: Sample[] = [];
    for (let at = 0; at < 5; at += 1) {
      samples.push(await this.take(true));
      await sleep(SAMPLE_MS);
    }
    const lowest = GAUGE_NAMES.map((name) => {
      const values = samples.flatMap((sample) => sample[name] ?? []);
      return [name, values.length === 0 ? undefined : Math.min(...values)];
    });
    return Object.fromEntries(lowest) as Sample;
  }

  /** Resolves when nothing is left but the probe, or at a deadline. */
  async idle(): Promise<void> {
    const endMs = performance.now() + REST_DEADLINE_MS;
    while (performance.now() < endMs) {
      const { totals, isolates } = await this.#service.snapshot();
      if (totals.activeSessions <= 1 && isolates.every(({ tenant }) => tenant === null)) return;
      await sleep(SAMPLE_MS);
    }
  }

  left(): Promise<number[]> {
    return processesOf(this.workers);
  }

  async #ask(isCollected: boolean): Promise<Held> {
    this.#probe ??= await this.#opened();
    await this.#probe.send(isCollected ? 'collected' : 'as it is');
    const { value, done } = await this.#probe.messages.next();
    if (done === true) throw new Error('the probe has ended');
    return value as Held;
  }

  async #opened(): Promise<RemoteSession> {
    const probe = await this.#client.open({ tenant: PROBE, agent: 'probe' });
    this.#worker = (await this.#service.snapshot()).runtime.pid;
    this.workers.add(this.#worker);
    return probe;
  }
}

async function repeated(
  everyMs: number,
  isOver: () => boolean,
  work: () => Promise<void>,
): Promise<void> {
  while (!isOver()) {
    await work().catch((error: unknown) => codeOf(error));
    await sleep(everyMs);
  }
}
