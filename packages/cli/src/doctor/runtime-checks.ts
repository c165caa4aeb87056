/** The version of Node and its flags, and what they cost. */
import { finding, ok, type Finding } from './finding.js';
import type { HostFacts } from './host-facts.js';
import type { Plan } from './plan.js';

const LEAST_MAJOR = 20;
/** From here on AsyncLocalStorage costs an await nothing, and a worker's statistics are Node's own. */
const FREE_CONTEXT_MAJOR = 24;
const STATISTICS_MAJOR = 22;

export function runtimeChecks(host: HostFacts, plan: Plan): Finding[] {
  return [version(host), heapFlag(host, plan), inspectFlag(host), platform(host)].flat();
}

function version({ nodeVersion }: HostFacts): Finding {
  const major = Number(/^v(\d+)/.exec(nodeVersion)?.[1]);
  if (!(major >= LEAST_MAJOR)) {
    return finding('fail', 'node', nodeVersion, 'install Node 20.20 or newer');
  }
  if (major >= FREE_CONTEXT_MAJOR) return ok('node', nodeVersion);
  const costs =
    major < STATISTICS_MAJOR
      ? 'each await costs about 130 ns for telling sessions apart, and Buffers of a thread are seen only by the growth of the process'
      : 'each await costs about 130 ns for telling sessions apart';
  return finding('note', 'node', `${nodeVersion}: ${costs}`, 'Node 24 or newer has neither cost');
}

function heapFlag({ nodeFlags }: HostFacts, { hasThreads }: Plan): Finding {
  const flag = nodeFlags.find((each) => /^--max[-_]old[-_]space[-_]size/.test(each));
  if (flag === undefined) return ok('node flags', 'none that change memory limits');
  return finding(
    hasThreads ? 'fail' : 'warn',
    'node flags',
    `${flag} switches V8's memory limit of every thread off`,
    'start without it, and limit the process by its control group and memoryLimitMb',
  );
}

function inspectFlag({ nodeFlags }: HostFacts): Finding[] {
  const flag = nodeFlags.find((each) => each.startsWith('--inspect'));
  if (flag === undefined) return [];
  return [
    finding(
      'warn',
      'debugger',
      `${flag}: with a debugger attached blocks are counted, their lines are not looked up`,
      'leave it out in production',
    ),
  ];
}

function platform({ platform: name }: HostFacts): Finding[] {
  if (name === 'linux') return [];
  return [
    finding(
      'warn',
      'platform',
      `${name}: no hard memory limit for children, and no CPU of single threads before Node 22`,
      'run production on Linux',
    ),
  ];
}
