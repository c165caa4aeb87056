/** What the supervisor keeps of one tenant: its isolates, its restarts, how the last one ended. */
import type { IsolateEnd } from '@tenantry/core/internal';
import type { Isolate } from '../host/isolate.js';
import { RestartPolicy, type RestartRules } from '@tenantry/core/internal';

export class TenantSlot {
  readonly tenant: string;
  readonly policy: RestartPolicy;
  /** The isolate of the tenant's sessions, where they share one, by profile: it may be on two rungs. */
  readonly shared = new Map<string, Promise<Isolate>>();
  readonly isolates = new Set<Isolate>();
  lastIsolate: { readonly id: string; readonly rung: 'thread' | 'process' } | undefined;
  lastEnd: { readonly end: IsolateEnd; readonly atMs: number } | undefined;

  constructor(tenant: string, rules: RestartRules) {
    this.tenant = tenant;
    this.policy = new RestartPolicy(rules);
  }
}
