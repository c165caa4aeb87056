/** The machine's memory, and its control group's limit, against what is configured. */
import { finding, ok, type Finding } from './finding.js';
import type { HostFacts } from './host-facts.js';
import type { Plan } from './plan.js';

const whole = (mb: number): string => `${Math.floor(mb)} MB`;
/** What an idle child and an idle thread take, in MB; measured at 41 to 43 and 8 to 12. */
const CHILD_MB = 43;

export function memoryChecks(host: HostFacts, plan: Plan): Finding[] {
  return [total(host, plan), own(host), isolates(host, plan)].flat();
}

const usableMb = ({ memoryMb, groupLimitMb }: HostFacts): number =>
  Math.min(memoryMb, groupLimitMb ?? memoryMb);

function total(host: HostFacts, { memoryLimitMb }: Plan): Finding {
  const { groupLimitMb, memoryMb } = host;
  const found =
    groupLimitMb === null
      ? `${whole(memoryMb)}, no control group limit`
      : `${whole(groupLimitMb)} by the control group, of ${whole(memoryMb)}`;
  const usable = usableMb(host);
  if (memoryLimitMb === 0) {
    return finding(
      'warn',
      'memory',
      `${found}; the process has no memoryLimitMb`,
      `set memoryLimitMb to about ${Math.floor(usable * 0.8)}, so that it drains before the kernel kills it`,
    );
  }
  if (memoryLimitMb > usable) {
    return finding(
      'fail',
      'memory',
      `${found}; memoryLimitMb is ${memoryLimitMb}, so the kernel kills the process first`,
      `set memoryLimitMb below ${Math.floor(usable)}`,
    );
  }
  return ok('memory', `${found}; memoryLimitMb ${memoryLimitMb}`);
}

function own({ availableMb, swapMb }: HostFacts): Finding[] {
  const LOW_MB = 256;
  const found: Finding[] = [];
  if (availableMb !== null && availableMb < LOW_MB) {
    found.push(
      finding('warn', 'free memory', whole(availableMb), 'free some before more sessions start'),
    );
  }
  if (swapMb > 0) {
    found.push(
      finding(
        'note',
        'swap',
        `${whole(swapMb)}: a process that is swapped out looks unresponsive`,
        'run latency-bound tenants on hosts without swap',
      ),
    );
  }
  return found;
}

function isolates(host: HostFacts, plan: Plan): Finding {
  const { tenantLimitsMb, maxIsolates, movedLimitMb, enforcesEscalation, hasChildren } = plan;
  const listed = tenantLimitsMb.reduce((sum, mb) => sum + mb, 0);
  const usable = usableMb(host);
  if (listed > usable) {
    return finding(
      'warn',
      'isolate memory',
      `limits of listed tenants add up to ${whole(listed)}, of ${whole(usable)}`,
      'lower them, or accept that not all can be used at once',
    );
  }
  const each = enforcesEscalation ? Math.max(movedLimitMb, CHILD_MB) : CHILD_MB;
  const most = maxIsolates * each;
  if (hasChildren && most > usable) {
    return finding(
      'note',
      'isolate memory',
      `${maxIsolates} isolates of ${each} MB would take ${whole(most)}, of ${whole(usable)}`,
      `set isolateOptions.maxIsolates to ${Math.max(1, Math.floor(usable / each))} or less if they may all be needed`,
    );
  }
  return ok('isolate memory', `${whole(listed)} of listed tenants, of ${whole(usable)}`);
}
