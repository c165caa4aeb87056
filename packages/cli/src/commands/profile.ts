/** `tenantry profile`: a CPU or heap profile of one isolate of a running pool, into a file. */
import { InvalidArgumentError, type Command } from 'commander';
import { PROFILE_SECONDS } from '@tenantry/core/internal';
import { claimFile, defaultProfileName } from '../source/own-file.js';
import { fetchProfile, findSocket } from '../source/running-pool.js';
import { printableJson } from '../view/clean-text.js';
import { profileNotes } from '../view/profile-notes.js';
import type { CommandContext, CommandResult, RunCommand } from './command.js';

interface ProfileOptions {
  readonly seconds: number;
  readonly heap?: boolean;
  readonly output?: string;
  readonly force?: boolean;
  readonly json?: boolean;
  readonly socket?: string;
}

const EXAMPLES = `
Examples:
  tenantry profile acme                    5 s of the isolate of tenant acme
  tenantry profile 3f2a91c0 --seconds 10   of the isolate of a session
  tenantry profile main --heap             what the main loop's code allocates
  tenantry profile thread-3 --output /tmp/stuck.cpuprofile

Sessions on the shared loop have one profile together: that of "main".

Exit codes: 0 written, 1 refused or not written, 2 wrong usage.`;

export function addProfileCommand(program: Command, run: RunCommand): void {
  const { min, max, usual } = PROFILE_SECONDS;
  program
    .command('profile')
    .summary('write a CPU or heap profile of a running isolate, also of a stuck one')
    .description(
      'Writes a profile of a tenant, session or isolate that runs, for the DevTools of Chrome.\n' +
        'No debugger port is opened. One profile at a time in a process.',
    )
    .argument('<target>', 'a tenant, a session, an isolate, or "main"', parseTarget)
    .option('--seconds <n>', `how long to look, ${min} to ${max}`, parseSeconds, usual)
    .option('--heap', 'what is allocated, instead of what runs')
    .option('--output <file>', 'where to write it (default: a new file in this folder)')
    .option('--force', 'replace the file when there is one')
    .option('--json', 'print the path and what the profile is of as one JSON document')
    .option('--socket <path>', "the pool's socket (default: TENANTRY_SOCKET, else the only pool)")
    .addHelpText('after', EXAMPLES)
    .action((target: string, options: ProfileOptions) =>
      run((context) => writeProfile(target, options, context)),
    );
}

async function writeProfile(
  target: string,
  { seconds, heap, output, force, json, socket }: ProfileOptions,
  { env }: CommandContext,
): Promise<CommandResult> {
  // Before anybody is asked: a profile that cannot be written is not worth taking.
  const file = await claimFile(output, force === true ? 'replaced' : 'kept');
  const request = { target, type: heap ? 'heap' : 'cpu', seconds } as const;
  const { profile, ...meta } = await fetchProfile(await findSocket(socket, env), request);
  const name = defaultProfileName(meta.target.isolate, meta.type, new Date());
  const text = JSON.stringify(profile);
  const path = await file.write(name, text);
  if (json) return { output: `${printableJson({ path, ...meta })}\n`, problems: [] };
  return { output: `${path}\n`, notes: profileNotes(meta, Buffer.byteLength(text)), problems: [] };
}

function parseTarget(text: string): string {
  if (text !== '') return text;
  throw new InvalidArgumentError('Expected a tenant, a session, an isolate, or "main".');
}

function parseSeconds(text: string): number {
  const { min, max } = PROFILE_SECONDS;
  const seconds = Number(text);
  if (text.trim() !== '' && seconds >= min && seconds <= max) return seconds;
  throw new InvalidArgumentError(`Expected ${min} to ${max}.`);
}
