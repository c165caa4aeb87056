/** The clocks: durations are taken from the monotonic one, times in logs and tokens from the wall's. */
import { finding, ok, type Finding } from './finding.js';
import type { HostFacts } from './host-facts.js';

/** Release of this version: a wall clock before it is wrong. */
const EARLIEST_EPOCH_MS = Date.UTC(2026, 0, 1);
/** Fast ones; reading the others takes a system call each time. */
const FAST = new Set(['tsc', 'kvm-clock', 'arch_sys_counter', 'hyperv_clocksource_tsc_page']);

export function clockChecks({ epochMs, clockSource }: HostFacts): Finding[] {
  const shown = new Date(epochMs).toISOString();
  if (epochMs < EARLIEST_EPOCH_MS) {
    return [
      finding('fail', 'clock', `${shown} is in the past`, 'set it: tokens and keys expire by it'),
    ];
  }
  if (clockSource !== null && !FAST.has(clockSource)) {
    return [
      finding(
        'warn',
        'clock',
        `${shown}, source ${clockSource}: each reading takes a system call`,
        'use tsc or kvm-clock where the machine allows it: turns are measured by it',
      ),
    ];
  }
  return [ok('clock', clockSource === null ? shown : `${shown}, source ${clockSource}`)];
}
