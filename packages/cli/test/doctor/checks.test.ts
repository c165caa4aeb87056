/** What each look at a host finds, and that a sound host is left in peace. */
import { describe, expect, test } from '@jest/globals';
import { examine } from '../../src/doctor/doctor.js';
import type { FolderFacts, HostFacts } from '../../src/doctor/host-facts.js';
import type { Plan } from '../../src/doctor/plan.js';
import { planOf } from '../../src/doctor/plan.js';

const FOLDER: FolderFacts = {
  path: '/var/lib/voice',
  fileSystem: 'local',
  exists: true,
  isOwn: true,
  isPrivate: true,
  isWritable: true,
  isSymbolicLink: false,
  freeMb: 10_000,
  syncMs: 1,
};
const HOST: HostFacts = {
  platform: 'linux',
  nodeVersion: 'v24.21.0',
  nodeFlags: [],
  coreCount: 4,
  loadPerCore: 0.3,
  memoryMb: 16_000,
  availableMb: 8_000,
  groupLimitMb: 4_000,
  groupPidLimit: null,
  swapMb: 0,
  limits: new Map([
    ['Max open files', 20_000],
    ['Max processes', 90_000],
    ['Max core file size', 0],
  ]),
  status: new Map([['Seccomp', '2']]),
  corePattern: 'core',
  ptraceScope: 1,
  clockSource: 'tsc',
  epochMs: Date.UTC(2026, 10, 26),
  programs: new Set(['prlimit']),
  isRoot: false,
  socketDirectory: { ...FOLDER, path: '/run/user/1000/tenantry', syncMs: null },
  stateDir: FOLDER,
};
const PLAN: Plan = {
  memoryLimitMb: 3_000,
  tenantLimitsMb: [256],
  movedLimitMb: 256,
  maxConcurrentSessions: 1_000,
  maxIsolates: 8,
  hasThreads: true,
  hasChildren: true,
  enforcesEscalation: true,
  stateDir: '/var/lib/voice',
  hasHardLimit: true,
};

const conspicuous = (host: HostFacts, plan: Plan): string[] =>
  examine(host, plan).flatMap(({ check, state }) => (state === 'ok' ? [] : [`${state} ${check}`]));

test('a sound host is ready', () => {
  expect(conspicuous(HOST, PLAN)).toEqual([]);
});

