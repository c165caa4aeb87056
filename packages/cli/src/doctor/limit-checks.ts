/** What the system lets one process have: descriptors, processes, cores. */
import { finding, ok, type Finding } from './finding.js';
import type { HostFacts } from './host-facts.js';
import type { Plan } from './plan.js';

/** A client's socket, and what the process itself has open. */
const FILES_PER_SESSION = 1;
/** A thread has four to five descriptors, a child one in its parent and two pipes. */
const FILES_PER_ISOLATE = 5;
const FILES_OF_PROCESS = 64;
/** Threads of a child: its own, V8's, libuv's. */
const TASKS_PER_ISOLATE = 16;
const BUSY_LOAD = 2;

export function limitChecks(host: HostFacts, plan: Plan): Finding[] {
  return [files(host, plan), tasks(host, plan), cores(host, plan)].flat();
}

function files({ limits }: HostFacts, { maxConcurrentSessions, maxIsolates }: Plan): Finding {
  const soft = limits.get('Max open files');
  const needed =
    maxConcurrentSessions * FILES_PER_SESSION + maxIsolates * FILES_PER_ISOLATE + FILES_OF_PROCESS;
  if (soft === undefined) return finding('note', 'descriptors', 'the limit is not known', null);
  const found = `${soft === Number.POSITIVE_INFINITY ? 'no limit' : soft}; about ${needed} are needed for ${maxConcurrentSessions} sessions`;
  return soft >= needed
    ? ok('descriptors', found)
    : finding(
        'fail',
        'descriptors',
        found,
        `raise it (ulimit -n ${needed}; LimitNOFILE= in systemd), or lower maxConcurrentSessions`,
      );
}

function tasks({ limits, groupPidLimit }: HostFacts, plan: Plan): Finding[] {
  if (!plan.hasChildren && !plan.hasThreads) return [];
  const most = Math.min(
    limits.get('Max processes') ?? Number.POSITIVE_INFINITY,
    groupPidLimit ?? Number.POSITIVE_INFINITY,
  );
  const needed = plan.maxIsolates * TASKS_PER_ISOLATE;
  if (most >= needed)
    return [ok('processes', most === Number.POSITIVE_INFINITY ? 'no limit' : `${most}`)];
  return [
    finding(
      'warn',
      'processes',
      `${most}; ${plan.maxIsolates} isolates may need ${needed} processes and threads`,
      'raise TasksMax= or pids.max, or lower isolateOptions.maxIsolates',
    ),
  ];
}

function cores({ coreCount, loadPerCore }: HostFacts, plan: Plan): Finding[] {
  const found: Finding[] = [];
  const isolated = plan.tenantLimitsMb.length;
  if (isolated > coreCount) {
    found.push(
      finding(
        'note',
        'cores',
        `${coreCount} for ${isolated} tenants with isolates of their own and the shared loop`,
        'isolates that are busy at once share cores; give a tenant a host of its own if its latency counts',
      ),
    );
  } else {
    found.push(
      coreCount === 1
        ? finding(
            'warn',
            'cores',
            '1: an isolate that spins takes half of the shared loop away',
            'give the service 2 cores or more',
          )
        : ok('cores', `${coreCount}`),
    );
  }
  if (loadPerCore > BUSY_LOAD) {
    found.push(
      finding(
        'warn',
        'load',
        `${loadPerCore.toFixed(1)} a core`,
        'latency suffers, whatever the pool does: see what else runs here',
      ),
    );
  }
  return found;
}
