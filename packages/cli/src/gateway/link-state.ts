/**
 * Where a session's socket is.
 *
 *   waiting ──attach──▶ attached ──detach──▶ waiting
 *      └───────over──────┴──────▶ over
 */
const NEXT = {
  waiting: ['attached', 'over'],
  attached: ['attached', 'waiting', 'over'],
  over: [],
} as const satisfies Record<string, readonly string[]>;

/** Over: its end has reached the client, or nobody came for it in time. */
export type LinkState = keyof typeof NEXT;

export function canGo(from: LinkState, to: LinkState): boolean {
  return (NEXT[from] as readonly LinkState[]).includes(to);
}
