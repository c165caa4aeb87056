/** Every benchmark by its name, loaded only when it runs: none measures another's heap. */
import type { Bench } from './bench.js';

export const BENCHES: Readonly<Record<string, () => Promise<Bench>>> = {
  'open-close': async () => (await import('./open-close.bench.js')).bench,
  admission: async () => (await import('./admission.bench.js')).bench,
  messages: async () => (await import('./messages.bench.js')).bench,
  bundle: async () => (await import('./bundle.bench.js')).bench,
  density: async () => (await import('./density.bench.js')).bench,
  'isolate-start': async () => (await import('./isolate-start.bench.js')).bench,
  escalate: async () => (await import('./escalate.bench.js')).bench,
  scrape: async () => (await import('./scrape.bench.js')).bench,
  'snapshot-merge': async () => (await import('./snapshot-merge.bench.js')).bench,
  'blame-accuracy': async () => (await import('./blame-accuracy.bench.js')).bench,
  'introspection-overhead': async () => (await import('./introspection-overhead.bench.js')).bench,
  'noisy-neighbour': async () => (await import('./noisy-neighbour.bench.js')).bench,
  jobs: async () => (await import('./jobs.bench.js')).bench,
  'attribution-accuracy': async () => (await import('./attribution-accuracy.bench.js')).bench,
  gateway: async () => (await import('./gateway.bench.js')).bench,
};
