/** What keeps a setting from holding as it was asked for: the host, the flags of Node, a disk, a lack of time. */
import type { SettingState } from '../inspector/setting.js';
import type { TenantSettings } from '../tenant/tenant-options.js';
import { settingsOf } from '../tenant/tenant-options.js';
import type { HostFacts } from './host-facts.js';
import type { ParsedPoolOptions } from './pool-options.js';

/** What is known of the host and of the running pool. */
export interface SettingFacts extends HostFacts {
  readonly hasIsolates: boolean;
  readonly observer: 'watching' | 'off' | 'lost';
  /** False while the state directory refuses what is written. */
  readonly isStateSound: boolean;
  /** Booted isolates without a tenant. */
  readonly spareCount: number;
}

export interface SettingNote {
  readonly state: Exclude<SettingState, 'applied'>;
  readonly applied: string;
  readonly why: string;
}

export function settingNotes(
  options: ParsedPoolOptions,
  facts: SettingFacts,
): ReadonlyMap<string, SettingNote> {
  const notes = new Map<string, SettingNote>();
  ofProcess(notes, options, facts);
  ofIsolates(notes, options, facts);
  for (const [tenant, own] of Object.entries(options.tenants)) {
    ofMemory(notes, `tenants.${tenant}.`, settingsOf(own, options.defaults), facts);
  }
  return notes;
}

type Notes = Map<string, SettingNote>;

function ofProcess(notes: Notes, options: ParsedPoolOptions, facts: SettingFacts): void {
  const { memoryLimitMb, stateDir, enableIntrospection, incidents } = options;
  if (memoryLimitMb > facts.memoryMb) {
    notes.set('memoryLimitMb', {
      state: 'degraded',
      applied: `${Math.floor(facts.memoryMb)}`,
      why: `the host ends the process at ${Math.floor(facts.memoryMb)} MB, before the limit is reached`,
    });
  }
  if (stateDir !== undefined && !facts.isStateSound) {
    notes.set('stateDir', {
      state: 'failed',
      applied: 'in memory',
      why: 'the disk refuses what is written; what is decided now is lost with the process',
    });
  }
  if (incidents.enabled && (stateDir === undefined || !enableIntrospection)) {
    notes.set('incidents.enabled', {
      state: 'requested',
      applied: 'false',
      why:
        stateDir === undefined
          ? 'bundles are kept in stateDir, and the pool has none'
          : 'enableIntrospection is false, and the observer makes bundles',
    });
  }
  if (enableIntrospection && facts.observer === 'lost') {
    notes.set('enableIntrospection', {
      state: 'failed',
      applied: 'false',
      why: 'the observer thread has ended and is being restarted',
    });
  }
}

function ofIsolates(notes: Notes, options: ParsedPoolOptions, facts: SettingFacts): void {
  const { escalation, isolateOptions } = options;
  if (escalation.enforce && !facts.hasIsolates) {
    notes.set('escalation.enforce', {
      state: 'degraded',
      applied: 'quarantine only',
      why: 'the pool has no isolates to move a tenant into',
    });
  }
  const { spareIsolates } = isolateOptions;
  if (spareIsolates > facts.spareCount) {
    notes.set('isolateOptions.spareIsolates', {
      state: facts.hasIsolates ? 'requested' : 'failed',
      applied: `${facts.spareCount}`,
      why: facts.hasIsolates
        ? 'spare isolates are booting, are in use, or their kind is not in use'
        : 'the pool has no isolates',
    });
  }
}

function ofMemory(notes: Notes, prefix: string, own: TenantSettings, facts: SettingFacts): void {
  const isThread = own.isolate === 'worker_threads';
  const { memoryLimitMb, memoryHardLimitMb } = own;
  if (memoryLimitMb !== null && own.isolation === 'coroutine') {
    notes.set(`${prefix}memoryLimitMb`, {
      state: 'requested',
      applied: 'none',
      why: 'memory of one tenant cannot be limited on the shared loop; it holds in an isolate',
    });
  } else if (memoryLimitMb !== null && memoryLimitMb > facts.memoryMb) {
    notes.set(`${prefix}memoryLimitMb`, {
      state: 'degraded',
      applied: `${Math.floor(facts.memoryMb)}`,
      why: `the host has ${Math.floor(facts.memoryMb)} MB`,
    });
  }
  if (memoryHardLimitMb === null) return;
  if (isThread && facts.hasHeapFlag) {
    notes.set(`${prefix}memoryHardLimitMb`, {
      state: 'failed',
      applied: 'none',
      why: "--max-old-space-size switches V8's limit of threads off; the watched limit holds",
    });
  } else if (!isThread && !facts.canLimitData) {
    notes.set(`${prefix}memoryHardLimitMb`, {
      state: 'failed',
      applied: 'none',
      why: 'it needs Linux and prlimit (util-linux); the watched limit holds',
    });
  }
}
