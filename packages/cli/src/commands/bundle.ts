/** `tenantry bundle`: has a running pool make an incident bundle; `bundle show`: reads one. */
import { readFile } from 'node:fs/promises';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { BUNDLE_PARTS, isBundlePart, type BundlePart } from '@tenantry/core/internal';
import { readingFile } from '../source/audit-trail.js';
import { openBundle } from '../source/bundle-file.js';
import { claimFile } from '../source/own-file.js';
import { fetchBundle, findSocket } from '../source/running-pool.js';
import { incidentText } from '../view/bundle-text.js';
import { escapedJson, printableJson } from '../view/clean-text.js';
import { poolCommand } from '../view/command-line.js';
import { formatBytes } from '../view/format.js';
import { tenantArgument } from './arguments.js';
import type { CommandContext, CommandResult, RunCommand } from './command.js';
import { SOCKET_OPTION } from './control.js';

interface MakeOptions {
  readonly tenant?: string;
  readonly out?: string;
  readonly force?: boolean;
  readonly json?: boolean;
  readonly socket?: string;
}

interface ShowOptions {
  readonly socket?: string;
  readonly part?: BundlePart;
  readonly json?: boolean;
}

const SHOW_VERSION = 1;

const EXAMPLES = `
Examples:
  tenantry bundle --tenant acme                     what is known of acme now, as one file
  tenantry bundle --out /tmp/pool.tar.gz            of the pool as a whole, copied there
  tenantry bundle show /tmp/pool.tar.gz             read one

Exit codes: 0 made, 1 refused or not written, 2 wrong usage.`;

const SHOW_EXAMPLES = `
Parts: ${BUNDLE_PARTS.join(', ')}

Examples:
  tenantry bundle show incident.tar.gz
  tenantry bundle show incident.tar.gz --part logs.jsonl
  tenantry bundle show incident.tar.gz --part profile.cpuprofile > incident.cpuprofile

Exit codes: 0 shown, 1 it cannot be read, is damaged or has no such part, 2 wrong usage.`;

export function addBundleCommand(program: Command, run: RunCommand): void {
  const [flags, meaning] = SOCKET_OPTION;
  const bundle = program
    .command('bundle')
    .summary('make or read an incident bundle')
    .description(
      'Has a running pool make an incident bundle in its stateDir, also while its main loop is\n' +
        'blocked. It makes them by itself when a tenant is moved up, an isolate ends hard, a block\n' +
        'lasts or memory runs out.',
    )
    .option('--tenant <id>', 'of this tenant (default: of the pool as a whole)', tenantArgument)
    .option('--out <file>', 'copy it there')
    .option('--force', 'replace the file of --out when there is one')
    .option('--json', 'print what was made as one JSON document')
    .option(flags, meaning)
    .addHelpText('after', EXAMPLES)
    .action((options: MakeOptions) => run((context) => make(options, context)));
  bundle
    .command('show')
    .summary('read a bundle: what happened, and what to do next')
    .description('Checks a bundle and says what happened, when, to whom and at which line.')
    .argument('<file>', 'a bundle')
    .addOption(
      new Option('--part <name>', 'print this part of it as it is').argParser(partArgument),
    )
    .option('--json', 'print manifest, events and blocks as one JSON document')
    .option('--socket <path>', 'the pool that the commands to type next are to ask')
    .addHelpText('after', SHOW_EXAMPLES)
    // `--json` may stand before `show`, where it is taken for an option of its parent.
    .action((file: string, _own: ShowOptions, command: Command) => {
      const options: ShowOptions = command.optsWithGlobals();
      return run((context) => show(file, options, context));
    });
}

async function make(
  { tenant, out, force, json, socket }: MakeOptions,
  { env }: CommandContext,
): Promise<CommandResult> {
  // Before anybody is asked: a bundle that cannot be copied is still made, but not where it is looked for.
  const copy =
    out === undefined ? undefined : await claimFile(out, force === true ? 'replaced' : 'kept');
  const made = await fetchBundle(await findSocket(socket, env), tenant ?? null);
  const { file } = made;
  const path = (await copy?.write(file, await readingFile(file, () => readFile(file)))) ?? file;
  if (json) return { output: `${printableJson({ path, ...made })}\n`, problems: [] };
  const read = poolCommand(socket ?? null, 'bundle', 'show', path);
  const what = tenant === undefined ? 'the pool' : `tenant ${tenant}`;
  const notes = [
    `bundle of ${what}, ${formatBytes(made.sizeBytes)}; read it with ${read}`,
    ...made.leftOut.map(({ name, why }) => `${name}: ${why}`),
  ];
  return { output: `${path}\n`, notes, problems: [] };
}

async function show(
  file: string,
  { part, json, socket }: ShowOptions,
  { terminal }: CommandContext,
): Promise<CommandResult> {
  const bundle = await openBundle(file);
  const { parts, ...facts } = bundle;
  if (part !== undefined) {
    const bytes = parts.get(part);
    if (bytes !== undefined) return { output: escapedJson(bytes.toString()), problems: [] };
    const why = facts.manifest.leftOut.find(({ name }) => name === part)?.why;
    const message = `${file} has no ${part}${why === undefined ? '' : `: ${why}`}`;
    return { output: '', problems: [{ message }] };
  }
  if (json) {
    const shown = { schemaVersion: SHOW_VERSION, ...facts };
    return { output: `${printableJson(shown)}\n`, problems: [] };
  }
  return { output: incidentText({ ...facts, socket: socket ?? null }, terminal), problems: [] };
}

function partArgument(text: string): BundlePart {
  if (isBundlePart(text)) return text;
  throw new InvalidArgumentError(`Expected one of ${BUNDLE_PARTS.join(', ')}.`);
}
