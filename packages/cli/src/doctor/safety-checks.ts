/** What leaves a process beside its log: core dumps and other processes' eyes; and what confines it. */
import { finding, ok, type Finding } from './finding.js';
import type { HostFacts } from './host-facts.js';
import type { Plan } from './plan.js';

export function safetyChecks(host: HostFacts, plan: Plan): Finding[] {
  return [
    coreDumps(host),
    ptrace(host),
    hardLimit(host, plan),
    root(host, plan),
    seccomp(host),
  ].flat();
}

function coreDumps({ limits, corePattern }: HostFacts): Finding {
  const most = limits.get('Max core file size') ?? 0;
  // A program that dumps are piped to gets them whatever the limit is, unless that is 1.
  const isPiped = corePattern?.startsWith('|') === true;
  if (most === 0 && !isPiped) return ok('core dumps', 'off');
  return finding(
    'warn',
    'core dumps',
    isPiped
      ? `go to ${corePattern.slice(1).trim()}: memory of every tenant, secrets included`
      : `are written to "${corePattern ?? 'core'}": memory of every tenant, secrets included`,
    'ulimit -c 0, or see to it that only you can read them',
  );
}

function ptrace({ ptraceScope }: HostFacts): Finding {
  if (ptraceScope !== null && ptraceScope > 0) return ok('ptrace', `scope ${ptraceScope}`);
  return finding(
    'note',
    'ptrace',
    ptraceScope === null
      ? 'not restricted by Yama'
      : 'scope 0: any process of this user can read this one',
    'sysctl kernel.yama.ptrace_scope=1, or a user of its own for the service',
  );
}

function hardLimit({ platform, programs }: HostFacts, plan: Plan): Finding[] {
  if (!plan.hasChildren) return [];
  if (platform === 'linux' && programs.has('prlimit')) {
    return [ok('hard memory limit', 'prlimit is there')];
  }
  return [
    finding(
      plan.hasHardLimit ? 'fail' : 'warn',
      'hard memory limit',
      platform === 'linux' ? 'prlimit is not on the PATH' : `none on ${platform}`,
      platform === 'linux'
        ? 'install util-linux; until then only the watched limit holds, looked at every 20 ms'
        : 'only the watched limit holds, looked at every 20 ms',
    ),
  ];
}

function root({ isRoot }: HostFacts, { hasChildren }: Plan): Finding[] {
  if (!isRoot) return [];
  return [
    finding(
      'warn',
      'user',
      hasChildren
        ? 'root: agents run as root too, in children as well'
        : 'root: agents run as root',
      'run the service as a user of its own',
    ),
  ];
}

function seccomp({ status }: HostFacts): Finding[] {
  const mode = status.get('Seccomp');
  if (mode === undefined) return [];
  return [
    mode === '0'
      ? finding(
          'note',
          'seccomp',
          'off: system calls are not filtered',
          'containers filter them by default; a filter has to allow prlimit64, kill and clone3',
        )
      : ok('seccomp', `mode ${mode}; prlimit64, kill and clone3 have to be allowed`),
  ];
}
