/** `tenantry snapshot`: a running pool's state, once. */
import type { Command } from 'commander';
import { parseTenantId } from '@tenantry/core/internal';
import { fetchSnapshot, findSocket } from '../source/running-pool.js';
import { printableJson } from '../view/clean-text.js';
import { snapshotText } from '../view/snapshot-view.js';
import { onlyTenant } from '../view/tenant-filter.js';
import { unknownTenant } from '../view/unknown-name.js';
import type { CommandContext, CommandResult, RunCommand } from './command.js';

interface SnapshotOptions {
  readonly json?: boolean;
  readonly tenant?: string;
  readonly socket?: string;
}

const EXAMPLES = `
Examples:
  tenantry snapshot                        the pool that runs here, as tables
  tenantry snapshot --tenant acme          only the rows of one tenant
  tenantry snapshot --json > pool.json     the whole document, for programs
  tenantry snapshot --socket /run/user/1000/tenantry/voice-4123.sock

Exit codes: 0 shown, 1 no such pool or tenant, 2 wrong usage.`;

export function addSnapshotCommand(program: Command, run: RunCommand): void {
  program
    .command('snapshot')
    .summary('show the tenants, isolates and sessions of a running pool')
    .description(
      'Shows a running pool as it is now: its totals, tenants, isolates and sessions.\n' +
        'A figure marked "~" is the last one reported by an isolate that is stale or lost.',
    )
    .option('--json', 'print the snapshot as one JSON document')
    .option('--tenant <id>', 'show the rows of this tenant only', (id) => parseTenantId(id))
    .option('--socket <path>', "the pool's socket (default: TENANTRY_SOCKET, else the only pool)")
    .addHelpText('after', EXAMPLES)
    .action((options: SnapshotOptions) => run((context) => showSnapshot(options, context)));
}

async function showSnapshot(
  { json, tenant, socket }: SnapshotOptions,
  { env, terminal }: CommandContext,
): Promise<CommandResult> {
  const whole = await fetchSnapshot(await findSocket(socket, env));
  const snapshot = tenant === undefined ? whole : onlyTenant(whole, tenant);
  if (snapshot === undefined) return { output: '', problems: [unknownTenant(whole, tenant!)] };
  const output = json ? `${printableJson(snapshot)}\n` : snapshotText(snapshot, terminal, tenant);
  return { output, problems: [] };
}
