/**
 * An incident as people read it: what happened, when, to whom, at which line, what came before, what
 * the runtime did about it, and what to type next. Out of a bundle; where that comes from is left to
 * others.
 */
import type { BlockRow, CodePlace } from '@tenantry/core/snapshot';
import { commandLine, poolCommand } from './command-line.js';
import { formatBytes, formatCount, formatMs } from './format.js';
import { paint } from './paint.js';
import { blameText, placeText } from './place-text.js';
import type { Terminal } from './terminal.js';
import { wrapped } from './wrapped.js';

type Fields = Readonly<Record<string, unknown>>;

export interface IncidentFacts {
  /** Of the pool, where it was named. */
  readonly socket: string | null;
  readonly file: string;
  readonly sizeBytes: number;
  readonly manifest: {
    readonly createdAt: string;
    readonly pool: string;
    readonly trigger: {
      readonly kind: string;
      readonly tenant: string | null;
      readonly session: string | null;
      readonly agent: string | null;
      readonly isolate: string | null;
      readonly atMs: number;
      readonly detail: string;
      readonly place: CodePlace | null;
    };
    readonly versions: {
      readonly node: string;
      readonly tenantry: string;
      readonly deployment: string | null;
    };
    readonly host: { readonly name: string; readonly pid: number };
    readonly capture: {
      readonly tookMs: number;
      readonly mainLoopAnswered: boolean;
      readonly snapshotAgeMs: number;
      readonly suppressed: number;
      readonly forgottenEvents: number;
    };
    readonly files: readonly { readonly name: string; readonly sizeBytes: number }[];
    readonly leftOut: readonly { readonly name: string; readonly why: string }[];
  };
  readonly events: readonly Fields[];
  readonly blocks: readonly BlockRow[];
}

const MOST_EVENTS = 20;
const MOST_BLOCKS = 5;
const LABEL_WIDTH = 9;
const LONGEST_FACT = 160;
/** Said by other fields, or of no use to anybody who reads. */
const UNTOLD: ReadonlySet<string> = new Set(['tenant', 'startedAtMs', 'threshold', 'heldBy']);

const WHAT: Readonly<Record<string, string>> = {
  escalated: 'was moved up a rung',
  quarantined: 'was quarantined',
  'isolate-ended': 'lost its isolate',
  block: 'held a loop for too long',
  'memory-limit': 'ran out of memory',
  manual: 'was looked at by hand',
};

/** What the runtime itself did, of all that is recorded. */
const DECISIONS =
  /^(?:tenant\.|breaker\.|isolate\.(?:ended|gave-up|stuck)|systemic\.|memory\.|session\.moved)/;

export function incidentText(facts: IncidentFacts, terminal: Terminal): string {
  const { manifest, events, blocks } = facts;
  const { trigger } = manifest;
  const who = trigger.tenant === null ? `pool "${manifest.pool}"` : `tenant "${trigger.tenant}"`;
  const title = `${who} ${WHAT[trigger.kind] ?? trigger.kind}, ${timeText(trigger.atMs)} UTC`;
  const decisions = events.filter(({ kind }) => DECISIONS.test(String(kind)));
  const lines = [
    ...wrapped(title, terminal, 'strong'),
    ...labelled('what', trigger.detail, terminal),
    ...labelled('who', ownerText(facts), terminal),
    ...labelled('line', lineText(facts), terminal),
    ...labelled('where', placeOf(facts), terminal),
    ...labelled('taken', captureText(facts), terminal),
    ...section(
      'What the runtime did',
      decisions.slice(-MOST_EVENTS).map((event) => eventText(event, terminal)),
      terminal,
    ),
    ...section(
      `The last events${moreText(events.length, manifest.capture.forgottenEvents)}`,
      events.slice(-MOST_EVENTS).map((event) => eventText(event, terminal)),
      terminal,
    ),
    ...section(
      `Blocks (${formatCount(blocks.length)})`,
      blocks
        .slice(0, MOST_BLOCKS)
        .map((block) => `${formatMs(block.durationMs)} ${blameText(block, terminal)}`),
      terminal,
    ),
    ...section(
      `In the bundle (${formatBytes(facts.sizeBytes)})`,
      manifest.files.map(({ name, sizeBytes }) => `${name} ${formatBytes(sizeBytes)}`),
      terminal,
    ),
    ...section(
      'Left out',
      manifest.leftOut.map(({ name, why }) => `${name}: ${why}`),
      terminal,
    ),
    ...section('Next', nextCommands(facts), terminal),
  ];
  return `${lines.join('\n')}\n`;
}

