/** `tenantry top`: a running pool live, or once where nobody can press keys. */
import { Option, type Command } from 'commander';
import { TenantryError, parseTenantId, shown, systemClock } from '@tenantry/core/internal';
import type { SessionStatus, Snapshot } from '@tenantry/core/snapshot';
import { fetchSnapshot, findSocket } from '../source/running-pool.js';
import { chosenSnapshot } from '../top/chosen-snapshot.js';
import { STATUSES, type Filter } from '../top/filter.js';
import { onceLines } from '../top/frame.js';
import { FIRST_ROW, type TopState } from '../top/screen-state.js';
import { SORT_KEYS, type SortKey } from '../top/sort.js';
import { printableJson } from '../view/clean-text.js';
import { unknownAgent, unknownTenant } from '../view/unknown-name.js';
import type { CommandContext, CommandResult, RunCommand } from './command.js';
import { runLiveTop } from './live-top.js';

interface TopOptions {
  readonly once?: boolean;
  readonly json?: boolean;
  readonly refreshRate: number;
  readonly sort: SortKey;
  readonly status?: SessionStatus;
  readonly tenant?: string;
  readonly agent?: string;
  readonly socket?: string;
}

const SLOWEST_HZ = 0.5;
const FASTEST_HZ = 10;
/** A printed table of more rows is read by no one. */
const MOST_ROWS = 200;
/** A printed screen has all of its parts. */
const PRINTED_ROWS = 24;

const EXAMPLES = `
Examples:
  tenantry top                             live, until q
  tenantry top --sort mem_mb --tenant acme live, one tenant, largest first
  tenantry top --refresh-rate 4            four times a second
  tenantry top --once --status slow        who is slow now, printed once
  tenantry top --json --sort blocked_ms    the sorted snapshot, for programs

Live needs a terminal; into a pipe or a file, and with TERM=dumb, it prints once.
The key ? shows all keys and what the figures mean.

Exit codes: 0 quit or shown, 1 no such pool, tenant or agent, 2 wrong usage.`;

export function addTopCommand(program: Command, run: RunCommand): void {
  program
    .command('top')
    .summary('watch the sessions, tenants and isolates of a running pool')
    .description(
      'Watches a running pool: who uses CPU and memory, who blocks a loop, and where.\n' +
        'A memory figure marked "≈" is an equal share of what was measured.',
    )
    .option('--once', 'print one screen and end')
    .option('--json', 'print the chosen and sorted snapshot as one JSON document, once')
    .option('--refresh-rate <hz>', 'questions a second, 0.5 to 10', parseRefreshRate, 1)
    .addOption(
      new Option('--sort <key>', 'order of the rows').choices(SORT_KEYS).default('cpu_pct'),
    )
    .addOption(new Option('--status <status>', 'sessions of this status only').choices(STATUSES))
    .option('--tenant <id>', 'rows of this tenant only', (id) => parseTenantId(id))
    .option('--agent <name>', 'sessions of this agent only')
    .option('--socket <path>', "the pool's socket (default: TENANTRY_SOCKET, else the only pool)")
    .addHelpText('after', EXAMPLES)
    .action((options: TopOptions) => run((context) => showTop(options, context)));
}

async function showTop(options: TopOptions, context: CommandContext): Promise<CommandResult> {
  const { env, terminal, live } = context;
  const source = { find: () => findSocket(options.socket, env), fetch: fetchSnapshot };
  const socket = await source.find();
  const snapshot = await source.fetch(socket);
  const unknown = unknownName(snapshot, options);
  if (unknown !== undefined) return { output: '', problems: [unknown] };

  const { sort } = options;
  const filter: Filter = {
    status: options.status ?? null,
    tenant: options.tenant ?? null,
    agent: options.agent ?? null,
    search: '',
  };
  if (options.json === true) {
    return { output: `${printableJson(chosenSnapshot(snapshot, filter, sort))}\n`, problems: [] };
  }
  const state: TopState = {
    snapshot,
    terminal,
    filter,
    sort,
    rows: PRINTED_ROWS,
    tab: 'sessions',
    link: { state: 'answering' },
    screen: { mode: 'table' },
    cursor: FIRST_ROW,
  };
  if (options.once === true || live === undefined) {
    return { output: `${onceLines(state, MOST_ROWS).join('\n')}\n`, problems: [] };
  }
  const periodMs = 1_000 / options.refreshRate;
  const end = await runLiveTop({ live, source, socket, periodMs, clock: systemClock, state });
  return end === 'SIGTERM' || end === 'SIGHUP'
    ? { output: '', problems: [], endedBy: end }
    : { output: '', problems: [] };
}

function unknownName(snapshot: Snapshot, { tenant, agent }: TopOptions) {
  const { tenants, sessions, registeredAgents } = snapshot;
  if (tenant !== undefined && !tenants.some((row) => row.tenant === tenant)) {
    return unknownTenant(snapshot, tenant);
  }
  if (agent === undefined || registeredAgents.includes(agent)) return undefined;
  return sessions.some((row) => row.agent === agent) ? undefined : unknownAgent(snapshot, agent);
}

function parseRefreshRate(text: string): number {
  const rate = Number(text);
  if (text.trim() !== '' && rate >= SLOWEST_HZ && rate <= FASTEST_HZ) return rate;
  throw new TenantryError(
    'TENANTRY_OPTIONS_INVALID',
    `--refresh-rate: expected ${SLOWEST_HZ} to ${FASTEST_HZ} questions a second, got ${shown(text)}`,
  );
}
