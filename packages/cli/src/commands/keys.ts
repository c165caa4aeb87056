/** `tenantry keys`: the API keys of a service, made, shown, replaced and taken back. No pool is asked. */
import { InvalidArgumentError, type Command } from 'commander';
import { TenantryError, systemClock } from '@tenantry/core/internal';
import { isKeyId, idWithin } from '../auth/api-key.js';
import { ROLES, SCOPES, type Role, type Scope } from '../auth/identity.js';
import {
  createKey,
  revokeKey,
  rotateKey,
  type KeyPlace,
  type MadeKey,
} from '../auth/key-changes.js';
import { keyFileIn, readKeys } from '../auth/key-file.js';
import { LONGEST_LABEL, keyState, type KeyRecord } from '../auth/key-record.js';
import { printableJson } from '../view/clean-text.js';
import { keyTableText, keyText, type KeyRow } from '../view/key-table.js';
import { durationArgument, folderArgument, tenantArgument, wordArgument } from './arguments.js';
import type { CommandContext, CommandResult, RunCommand } from './command.js';

interface PlaceOptions {
  readonly stateDir?: string;
  readonly json?: boolean;
}

interface CreateOptions extends PlaceOptions {
  readonly tenant?: string;
  readonly role: Role;
  readonly scopes?: readonly Scope[];
  readonly expires?: number;
  readonly label?: string;
}

interface ListOptions extends PlaceOptions {
  readonly tenant?: string;
}

interface RotateOptions extends PlaceOptions {
  readonly overlap: number;
}

const KEYS_VERSION = 1;
const DAY_MS = 86_400_000;
const LONGEST_LIFE_MS = 3_650 * DAY_MS;
const LONGEST_OVERLAP_MS = 90 * DAY_MS;
const USUAL_OVERLAP = '1d';

const EXIT_CODES = 'Exit codes: 0 done, 1 refused or no such key, 2 wrong usage.';

const EXAMPLES = `
Examples:
  tenantry keys create --tenant acme --state-dir /var/lib/voice
  tenantry keys list --state-dir /var/lib/voice
  tenantry keys revoke 3f2a91c07b1d0e44 --state-dir /var/lib/voice

A service that runs sees each change within a second.

${EXIT_CODES}`;

const CREATE_EXAMPLES = `
Examples:
  tenantry keys create --tenant acme --expires 90d --label "their gateway"
  tenantry keys create --role viewer --label grafana
  tenantry keys create --role operator --tenant acme --json

The key is printed once, and kept nowhere: of it there is only a digest.

${EXIT_CODES}`;

const LIST_EXAMPLES = `
Examples:
  tenantry keys list --state-dir /var/lib/voice
  tenantry keys list --tenant acme --json

Exit codes: 0 listed, 1 there are none or the file cannot be read, 2 wrong usage.`;

const ROTATE_EXAMPLES = `
Examples:
  tenantry keys rotate 3f2a91c07b1d0e44
  tenantry keys rotate 3f2a91c07b1d0e44 --overlap 1h

${EXIT_CODES}`;

const REVOKE_EXAMPLES = `
Examples:
  tenantry keys revoke 3f2a91c07b1d0e44
  tenantry keys revoke 3f2a91c07b1d0e44 --json

Exit codes: 0 taken back, also where it was so already, 1 refused or no such key,
2 wrong usage.`;

export function addKeysCommand(program: Command, run: RunCommand): void {
  const keys = program
    .command('keys')
    .summary("make, list, replace or take back a service's API keys")
    .description('Makes, lists, replaces and takes back the API keys of a service.')
    .addHelpText('after', EXAMPLES);
  withPlace(keys.command('create'))
    .summary('make a key, and print it once')
    .description('Makes a key and prints it, once.')
    .option(
      '--tenant <id>',
      'the only tenant it may name; any where it is left out',
      tenantArgument,
    )
    .option('--role <role>', ROLES.join(', '), (text) => wordArgument(text, ROLES), 'tenant')
    .option('--scopes <list>', `of ${SCOPES.join(',')} (default: those of the role)`, parseScopes)
    .option(
      '--expires <time>',
      'for how long it is good, such as 90d (default: for ever)',
      parseLife,
    )
    .option('--label <text>', 'what it is for, as shown by list', parseLabel)
    .addHelpText('after', CREATE_EXAMPLES)
    .action((options: CreateOptions) => {
      if (options.role === 'tenant' && options.tenant === undefined)
        throw usage('a key of role tenant needs --tenant');
      return run((context) => create(options, context));
    });
  withPlace(keys.command('list'))
    .summary('list the keys')
    .description('Lists the keys, also those that ended in the last 90 days.')
    .option('--tenant <id>', 'keys of this tenant only', tenantArgument)
    .addHelpText('after', LIST_EXAMPLES)
    .action((options: ListOptions) => run((context) => list(options, context)));
  withPlace(keys.command('rotate'))
    .summary('make a key that takes the place of another')
    .description('Makes a key of the same kind, and lets the old one end after a while.')
    .argument('<id>', 'the id of the old key')
    .option('--overlap <time>', 'how long both are good', parseOverlap, parseOverlap(USUAL_OVERLAP))
    .addHelpText('after', ROTATE_EXAMPLES)
    .action((named: string, options: RotateOptions) => {
      const id = idOf(named);
      return run((context) => rotate(id, options, context));
    });
  withPlace(keys.command('revoke'))
    .summary('take a key back')
    .description('Takes a key back: from now on it is refused.')
    .argument('<id>', 'its id')
    .addHelpText('after', REVOKE_EXAMPLES)
    .action((named: string, options: PlaceOptions) => {
      const id = idOf(named);
      return run((context) => revoke(id, options, context));
    });
}

