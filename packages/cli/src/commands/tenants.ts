/** `tenantry tenants`: the tenants of a running pool, as one table. */
import type { Command } from 'commander';
import { fetchSnapshot, findSocket } from '../source/running-pool.js';
import { printableJson } from '../view/clean-text.js';
import { sharingTenants } from '../view/cost-cells.js';
import { tenantLines } from '../view/tenant-table.js';
import type { CommandContext, CommandResult, RunCommand } from './command.js';
import { SOCKET_OPTION } from './control.js';

interface TenantsOptions {
  readonly json?: boolean;
  readonly socket?: string;
}

const EXAMPLES = `
Examples:
  tenantry tenants
  tenantry tenants --json | jq '.tenants[] | select(.rung != "coroutine")'

Exit codes: 0 shown, 1 no tenant or no such pool, 2 wrong usage.`;

export function addTenantsCommand(program: Command, run: RunCommand): void {
  program
    .command('tenants')
    .summary('list the tenants of a running pool')
    .description('Lists the tenants that a running pool knows, as the snapshot has them.')
    .option('--json', 'print one JSON document')
    .option(...SOCKET_OPTION)
    .addHelpText('after', EXAMPLES)
    .action((options: TenantsOptions) => run((context) => listTenants(options, context)));
}

async function listTenants(
  { json, socket }: TenantsOptions,
  { env, terminal }: CommandContext,
): Promise<CommandResult> {
  const snapshot = await fetchSnapshot(await findSocket(socket, env));
  const { schemaVersion, takenAtMs, tenants, runtime } = snapshot;
  if (tenants.length === 0) {
    return { output: '', problems: [{ message: `pool "${runtime.name}" knows no tenant yet` }] };
  }
  const output = json
    ? printableJson({ schemaVersion, takenAtMs, tenants })
    : tenantLines(tenants, sharingTenants(snapshot), terminal).join('\n');
  return { output: `${output}\n`, problems: [] };
}
