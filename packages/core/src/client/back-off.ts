/** How long to wait before the next try: longer each time, and never for all clients alike. */
const BASE_MS = 100;
const LONGEST_MS = 5_000;

export function backOffMs(attempt: number, random: () => number): number {
  return random() * Math.min(LONGEST_MS, BASE_MS * 2 ** attempt);
}
