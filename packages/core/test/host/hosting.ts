/** A session host with one session on it, its client's end, and the ends it told. */
import type { TurnClock } from '../../src/attribution/turn-clock.js';
import { MessageLimits } from '../../src/channel/message-limits.js';
import { JoinedEnds } from '../../src/channel/session-channel.js';
import { defineAgent } from '../../src/host/agent.js';
import type { ResumedRun } from '../../src/host/carry.js';
import type { HostedSession } from '../../src/host/hosted-session.js';
import type { SessionEnd } from '../../src/host/session-end.js';
import { SessionHost, type StrayError } from '../../src/host/session-host.js';
import type { Session } from '../../src/host/session.js';
import { MemoryLog } from '../memory-log.js';

export interface Hosting {
  readonly host: SessionHost;
  readonly session: HostedSession;
  readonly client: JoinedEnds['client'];
  readonly agentInbox: JoinedEnds['agent']['inbox'];
  readonly ends: SessionEnd[];
  readonly strays: StrayError[];
  readonly log: MemoryLog;
}

export function hosting(
  run: (session: Session) => unknown,
  limits: Parameters<typeof MessageLimits.parse>[0] = {},
  { resumed, turns }: { resumed?: ResumedRun; turns?: TurnClock } = {},
): Hosting {
  const parsed = MessageLimits.parse(limits);
  const { client, agent } = new JoinedEnds(parsed, () => 0);
  const [ends, strays, log]: [SessionEnd[], StrayError[], MemoryLog] = [[], [], new MemoryLog()];
  const host = new SessionHost({
    limits: parsed,
    log,
    onStrayError: (stray) => strays.push(stray),
    turns,
  });
  const fresh = { id: 's1', tenant: 'acme', agent: 'echo', input: 7, config: {}, metadata: {} };
  const spec = resumed === undefined ? fresh : { ...fresh, resumed };
  const echo = defineAgent({ name: 'echo', run });
  const session = host.start(echo, spec, agent, (end) => void ends.push(end));
  return { host, session, client, agentInbox: agent.inbox, ends, strays, log };
}
