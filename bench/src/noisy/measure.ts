/** One run of one contender beside one kind of offender, in this process, which is to end afterwards. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Audience } from './audience.js';
import { bare } from './contenders/bare.js';
import type { Contender } from './contenders/contender.js';
import { ours } from './contenders/ours.js';
import { piscina } from './contenders/piscina.js';
import { offendForEver } from './offender.js';
import {
  LAST_ANSWERS_MS,
  longestDuringMs,
  type ContenderName,
  type Kind,
  type Order,
} from './plan.js';
import { judge, type Figures } from './verdict.js';

const CONTENDER: Readonly<Record<ContenderName, (kind: Kind) => Contender | Promise<Contender>>> = {
  ours: (kind) => ours(kind, true),
  noEscalation: (kind) => ours(kind, false),
  piscina,
  bare,
};

export interface Measured {
  readonly figures: Figures;
  /** The first few failures of healthy calls, in words. */
  readonly failures: readonly string[];
}

const POLL_MS = 1;
const FAILURES_TOLD = 3;

export async function measure(order: Order): Promise<Measured> {
  const { kind, contender: name, times } = order;
  const contender = await CONTENDER[name](kind);
  const audience = new Audience(times);
  await audience.open(contender);
  audience.start();
  await sleep(times.warmUpMs);
  const baseline = audience.sent;
  await sleep(times.baselineMs);

  void offendForEver(contender, kind);
  const latestMs = performance.now() + longestDuringMs(order);
  const isConfined = (): boolean => contender.confinedAtMs !== undefined;
  while (!isConfined() && performance.now() < latestMs) await sleep(POLL_MS);
  // One that is confined later than it was waited for was not, as far as this run knows.
  const { confinedAtMs } = contender;
  const afterMs = confinedAtMs ?? performance.now();
  await sleep(times.afterMs - (performance.now() - afterMs));
  audience.stop();
  const end = audience.sent;
  const deadlineMs = performance.now() + LAST_ANSWERS_MS;
  while (audience.isWaiting && performance.now() < deadlineMs) await sleep(POLL_MS);

  const { offendsAtEpochMs } = contender;
  if (offendsAtEpochMs === undefined) throw new Error(`${kind}: the offender never said a word`);
  const offenceMs = offendsAtEpochMs - performance.timeOrigin;
  const figures = judge(
    audience.latenciesMs,
    {
      baseline,
      offence: audience.frameAt(offenceMs),
      after: audience.frameAt(afterMs),
      end,
    },
    audience.failures.keys(),
    (confinedAtMs ?? Number.NaN) - offenceMs,
  );
  const failures = [...audience.failures].slice(0, FAILURES_TOLD);
  return { figures, failures: failures.map(([call, why]) => `call ${call}: ${why}`) };
}
