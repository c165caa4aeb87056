/** What is said of a profile that has been written: what it is of, and how to open it. */
import { formatBytes, formatCount, formatMs } from './format.js';

const OPENED_BY = {
  cpu: 'Chrome, DevTools, Performance, "Load profile…"',
  heap: 'Chrome, DevTools, Memory, "Load profile…"',
} as const;

interface WrittenProfileFacts {
  readonly target: {
    readonly isolate: string;
    readonly rung: string;
    readonly session: string | null;
    readonly tenant: string | null;
    readonly sessions: number;
  };
  readonly type: keyof typeof OPENED_BY;
  readonly sampledMs: number;
}

export function profileNotes(
  { target, type, sampledMs }: WrittenProfileFacts,
  bytes: number,
): string[] {
  const { isolate, sessions, tenant, rung } = target;
  const isShared = rung === 'coroutine' || (target.session !== null && sessions > 1);
  const sharing = `${formatCount(sessions)} ${sessions === 1 ? 'session' : 'sessions'}`;
  const what = `${type} profile of isolate ${isolate}${tenant === null ? '' : ` (tenant ${tenant})`}`;
  return [
    ...(isShared
      ? [
          `the profile is of isolate ${isolate}, which ${sharing} ${sessions === 1 ? 'uses' : 'share'}`,
        ]
      : []),
    `${what}, ${formatMs(sampledMs)}, ${formatBytes(bytes)}; open it in ${OPENED_BY[type]}`,
  ];
}
