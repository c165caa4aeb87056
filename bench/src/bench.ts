/** What a benchmark is: the figures it measures and the targets they are held against. */

export type Results = Readonly<Record<string, number>>;

export interface Target {
  /** What is compared, as the table shows it. */
  readonly what: string;
  readonly unit: string;
  readonly value: (results: Results) => number;
  readonly atLeast?: number;
  readonly atMost?: number;
}

export interface Bench {
  readonly about: string;
  readonly targets: readonly Target[];
  /** `note` says what the figures alone do not, such as which of a peer's settings was the best. */
  run(note: (text: string) => void): Promise<Results>;
}

export function isReached({ value, atLeast, atMost }: Target, results: Results): boolean {
  const measured = value(results);
  return measured >= (atLeast ?? -Infinity) && measured <= (atMost ?? Infinity);
}

/** Three significant digits, and whole numbers above a thousand: nothing here is more exact. */
export function rounded(value: number): number {
  return Math.abs(value) >= 1_000 ? Math.round(value) : Number(value.toPrecision(3));
}
