/** What guests say on their own, put into the host's log and events. */
import { droppedText, type IsolatesContext } from '@tenantry/core/internal';
import type { Isolate } from '../host/isolate.js';
import type { GuestNotice } from '../wire/messages.js';

export function noticeListener(
  context: IsolatesContext,
): (isolate: Isolate, notice: GuestNotice) => void {
  const { log, emit, introspection } = context;
  return (isolate, notice) => {
    const where = { isolate: isolate.id, rung: isolate.rung };
    const mine = isolate.tenant === null ? {} : { tenant: isolate.tenant };
    switch (notice.kind) {
      case 'log':
        // What it says of itself does not count: tenant code may have written it.
        log[notice.level]({ ...notice.fields, ...mine, ...where }, notice.message);
        return;
      case 'output': {
        const { stream, agent, session, truncated } = notice;
        const whose = session === null ? {} : { agent, session };
        const cut = truncated === true ? { truncated } : {};
        log.info({ ...mine, ...whose, ...where, stream, ...cut }, notice.text.trimEnd());
        return;
      }
      case 'dropped': {
        const { lines: droppedLines, bytes: droppedBytes } = notice;
        log.warn(
          { ...mine, ...where, droppedLines, droppedBytes },
          droppedText(isolate.tenant, notice),
        );
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
