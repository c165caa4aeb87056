/** When sessions of which tenants open in the course of a day. What becomes of them is drawn then. */
import { DAY_MS, HOUR_MS, OUTAGE_MS, TENANT_COUNT, type Population } from './population.js';

export interface Arrival {
  readonly atMs: number;
  readonly tenant: string;
}

const EVERY_MS = 80_000;
const BURSTS = 3;
const RUSHES = 5;

export function trafficOf({ tenants, outageFromMs }: Population, random: () => number): Arrival[] {
  const arrivals: Arrival[] = [];
  const add = (atMs: number, tenant: string): void => void arrivals.push({ atMs, tenant });
  const anyone = (): string => `t${Math.floor(random() * TENANT_COUNT)}`;
  const exponential = (meanMs: number): number => -meanMs * Math.log(1 - random());
  for (const { id } of tenants) add(random() * HOUR_MS, id);
  for (let atMs = 0; atMs < DAY_MS; atMs += exponential(EVERY_MS)) add(atMs, anyone());
  for (let atMs = 0; atMs < OUTAGE_MS; atMs += exponential(2_000)) {
    add(outageFromMs + atMs, anyone());
  }
  const bad = tenants.filter(({ temper }) => temper !== null);
  for (let rush = 0; rush < RUSHES; rush += 1) {
    // A crowd comes at once and again, with one among it that is at its worst.
    const { id, badFromMs, badUntilMs } = bad[Math.floor(random() * bad.length)] ?? tenants[0]!;
    const fromMs = badFromMs + random() * (badUntilMs - badFromMs);
    const crowd = Array.from({ length: 12 }, anyone);
    for (let n = 0; n < 60; n += 1) {
      add(fromMs + random() * 8_000, crowd[Math.floor(random() * crowd.length)]!);
    }
    for (let n = 0; n < 15; n += 1) add(fromMs + random() * 8_000, id);
  }
  for (const { id, temper, badFromMs, badUntilMs } of tenants) {
    if (temper === null) continue;
    if (temper === 'blocks') {
      for (let atMs = 60_000; atMs < OUTAGE_MS; atMs += 20_000) add(outageFromMs + atMs, id);
    }
    for (let burst = 0; burst < BURSTS; burst += 1) {
      const fromMs = badFromMs + random() * (badUntilMs - badFromMs);
      const calmerMs = random() < 0.5 ? 3_000 : 9_000;
      const [count, everyMs] = temper === 'floods' ? [40, 50] : [16, calmerMs];
      for (let n = 0; n < count; n += 1) add(fromMs + n * everyMs * (0.5 + random()), id);
    }
  }
  return arrivals;
}
