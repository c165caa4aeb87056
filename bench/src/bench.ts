/** What a benchmark is: the figures it measures and the targets they are held against. */

export type Results = Readonly<Record<string, number>>;

export interface Target {
  /** What is compared, as the table shows it. */
  readonly what: string;
  readonly unit: string;
  /** Undefined where a run left it out. */
  readonly value: (results: Results) => number | undefined;
  readonly atLeast?: number;
  readonly atMost?: number;
}

/** What the command line may say beside a name, to a bench that takes it. */
export interface Settings {
  /** A part of what is measured, by the bench's own names. */
  readonly kinds?: readonly string[] | undefined;
  /** Where a picture of the results is written. */
  readonly chart?: string | undefined;
}

export interface Bench {
  readonly about: string;
  readonly targets: readonly Target[];
  /** Names that `kinds` may have; without them the bench takes no settings. */
  readonly kinds?: readonly string[];
  /** `note` says what the figures alone do not, such as which of a peer's settings was the best. */
  run(note: (text: string) => void, settings: Settings): Promise<Results>;
}

export function isReached({ value, atLeast, atMost }: Target, results: Results): boolean {
  const measured = value(results) ?? Number.NaN;
  return measured >= (atLeast ?? -Infinity) && measured <= (atMost ?? Infinity);
}

/** Three significant digits, and whole numbers above a thousand: nothing here is more exact. */
export function rounded(value: number): number {
  return Math.abs(value) >= 1_000 ? Math.round(value) : Number(value.toPrecision(3));
}
