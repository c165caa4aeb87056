/** What guests say on their own, put into the host's log and events. */
import type { IsolatesContext } from '@tenantry/core/internal';
import type { Isolate } from '../host/isolate.js';
import type { GuestNotice } from '../wire/messages.js';

export function noticeListener(
  context: IsolatesContext,
): (isolate: Isolate, notice: GuestNotice) => void {
  const { log, emit, introspection } = context;
  return (isolate, notice) => {
    const where = { isolate: isolate.id, rung: isolate.rung };
    switch (notice.kind) {
      case 'log':
        log[notice.level]({ ...notice.fields, ...where }, notice.message);
        return;
      case 'output': {
        const dropped = notice.droppedBytes > 0 ? { droppedBytes: notice.droppedBytes } : {};
        const fields = { tenant: isolate.tenant, ...where, stream: notice.stream, ...dropped };
        log.info(fields, notice.text === '' ? '[output] dropped' : notice.text.trimEnd());
        return;
      }
      case 'stray-error':
        emit({
          kind: 'session.stray-error',
          session: notice.session,
          tenant: notice.tenant,
          agent: notice.agent,
          message: notice.error.message,
        });
        return;
      case 'uncaught':
        // The end of the isolate tells it.
        return;
      case 'long-turn':
        introspection?.ended(isolate.id, notice.turn);
        return;
      case 'block':
        // Seen from inside a child, which does not know what it is called here.
        introspection?.seen(notice.phase, { ...notice.block, isolate: isolate.id });
        return;
      case 'no-hard-limit':
        log.warn(
          { tenant: isolate.tenant, ...where },
          '[isolate] no hard memory limit: it needs Linux and prlimit (util-linux)',
        );
        return;
      case 'no-cpu-limit':
        log.warn(
          { tenant: isolate.tenant, ...where },
          '[isolate] no CPU limit: it needs the files of Linux in /proc',
        );
        return;
    }
  };
}
