/** What becomes of a simulated session, drawn before it opens and handed to its place as its input. */

/** How its start goes in an isolate; on the shared loop every start is prompt. */
export type StartFate = 'prompt' | 'refused' | 'late' | 'dies' | 'ends-early';

export type RunFate =
  /** Ends by itself after `afterMs`. */
  | 'completes'
  | 'fails'
  /** Goes on until it is aborted. */
  | 'hangs'
  /** Goes on whatever it is told. */
  | 'deaf'
  /** Takes its isolate with it; on the shared loop it fails. */
  | 'crashes'
  /** Like it, by eating memory. */
  | 'swells'
  /** Blocks its loop for a while, then completes. */
  | 'blocks';

export interface Fate {
  /** The number of the open it belongs to. */
  readonly open: number;
  readonly start: StartFate;
  readonly run: RunFate;
  readonly afterMs: number;
}