function withPlace(command: Command): Command {
  return command
    .option(
      '--state-dir <dir>',
      "the service's stateDir (default: TENANTRY_STATE_DIR)",
      folderArgument,
    )
    .option('--json', 'print one JSON document');
}

async function create(options: CreateOptions, context: CommandContext): Promise<CommandResult> {
  const { tenant = null, role, scopes, expires: lifetimeMs, label } = options;
  const request = { tenant, role, scopes, lifetimeMs, label };
  return madeResult(await createKey(placeOf(options, context), request), options);
}

async function list(options: ListOptions, context: CommandContext): Promise<CommandResult> {
  const { stateDir } = placeOf(options, context);
  const { tenant, json } = options;
  const records = (await readKeys(keyFileIn(stateDir)))?.records ?? [];
  const rows = records
    .filter((record) => tenant === undefined || record.tenant === tenant)
    .map(rowOf);
  const whose = tenant === undefined ? '' : ` of tenant "${tenant}"`;
  const problems = rows.length === 0 ? [{ message: `${stateDir}: there is no key${whose}` }] : [];
  const output = json
    ? `${printableJson({ schemaVersion: KEYS_VERSION, keys: rows })}\n`
    : keyTableText(rows, context.terminal);
  return { output, problems };
}

async function rotate(
  id: string,
  options: RotateOptions,
  context: CommandContext,
): Promise<CommandResult> {
  const { old, ...made } = await rotateKey(placeOf(options, context), id, options.overlap);
  return madeResult(made, options, old);
}

async function revoke(
  id: string,
  options: PlaceOptions,
  context: CommandContext,
): Promise<CommandResult> {
  const { record, wasRevoked } = await revokeKey(placeOf(options, context), id);
  const row = rowOf(record);
  if (options.json) {
    const answer = { schemaVersion: KEYS_VERSION, wasRevoked, ...row };
    return { output: `${printableJson(answer)}\n`, problems: [] };
  }
  const said = wasRevoked ? `key ${id} was taken back before` : `key ${id} is taken back`;
  return { output: `${said}\n`, problems: [] };
}

/** Alone on stdout, so that a script can take it from there. */
function madeResult(
  { key, record }: MadeKey,
  { json }: PlaceOptions,
  old?: KeyRecord,
): CommandResult {
  const row = rowOf(record);
  const replaces = old === undefined ? {} : { replaces: rowOf(old) };
  const answer = { schemaVersion: KEYS_VERSION, key, ...row, ...replaces };
  return {
    output: json ? `${printableJson(answer)}\n` : `${key}\n`,
    notes: [
      keyText(row),
      ...(old === undefined ? [] : [`it takes the place of ${keyText(rowOf(old))}`]),
      'it is shown this once: keep it now',
    ],
    problems: [],
  };
}

/** Without its digest. */
function rowOf({ digest: _digest, ...record }: KeyRecord): KeyRow {
  return { ...record, state: keyState(record, systemClock.epochMs()) };
}

/** @throws TENANTRY_OPTIONS_INVALID */
function placeOf({ stateDir }: PlaceOptions, { env }: CommandContext): KeyPlace {
  const named = stateDir ?? env['TENANTRY_STATE_DIR'];
  if (named !== undefined && named !== '') return { stateDir: named, clock: systemClock };
  throw usage('name the state directory of the service with --state-dir or TENANTRY_STATE_DIR');
}

/** A whole key may have been pasted in the place of its id, so that what was typed is never shown. */
function idOf(typed: string): string {
  const id = isKeyId(typed) ? typed : idWithin(typed);
  if (id !== undefined) return id;
  throw usage('expected the id of a key: the 16 hex digits between "tk_" and the next "_"');
}

function usage(message: string): TenantryError {
  return new TenantryError('TENANTRY_OPTIONS_INVALID', message);
}

function parseScopes(text: string): readonly Scope[] {
  return [...new Set(text.split(',').map((word) => wordArgument(word.trim(), SCOPES)))];
}

function parseLife(text: string): number {
  const lifetimeMs = durationArgument(text, LONGEST_LIFE_MS);
  if (lifetimeMs > 0) return lifetimeMs;
  throw new InvalidArgumentError('Expected more than no time at all.');
}

const parseOverlap = (text: string): number => durationArgument(text, LONGEST_OVERLAP_MS);

function parseLabel(text: string): string {
  if (text.length <= LONGEST_LABEL) return text;
  throw new InvalidArgumentError(`Expected at most ${LONGEST_LABEL} characters.`);
}
