/** A whole snapshot as text: the header, three tables, and the latest blocks where there are any. Which rows it has is left to the caller. */
import type { Snapshot } from '@tenantry/core/snapshot';
import { blockTableLines } from './block-table.js';
import { sharingTenants } from './cost-cells.js';
import { formatCount } from './format.js';
import { isolateLines } from './isolate-table.js';
import { paint } from './paint.js';
import { sessionLines } from './session-table.js';
import { headerLines } from './snapshot-header.js';
import { tenantLines } from './tenant-table.js';
import type { Terminal } from './terminal.js';
import { wrapped } from './wrapped.js';

/** `tenant` is the one the snapshot's rows were cut to, where they were. */
export function snapshotText(snapshot: Snapshot, terminal: Terminal, tenant?: string): string {
  const section = <Row>(
    title: string,
    rows: readonly Row[],
    linesOf: (rows: readonly Row[], terminal: Terminal) => string[],
  ): string[] => {
    const heading = paint(`${title} (${formatCount(rows.length)})`, 'strong', terminal);
    return ['', heading, ...(rows.length === 0 ? [] : linesOf(rows, terminal))];
  };
  const sharing = sharingTenants(snapshot);
  const lines = [
    ...headerLines(snapshot, terminal),
    ...(tenant === undefined ? [] : wrapped(`below: tenant ${tenant} only`, terminal)),
    ...section('Tenants', snapshot.tenants, (rows) => tenantLines(rows, sharing, terminal)),
    ...section('Isolates', snapshot.isolates, isolateLines),
    ...section('Sessions', snapshot.sessions, sessionLines),
    ...(snapshot.blocks.length === 0
      ? []
      : section('Blocks', snapshot.blocks, (rows) =>
          blockTableLines(rows, snapshot.takenAtMs, terminal),
        )),
  ];
  return `${lines.join('\n')}\n`;
}
