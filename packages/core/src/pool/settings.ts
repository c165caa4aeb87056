/** Every setting of a pool beside what of it holds. What can keep one from holding is in `setting-notes.ts`. */
import type { SettingRow } from '../inspector/setting.js';
import type { Placement } from '../placement/placement.js';
import { readHostFacts, type HostFacts } from './host-facts.js';
import type { Introspection } from './introspection.js';
import { printedOption, settingPaths } from './option-paths.js';
import type { ParsedPoolOptions } from './pool-options.js';
import type { PoolParts } from './pool-parts.js';
import { settingNotes, type SettingFacts } from './setting-notes.js';

interface SettingsParts {
  readonly options: ParsedPoolOptions;
  /** Paths that the pool's maker has set; every other is at its default. */
  readonly given: ReadonlySet<string>;
  /** Where a program took a setting from, by path; `code` where it does not say. */
  readonly origins: ReadonlyMap<string, string>;
  /** What was set in the running pool, by path. */
  readonly live: ReadonlyMap<string, unknown>;
  readonly facts: SettingFacts;
}

function settingRows({ options, given, origins, live, facts }: SettingsParts): SettingRow[] {
  const requested = settingPaths(options);
  for (const path of live.keys()) if (!requested.has(path)) requested.set(path, undefined);
  const notes = settingNotes(options, facts);
  return [...requested].map(([setting, value]) => {
    const isLive = live.has(setting);
    const note = notes.get(setting);
    const held = isLive ? live.get(setting) : value;
    return {
      setting,
      requested: printedOption(setting, value),
      applied: note?.applied ?? printedOption(setting, held),
      state: note?.state ?? 'applied',
      why: note?.why ?? (isLive ? 'set in the running pool' : null),
      origin: isLive ? 'live' : (origins.get(setting) ?? (given.has(setting) ? 'code' : 'default')),
    };
  });
}

/** What of a pool changes while it runs. */
export interface RunningParts {
  readonly introspection: Introspection | undefined;
  readonly placement: Placement | undefined;
  readonly isStateSound: boolean;
}

let host: HostFacts | undefined;

export function poolSettings(parts: PoolParts, running: RunningParts): SettingRow[] {
  const { options, given, origins } = parts;
  const { introspection, placement, isStateSound } = running;
  const spares = (placement?.records() ?? []).filter(
    ({ tenant, rung, state }) => tenant === null && rung !== 'coroutine' && state === 'ready',
  );
  host ??= readHostFacts();
  const facts: SettingFacts = {
    ...host,
    hasIsolates: options.isolates !== undefined,
    observer: introspection?.figures.state ?? 'off',
    isStateSound,
    spareCount: spares.length,
  };
  return settingRows({ options, given, origins, live: setLive(parts, introspection), facts });
}

function setLive(
  { options, tenants }: PoolParts,
  introspection: Introspection | undefined,
): Map<string, unknown> {
  const live = new Map<string, unknown>();
  const thresholdMs = introspection?.thresholdMs ?? options.slowSessionThresholdMs;
  if (thresholdMs !== options.slowSessionThresholdMs) {
    live.set('slowSessionThresholdMs', thresholdMs);
  }
  for (const { id, cap, isCappedByHand } of tenants.all()) {
    if (isCappedByHand) live.set(`tenants.${id}.maxSessions`, cap.maxCount);
  }
  return live;
}
