/** A runtime event as a line of the page. */
import { formatMs } from '../view/format.js';

/** As it came over the wire; a kind that is not known here is shown by its name. */
export interface WireEvent {
  readonly kind: string;
  readonly [field: string]: unknown;
}

const GOOD = new Set([
  'isolate.started',
  'session.moved',
  'breaker.half-open',
  'breaker.closed',
  'systemic.cleared',
  'config.reloaded',
  'agents.reloaded',
  'tenant.released',
]);

export function happeningText(event: WireEvent): { text: string; isBad: boolean } {
  const isBad = !GOOD.has(event.kind) && event['abnormal'] !== false;
  return { text: textOf(event), isBad };
}

function textOf(event: WireEvent): string {
  const word = (name: string): string => {
    const value = event[name];
    return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  };
  const { kind } = event;
  if (kind.startsWith('tenant.')) {
    const held = event['carriedOut'] === false ? ` (not carried out: ${word('heldBy')})` : '';
    return `tenant ${word('tenant')} ${kind.slice('tenant.'.length)}: ${word('from')} to ${word('to')}${held}`;
  }
  switch (kind) {
    case 'breaker.opened':
      return `breaker of ${word('tenant')} opened after ${word('failures')} of ${word('samples')} failed`;
    case 'breaker.half-open':
    case 'breaker.closed':
      return `breaker of ${word('tenant')} is ${kind.slice('breaker.'.length)}`;
    case 'isolate.started':
      return `isolate ${word('isolate')} started for ${word('tenant')} on ${word('rung')}`;
    case 'isolate.ended':
      return `isolate ${word('isolate')} of ${word('tenant') || 'nobody'} ended: ${word('reason')}, ${word('sessionsLost')} sessions lost`;
    case 'isolate.stuck':
      return `isolate ${word('isolate')} is stuck: ${word('detail')}`;
    case 'loop.blocked': {
      const place = event['place'] as { function: string; file: string; line: number } | null;
      const at = place === null ? '' : ` at ${place.function} (${place.file}:${place.line})`;
      const length = formatMs(Number(event['durationMs']));
      const whose = word('tenant') || 'host code';
      return `${whose} blocked ${word('isolate')} for ${length}${event['isOngoing'] === true ? ' so far' : ''}${at}`;
    }
    case 'session.moved':
      return `a session of ${word('tenant')} moved, with a gap of ${formatMs(Number(event['gapMs']))}`;
    case 'session.stray-error':
      return `stray error of ${word('tenant')}: ${word('message')}`;
    case 'systemic.raised':
      return `tenants fail together: ${word('failingCount')} of ${word('tenantCount')}`;
    case 'memory.warned':
    case 'memory.limit':
      return `the process has ${word('rssMb')} MB`;
    case 'incident.captured':
      return `incident captured of ${word('tenant') || 'the pool'}: ${word('file')}`;
    default:
      return kind.replace('.', ': ');
  }
}
