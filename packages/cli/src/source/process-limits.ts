/** What the system lets a process have, as Linux tells it. */
import { readFileSync } from 'node:fs';

/** Of this process; undefined where the system does not tell. */
export function ownSoftLimit(name: string): number | undefined {
  try {
    return softLimits(readFileSync('/proc/self/limits', 'utf8')).get(name);
  } catch {
    return undefined;
  }
}

/** The table of /proc/PID/limits: name, soft limit, hard limit, unit. */
export function softLimits(text: string): Map<string, number> {
  return new Map(
    text
      .split('\n')
      .slice(1)
      .flatMap((line) => {
        const [, name, soft] = /^(Max .*?)\s{2,}(\S+)/.exec(line) ?? [];
        if (name === undefined) return [];
        return [[name, soft === 'unlimited' ? Number.POSITIVE_INFINITY : Number(soft)]];
      }),
  );
}