test.each<[string, Partial<HostFacts>, Partial<Plan>, string]>([
  ['an old Node', { nodeVersion: 'v18.1.0' }, {}, 'fail node'],
  ['Node 20', { nodeVersion: 'v20.20.2' }, {}, 'note node'],
  ['Node 22', { nodeVersion: 'v22.23.3' }, {}, 'note node'],
  ['a heap flag with threads', { nodeFlags: ['--max-old-space-size=512'] }, {}, 'fail node flags'],
  [
    'a heap flag without threads',
    { nodeFlags: ['--max_old_space_size=512'] },
    { hasThreads: false },
    'warn node flags',
  ],
  ['a debugger', { nodeFlags: ['--inspect=0'] }, {}, 'warn debugger'],
  [
    'another system',
    { platform: 'darwin', programs: new Set() },
    { hasChildren: false },
    'warn platform',
  ],
  ['no limit of the process', {}, { memoryLimitMb: 0 }, 'warn memory'],
  ['a limit above the group', {}, { memoryLimitMb: 5_000 }, 'fail memory'],
  ['little free memory', { availableMb: 100 }, {}, 'warn free memory'],
  ['swap', { swapMb: 1_024 }, {}, 'note swap'],
  ['limits that add up', {}, { tenantLimitsMb: [3_000, 2_000] }, 'warn isolate memory'],
  ['many isolates', {}, { maxIsolates: 100 }, 'note isolate memory'],
  ['few descriptors', { limits: new Map([['Max open files', 1_024]]) }, {}, 'fail descriptors'],
  ['few processes', { groupPidLimit: 64 }, {}, 'warn processes'],
  ['one core', { coreCount: 1 }, {}, 'warn cores'],
  ['more tenants than cores', {}, { tenantLimitsMb: [1, 1, 1, 1, 1] }, 'note cores'],
  ['a busy host', { loadPerCore: 3 }, {}, 'warn load'],
  ['no state directory', { stateDir: null }, { stateDir: null }, 'warn state directory'],
  ['a linked one', { stateDir: { ...FOLDER, isSymbolicLink: true } }, {}, 'fail state directory'],
  ['a foreign one', { stateDir: { ...FOLDER, isOwn: false } }, {}, 'fail state directory'],
  ['a read-only one', { stateDir: { ...FOLDER, isWritable: false } }, {}, 'fail state directory'],
  ['a full one', { stateDir: { ...FOLDER, syncMs: null } }, {}, 'fail state directory'],
  ['one in memory', { stateDir: { ...FOLDER, fileSystem: 'tmpfs' } }, {}, 'warn state directory'],
  ['one elsewhere', { stateDir: { ...FOLDER, fileSystem: 'nfs' } }, {}, 'warn state directory'],
  ['one nearly full', { stateDir: { ...FOLDER, freeMb: 10 } }, {}, 'warn state directory'],
  ['a slow one', { stateDir: { ...FOLDER, syncMs: 500 } }, {}, 'warn state directory'],
  [
    'an open socket directory',
    { socketDirectory: { ...FOLDER, isPrivate: false } },
    {},
    'fail socket directory',
  ],
  ['a clock in the past', { epochMs: 0 }, {}, 'fail clock'],
  ['a slow clock', { clockSource: 'hpet' }, {}, 'warn clock'],
  [
    'core dumps',
    { limits: new Map([...HOST.limits, ['Max core file size', Number.POSITIVE_INFINITY]]) },
    {},
    'warn core dumps',
  ],
  ['piped core dumps', { corePattern: '|/usr/bin/collect %p' }, {}, 'warn core dumps'],
  ['open ptrace', { ptraceScope: 0 }, {}, 'note ptrace'],
  ['no prlimit', { programs: new Set() }, {}, 'fail hard memory limit'],
  [
    'no prlimit, not needed',
    { programs: new Set() },
    { hasHardLimit: false },
    'warn hard memory limit',
  ],
  ['root', { isRoot: true }, {}, 'warn user'],
  ['no seccomp', { status: new Map([['Seccomp', '0']]) }, {}, 'note seccomp'],
])('%s is told, and nothing else', (_what, host, plan, expected) => {
  const changed = { ...HOST, ...host };
  // Limits that are left out are not known, which has a note of its own.
  if (host.limits !== undefined) changed.limits = new Map([...HOST.limits, ...host.limits]);
  expect(conspicuous(changed, { ...PLAN, ...plan })).toEqual([expected]);
});

test('every finding that is not in order says what to do or is a mere note', () => {
  const worst = examine(
    { ...HOST, nodeVersion: 'v18.0.0', isRoot: true, stateDir: null, limits: new Map(), swapMb: 1 },
    { ...PLAN, memoryLimitMb: 0 },
  );
  for (const { state, advice } of worst) {
    if (state === 'warn' || state === 'fail') expect(advice).not.toBeNull();
  }
});

describe('a plan', () => {
  const rows = (values: Record<string, string>): { setting: string; requested: string }[] =>
    Object.entries(values).map(([setting, requested]) => ({ setting, requested }));

  test('is made of settings', () => {
    expect(
      planOf(
        rows({
          memoryLimitMb: '2000',
          maxConcurrentSessions: '50',
          'isolateOptions.maxIsolates': '4',
          'escalation.enforce': 'false',
          stateDir: '/var/lib/voice',
          'tenants.acme.isolation': 'process',
          'tenants.acme.isolate': 'worker_threads',
          'tenants.acme.memoryLimitMb': '300',
          'tenants.zeta.memoryLimitMb': '9000',
        }),
      ),
    ).toEqual({
      memoryLimitMb: 2_000,
      tenantLimitsMb: [300],
      movedLimitMb: 0,
      maxConcurrentSessions: 50,
      maxIsolates: 4,
      hasThreads: true,
      hasChildren: false,
      enforcesEscalation: false,
      stateDir: '/var/lib/voice',
      hasHardLimit: false,
    });
  });

  test('has isolates of both kinds where tenants are escalated', () => {
    const plan = planOf(rows({ 'escalation.enforce': 'true', stateDir: 'none' }));
    expect(plan).toMatchObject({ hasThreads: true, hasChildren: true, stateDir: null });
  });
});
