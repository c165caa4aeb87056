/** A runtime event as a line of the log. Who else is told of it is left to the observers. */
import type { RuntimeEvent } from '../events/runtime-event.js';
import type { Log } from '../log/log.js';

/** What somebody asked for is no warning. */
export function logEvent(log: Log, event: RuntimeEvent): void {
  const isWanted =
    event.kind === 'isolate.started' ||
    event.kind === 'session.moved' ||
    (event.kind === 'isolate.ended' && !event.abnormal);
  log[isWanted ? 'info' : 'warn'](event, `[${event.kind}]`);
}
