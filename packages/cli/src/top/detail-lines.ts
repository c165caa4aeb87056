/** Everything known of one session, tenant or isolate: facts, blocks with their lines, ends. */
import type { IsolateRow, SessionRow, Snapshot, TenantRow } from '@tenantry/core/snapshot';
import type { Terminal } from '../view/terminal.js';
import { blockLines, endLines, heading, paragraph } from './detail-parts.js';
import { isolateFacts, sessionFacts, tenantFacts } from './facts.js';
import type { Subject } from './screen-state.js';

function sessionDetail(snapshot: Snapshot, name: string, terminal: Terminal): string[] {
  const row: SessionRow | undefined = snapshot.sessions.find(({ session }) => session === name);
  const end = snapshot.recentEnds.find(({ session }) => session === name);
  const tenant = row?.tenant ?? end?.tenant;
  const agent = row?.agent ?? end?.agent;
  return [
    ...heading(`Session ${name}`, terminal),
    ...(row === undefined ? paragraph('It runs no more.', terminal) : sessionFacts(row, terminal)),
    ...blockLines(snapshot, ({ session }) => session === name, terminal),
    ...(end === undefined ? [] : endLines('Its end', [end], terminal)),
    ...endLines(
      `Recent ends of ${tenant ?? 'its tenant'} with ${agent ?? 'its agent'}`,
      snapshot.recentEnds.filter(
        (other) => other !== end && other.tenant === tenant && other.agent === agent,
      ),
      terminal,
    ),
  ];
}

function tenantDetail(snapshot: Snapshot, name: string, terminal: Terminal): string[] {
  const row: TenantRow | undefined = snapshot.tenants.find(({ tenant }) => tenant === name);
  return [
    ...heading(`Tenant ${name}`, terminal),
    ...(row === undefined
      ? paragraph('The pool does not know it any more.', terminal)
      : tenantFacts(row, snapshot, terminal)),
    ...blockLines(snapshot, ({ tenant }) => tenant === name, terminal),
    ...endLines(
      'Recent ends',
      snapshot.recentEnds.filter(({ tenant }) => tenant === name),
      terminal,
    ),
  ];
}

function isolateDetail(snapshot: Snapshot, name: string, terminal: Terminal): string[] {
  const row: IsolateRow | undefined = snapshot.isolates.find(({ isolate }) => isolate === name);
  return [
    ...heading(`Isolate ${name}`, terminal),
    ...(row === undefined ? paragraph('It is gone.', terminal) : isolateFacts(row, terminal)),
    ...blockLines(snapshot, ({ isolate }) => isolate === name, terminal),
  ];
}

const DETAIL = { session: sessionDetail, tenant: tenantDetail, isolate: isolateDetail } as const;

export const detailLines = (
  snapshot: Snapshot,
  { kind, name }: Subject,
  terminal: Terminal,
): string[] => DETAIL[kind](snapshot, name, terminal);
