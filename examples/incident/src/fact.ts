/** A fact of the story: a tenant was caught, confined, let back in part, let go. Who finds it is left to facts.ts. */

export interface Detected {
  readonly kind: 'detected';
  readonly atMs: number;
  readonly session: string | null;
  readonly what: string;
  /** Function, file and line; null where the offence has none. */
  readonly place: string | null;
}

export interface Confined {
  readonly kind: 'confined';
  readonly atMs: number;
  readonly from: string;
  readonly to: string;
  readonly why: string;
}

/** A session that went on elsewhere while it lasted. */
export interface Moved {
  readonly kind: 'moved';
  readonly atMs: number;
  readonly session: string;
  readonly from: string;
  readonly to: string;
  readonly gapMs: number;
}

export interface LetGo {
  readonly kind: 'probation' | 'released';
  readonly atMs: number;
  readonly how: string;
}

export type Fact = Detected | Confined | Moved | LetGo;
export type FactKind = Fact['kind'];
