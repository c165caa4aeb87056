/**
 * Where a client's session is.
 *
 *   connecting ──welcome──▶ open ──socket gone──▶ connecting
 *       └──────────over───────┴────────▶ over
 */
const NEXT = {
  connecting: ['open', 'over'],
  open: ['connecting', 'over'],
  over: [],
} as const satisfies Record<string, readonly string[]>;

export type ConnectionState = keyof typeof NEXT;

export function canGo(from: ConnectionState, to: ConnectionState): boolean {
  return (NEXT[from] as readonly ConnectionState[]).includes(to);
}