function ownerText({ manifest: { trigger } }: IncidentFacts): string {
  const { tenant, agent, session, isolate } = trigger;
  const names = { tenant, agent, session, isolate };
  const known = Object.entries(names).filter(([, name]) => name !== null);
  return known.length === 0
    ? 'the pool as a whole'
    : known.map(([what, name]) => `${what} ${name}`).join(', ');
}

function lineText({ manifest: { trigger }, blocks }: IncidentFacts): string {
  if (trigger.place !== null) return placeText(trigger.place);
  const block = blocks.find(({ tenant, place }) => tenant === trigger.tenant && place !== null);
  return block?.place ? `${placeText(block.place)}, its latest block` : 'none is known';
}

function placeOf({ manifest: { pool, host, versions } }: IncidentFacts): string {
  const deployed = versions.deployment === null ? '' : `, deployed ${versions.deployment}`;
  return (
    `pool "${pool}" on ${host.name}, pid ${host.pid}, Node ${versions.node}, ` +
    `Tenantry ${versions.tenantry}${deployed}`
  );
}

function captureText({ manifest: { capture } }: IncidentFacts): string {
  const { tookMs, mainLoopAnswered, snapshotAgeMs, suppressed } = capture;
  const age = snapshotAgeMs === 0 ? '' : `, its snapshot is ${formatMs(snapshotAgeMs)} old`;
  const main = mainLoopAnswered ? '' : `, the main loop did not answer${age}`;
  const others =
    suppressed === 0 ? '' : `, ${formatCount(suppressed)} incidents before it had none`;
  return `${formatMs(tookMs)} after it happened${main}${others}`;
}

function nextCommands({ file, manifest, socket }: IncidentFacts): string[] {
  const { tenant } = manifest.trigger;
  const has = (name: string): boolean =>
    manifest.files.some((one) => one.name === name && one.sizeBytes > 0);
  const part = (name: string): string => commandLine('bundle', 'show', file, '--part', name);
  return [
    ...(tenant === null ? [] : [poolCommand(socket, 'explain', tenant)]),
    ...(has('session.json') ? [commandLine('replay', file)] : []),
    ...(has('profile.cpuprofile') ? [`${part('profile.cpuprofile')} > incident.cpuprofile`] : []),
    ...(has('logs.jsonl') ? [part('logs.jsonl')] : []),
  ];
}

/** `14:22:03.120 isolate.ended isolate process-1, reason signal, …`. */
function eventText({ atMs, kind, ...fields }: Fields, terminal: Terminal): string {
  const facts = kind === 'loop.blocked' ? blockedText(fields, terminal) : factsText(fields);
  const cut = facts.length > LONGEST_FACT ? `${facts.slice(0, LONGEST_FACT)}...` : facts;
  return `${timeText(Number(atMs)).slice(11)} ${String(kind)} ${cut}`;
}

function factsText(fields: Fields): string {
  return Object.entries(fields)
    .filter(([name, value]) => !UNTOLD.has(name) && value !== null && typeof value !== 'object')
    .map(
      ([name, value]) =>
        `${name} ${typeof value === 'number' ? Math.round(value * 10) / 10 : String(value)}`,
    )
    .join(', ');
}

function blockedText(fields: Fields, terminal: Terminal): string {
  const block = fields as unknown as BlockRow;
  const soFar = block.isOngoing ? ' so far' : '';
  return `${formatMs(block.durationMs)}${soFar}: ${blameText(block, terminal)}`;
}

function moreText(count: number, forgotten: number): string {
  const all = count + forgotten;
  return all > MOST_EVENTS ? ` (${MOST_EVENTS} of ${formatCount(all)})` : '';
}

/** `2026-11-26 14:22:03.120`. */
function timeText(epochMs: number): string {
  const time = new Date(epochMs);
  if (Number.isNaN(time.getTime())) return '?';
  return time.toISOString().replace('T', ' ').replace('Z', '');
}

function labelled(label: string, text: string, terminal: Terminal): string[] {
  const room = terminal.columns === null ? null : Math.max(20, terminal.columns - LABEL_WIDTH);
  const [first = '', ...rest] = wrapped(text, { ...terminal, columns: room });
  const indent = ' '.repeat(LABEL_WIDTH);
  const shown = paint(label, 'faint', terminal) + ' '.repeat(LABEL_WIDTH - label.length);
  return [shown + first, ...rest.map((line) => indent + line)];
}

function section(title: string, texts: readonly string[], terminal: Terminal): string[] {
  if (texts.length === 0) return [];
  const room = terminal.columns === null ? null : Math.max(20, terminal.columns - 2);
  return [
    '',
    paint(title, 'strong', terminal),
    ...texts
      .flatMap((text) => wrapped(text, { ...terminal, columns: room }))
      .map((line) => `  ${line}`),
  ];
}
