/** `tenantry triage`: looks at a live pool in the order of a runbook, and says what to type next. */
import type { Command } from 'commander';
import { examine } from '../doctor/doctor.js';
import { readHost } from '../doctor/host-facts.js';
import { planOf } from '../doctor/plan.js';
import { recordedIn } from '../source/bundle-file.js';
import { fetchSettings } from '../source/pool-settings.js';
import { fetchRequests, fetchStanding } from '../source/pool-standing.js';
import { fetchSnapshot, findSocket } from '../source/running-pool.js';
import { triage } from '../triage/triage.js';
import { printableJson } from '../view/clean-text.js';
import { triageText } from '../view/triage-text.js';
import type { CommandContext, CommandResult, RunCommand } from './command.js';
import { SOCKET_OPTION } from './control.js';

interface TriageOptions {
  readonly json?: boolean;
  readonly socket?: string;
}

const EXAMPLES = `
Examples:
  tenantry triage                          what is wrong here, and what to type next
  tenantry triage --json                   for programs

Exit codes: 0 looked at, whatever was found, 1 no such pool, 2 wrong usage.`;

export function addTriageCommand(program: Command, run: RunCommand): void {
  program
    .command('triage')
    .summary('look at a running pool step by step, and say what to type next')
    .description(
      'Looks at a running pool in the order in which one does when paged: health, counters, the kind of\n' +
        'trouble, the host, settings, who stands out, bundles, replay. It changes nothing.',
    )
    .option('--json', 'print the steps as one JSON document')
    .option(...SOCKET_OPTION)
    .addHelpText('after', EXAMPLES)
    .action((options: TriageOptions) => run((context) => lookAt(options, context)));
}

async function lookAt(
  { json, socket }: TriageOptions,
  { env, terminal }: CommandContext,
): Promise<CommandResult> {
  const found = await findSocket(socket, env);
  const snapshot = await fetchSnapshot(found);
  // A pool whose main loop is blocked tells its snapshot, which its observer holds, and no more.
  const [settings, standing, requests, replayable] = await Promise.all([
    fetchSettings(found).catch(() => undefined),
    fetchStanding(found).catch(() => null),
    fetchRequests(found).catch(() => null),
    recordedIn((snapshot.bundles ?? []).map(({ file }) => file)),
  ]);
  const { stateDir, ...plan } = planOf(settings ?? []);
  const host = await readHost(env, { pid: snapshot.runtime.pid, stateDir });
  const findings = settings === undefined ? [] : examine(host, { ...plan, stateDir });
  const result = triage({
    socket: socket ?? null,
    snapshot,
    standing,
    requests,
    settings: settings ?? null,
    findings,
    stateDir,
    replayable,
  });
  const output = json ? `${printableJson(result)}\n` : triageText(result, terminal);
  return { output, problems: [] };
}
