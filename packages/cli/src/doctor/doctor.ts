/** Every look at the host, in the order in which they are shown. */
import { clockChecks } from './clock-checks.js';
import { diskChecks } from './disk-checks.js';
import type { Finding } from './finding.js';
import type { HostFacts } from './host-facts.js';
import { limitChecks } from './limit-checks.js';
import { memoryChecks } from './memory-checks.js';
import type { Plan } from './plan.js';
import { runtimeChecks } from './runtime-checks.js';
import { safetyChecks } from './safety-checks.js';

export type Check = (host: HostFacts, plan: Plan) => readonly Finding[];

const CHECKS: readonly Check[] = [
  runtimeChecks,
  memoryChecks,
  limitChecks,
  diskChecks,
  clockChecks,
  safetyChecks,
];

export function examine(host: HostFacts, plan: Plan): Finding[] {
  return CHECKS.flatMap((check) => check(host, plan));
}
