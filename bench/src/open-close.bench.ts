/**
 * How many short sessions a second: from `open` to the outcome, 64 under way at any moment, one
 * tenant, input and result a small object. A peer's task is counted the same way, from the call to
 * its result. `bareAsyncLocalStorage` is an async function entered through one storage: what is left
 * when a session is nothing but attributed.
 *
 * To reach: 100,000 sessions a second, and 2.5 times `piscina.run` in the best of four settings.
 * Measured on 2026-11-22, Node 20.20.2, two cores shared with other work, five runs: 93,000 to 249,000,
 * 2.9 to 5.5 times piscina.run (31,000 to 68,000); workerpool.exec 10,000 to 15,000, bare storage 1.3
 * to 2.3 million. The ratio was reached in all runs, the number in four: in the fifth piscina.run
 * was at half as well.
 * On 2026-11-26, with breaker, ladder and alarm on the path of each session, 65,000 to 164,000: a process runs
 * at one of two speeds, and not at the lower one with `--no-allocation-site-pretenuring`. V8 keeps what
 * literals make in the old space then, and more than half of each scavenge survives. With instances in the
 * place of the literals of an opening (`core/src/pool/opening-data.ts`), six runs and six of before in
 * turns: 98,000 to 143,000 instead of 75,000 to 90,000; 1.8 to 2.2 times piscina.run where that was measured
 * (55,000 to 78,000), so the ratio is missed.
 * What is left of a session is the collection of its objects, the promise hooks of the storage on Node
 * 20, and its random id.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { fileURLToPath } from 'node:url';
import workerpool from 'workerpool';
import answer from './agents/answer.js';
import type { Bench } from './bench.js';
import { RATE_ROUNDS, inFlight, measureRates, type Contender } from './harness.js';
import { ANY_WORKERS, best, piscinaPool } from './peers/piscina.js';
import { startedPool } from './tenantry.js';

const WIDTH = 64;
const INPUT = { locale: 'en-GB', turn: 1 };

export const bench: Bench = {
  about: 'short sessions: open → outcome, 64 under way',
  targets: [
    {
      what: 'coroutine sessions',
      unit: '/s',
      value: (results) => results['tenantryCoroutinePerS']!,
      atLeast: 100_000,
    },
    {
      what: 'coroutine sessions ÷ piscina.run',
      unit: '×',
      value: (results) => results['tenantryCoroutinePerS']! / results['piscinaRunPerS']!,
      atLeast: 2.5,
    },
  ],
  async run(note) {
    const pool = await startedPool({ maxConcurrentSessions: 1_000 });
    const piscinas = ANY_WORKERS.map((setting) => ({ ...setting, pool: piscinaPool(setting) }));
    const workers = workerpool.pool(
      fileURLToPath(new URL('./peers/workerpool-entry.js', import.meta.url)),
      { workerType: 'thread' },
    );
    const storage = new AsyncLocalStorage<object>();
    const contenders: Contender[] = [
      contender('tenantryCoroutine', async () => {
        const session = await pool.open({ tenant: 'acme', agent: answer, input: INPUT });
        return session.done;
      }),
      ...piscinas.map((piscina) => contender(piscina.name, () => piscina.pool.run(INPUT))),
      contender('workerpoolExec', async () => workers.exec('echo', [INPUT])),
      contender('bareAsyncLocalStorage', () => storage.run(INPUT, async () => INPUT)),
    ];
    const rates = await measureRates(contenders, RATE_ROUNDS);
    await pool.close();
    for (const piscina of piscinas) await piscina.pool.destroy();
    await workers.terminate();
    const piscina = best(rates, ANY_WORKERS);
    note(`piscina.run: ${piscina.name}, the best of ${ANY_WORKERS.length} settings`);
    return {
      tenantryCoroutinePerS: rates.get('tenantryCoroutine')!,
      piscinaRunPerS: piscina.perSecond,
      workerpoolExecPerS: rates.get('workerpoolExec')!,
      bareAsyncLocalStoragePerS: rates.get('bareAsyncLocalStorage')!,
    };
  },
};

function contender(name: string, once: () => Promise<unknown>): Contender {
  return { name, run: (count) => inFlight(count, WIDTH, once) };
}
