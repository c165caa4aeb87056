/**
 * Who offends how beside whom, and for how long: the words that the bench, its processes and the chart
 * share. What an offence does is told in `offences.ts`.
 */

export const KINDS = ['block', 'loop', 'heap', 'buffers', 'crash', 'flood', 'opens'] as const;
export type Kind = (typeof KINDS)[number];

/** Ours first; the others are told the same and confine nobody. */
export const CONTENDERS = ['ours', 'noEscalation', 'piscina', 'bare'] as const;
export type ContenderName = (typeof CONTENDERS)[number];

export const CALLS = 50;
export const HEALTHY_TENANTS = 5;
export const FRAME_MS = 20;
export const SAMPLE_RATE_HZ = 16_000;
export const FRAME_SAMPLES = (SAMPLE_RATE_HZ * FRAME_MS) / 1_000;
export const FRAME_BYTES = FRAME_SAMPLES * 2;

/** How long each part of a run lasts. */
export interface Times {
  /** Loads and compiles; not measured. */
  readonly warmUpMs: number;
  readonly baselineMs: number;
  /** Longest wait for confinement; a contender that confines nobody is measured for `peerDuringMs`. */
  readonly duringMs: number;
  readonly peerDuringMs: number;
  readonly afterMs: number;
}

export const TIMES: Times = {
  warmUpMs: 1_500,
  baselineMs: 4_000,
  duringMs: 8_000,
  peerDuringMs: 3_000,
  afterMs: 5_000,
};

/** Frames that are still on their way at the end have this long to be answered. */
export const LAST_ANSWERS_MS = 2_000;

/** What one process is asked for. */
export interface Order {
  readonly kind: Kind;
  readonly contender: ContenderName;
  readonly times: Times;
}

/** How long the offender is waited for to be confined. */
export function longestDuringMs({ contender, times }: Order): number {
  return contender === 'ours' ? times.duringMs : times.peerDuringMs;
}

/** How often the offender's clients come: a time, or as soon as the last call has ended. */
export const COMES_EVERY_MS: Readonly<Record<Kind, number | 'at once'>> = {
  block: 1_000,
  loop: 1_000,
  heap: 1_000,
  buffers: 1_000,
  crash: 'at once',
  flood: 1_000,
  opens: 1,
};
