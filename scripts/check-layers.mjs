// Checks the import rules of layers.json over the TypeScript sources: who may import whom, and no
// cycles. Type-only imports count. What a package may depend on from npm is knip's business.
//
//   node scripts/check-layers.mjs [--self-test]
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSync } from 'oxc-parser';

const repository = dirname(dirname(fileURLToPath(import.meta.url)));

function sourceFiles(root, dir) {
  let entries;
  try {
    entries = readdirSync(join(root, dir), { withFileTypes: true });
  } catch {
    return [];
  }
  return entries.flatMap((entry) => {
    const path = posix.join(dir, entry.name);
    if (entry.isDirectory()) return sourceFiles(root, path);
    return /\.[cm]?tsx?$/.test(entry.name) && !/\.d\.[cm]?ts$/.test(entry.name) ? [path] : [];
  });
}

/** Every specifier of a file with its line and whether all of it vanishes at run time. */
function importsOf(file, text) {
  const { program, errors } = parseSync(file, text);
  if (errors.length > 0) throw new Error(`${file}: ${errors[0].message}`);
  const found = [];
  const lineAt = (offset) => text.slice(0, offset).split('\n').length;
  const add = (node, source, typeOnly) => {
    if (typeof source?.value === 'string') {
      found.push({ specifier: source.value, line: lineAt(node.start), typeOnly });
    }
  };
  const allTypes = (specifiers, key) =>
    specifiers?.length > 0 && specifiers.every((item) => item[key] === 'type');
  const visit = (node) => {
    if (Array.isArray(node)) {
      for (const item of node) visit(item);
      return;
    }
    if (node === null || typeof node !== 'object') return;
    switch (node.type) {
      case 'ImportDeclaration':
        add(
          node,
          node.source,
          node.importKind === 'type' || allTypes(node.specifiers, 'importKind'),
        );
        break;
      case 'ExportNamedDeclaration':
        add(
          node,
          node.source,
          node.exportKind === 'type' || allTypes(node.specifiers, 'exportKind'),
        );
        break;
      case 'ExportAllDeclaration':
        add(node, node.source, node.exportKind === 'type');
        break;
      case 'ImportExpression':
        add(node, node.source, false);
        break;
      case 'TSImportType':
        add(node, node.source ?? node.argument?.literal ?? node.argument, true);
        break;
      case 'TSImportEqualsDeclaration':
        add(node, node.moduleReference?.expression, node.importKind === 'type');
        break;
    }
    for (const key in node) if (key !== 'parent') visit(node[key]);
  };
  visit(program.body);
  const notReexport = program.body.find(
    (node) => node.type !== 'ExportNamedDeclaration' || !node.source,
  );
  return { found, notReexportLine: notReexport ? lineAt(notReexport.start) : undefined };
}

function resolveRelative(root, from, specifier) {
  const path = posix.join(posix.dirname(from), specifier);
  const candidates = [path.replace(/\.(c|m)?js(x?)$/, '.$1ts$2'), path];
  return candidates.find((candidate) => {
    try {
      return statSync(join(root, candidate)).isFile();
    } catch {
      return false;
    }
  });
}

const packageNameOf = (specifier) =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
const within = (file, path) => file === path || file.startsWith(`${path}/`);
const withNodePrefix = (specifier) =>
  isBuiltin(specifier) && !specifier.startsWith('node:') ? `node:${specifier}` : specifier;

/** The rooms a room may import besides itself, or undefined when the package has no inner rule. */
function allowedRooms(rules, room) {
  if (rules.rooms) return rules.rooms[room];
  const layers = Object.entries(rules.layers).map(([level, names]) => [Number(level), names]);
  const own = layers.find(([, names]) => names.includes(room));
  if (!own) return undefined;
  const lower = layers.filter(([level]) => level < own[0]).flatMap(([, names]) => names);
  return [...lower, ...(rules.sameLayer?.[room] ?? [])];
}

function checkRelative(context, file, item) {
  const { root, rules, roomOf, report } = context;
  const target = resolveRelative(root, file, item.specifier);
  if (!target)
    return report(file, item.line, `"${item.specifier}" does not resolve to a source file`);
  if (!within(target, rules.dir)) {
    return report(
      file,
      item.line,
      `"${item.specifier}" leaves ${rules.dir}; import the package by name`,
    );
  }
  const from = roomOf(file);
  const to = roomOf(target);
  const allowed = context.allowed;
  if (allowed && from !== to && !allowed.includes(to)) {
    report(file, item.line, `${from} may not import ${to} (${item.specifier})`);
  }
  return target;
}

function checkNamed(context, file, item) {
  const { table, rules, room, report } = context;
  const name = withNodePrefix(item.specifier);
  const owner = packageNameOf(name);
  const limits = rules.roomLimits?.[room];
  if (owner in table.packages || owner.startsWith('@tenantry/')) {
    if (!(limits?.ours ?? rules.ours).includes(name)) {
      report(file, item.line, `${room} may not import ${name}`);
    } else if (limits?.oursAsTypesOnly && !item.typeOnly) {
      report(file, item.line, `${room} may import ${name} as types only`);
    }
  }
  if (limits?.forbidden?.includes(name)) report(file, item.line, `${room} may not import ${name}`);
  const places = table.onlyIn[owner];
  if (places && !places.some((place) => within(file, place))) {
    report(file, item.line, `${owner} may be imported only in ${places.join(', ')}`);
  }
}

/** One shortest cycle through each strongly connected group of files. */
function findCycles(graph) {
  const cycles = [];
  const seen = new Set();
  for (const start of graph.keys()) {
    if (seen.has(start)) continue;
    const previous = new Map();
    const queue = [start];
    for (const file of queue) {
      for (const next of graph.get(file) ?? []) {
        if (next === start) {
          const path = [start];
          for (let at = file; at !== start; at = previous.get(at)) path.unshift(at);
          path.unshift(start);
          for (const member of path) seen.add(member);
          cycles.push(path);
          queue.length = 0;
          break;
        }
        if (!previous.has(next)) {
          previous.set(next, file);
          queue.push(next);
        }
      }
    }
  }
  return cycles;
}

export function checkLayers(root, table) {
  const problems = [];
  const graph = new Map();
  const report = (file, line, text) => {
    problems.push(`${file}:${line} ${text}`);
  };
  for (const rules of Object.values(table.packages)) {
    const roomOf = (file) => file.slice(rules.dir.length + 1).split('/')[0];
    const hasRooms = Boolean(rules.rooms ?? rules.layers);
    for (const file of sourceFiles(root, rules.dir)) {
      const room = roomOf(file);
      const allowed = hasRooms ? allowedRooms(rules, room) : undefined;
      if (hasRooms && !allowed) report(file, 1, `"${room}" has no place in layers.json`);
      const { found, notReexportLine } = importsOf(file, readFileSync(join(root, file), 'utf8'));
      const context = { root, table, rules, roomOf, room, allowed, report };
      const targets = [];
      for (const item of found) {
        if (!item.specifier.startsWith('.')) checkNamed(context, file, item);
        else targets.push(checkRelative(context, file, item));
      }
      graph.set(file, targets.filter(Boolean));
      if (notReexportLine && rules.reexportsOnly?.includes(file.slice(rules.dir.length + 1))) {
        report(file, notReexportLine, 'holds only `export { names } from`, listed one by one');
      }
    }
  }
  for (const cycle of findCycles(graph)) problems.push(`cycle: ${cycle.join(' -> ')}`);
  return { problems, fileCount: graph.size };
}

/** Plants one violation of each kind in a temporary folder and demands that each is reported. */
function selfTest(table) {
  const planted = {
    'packages/core/src/index.ts': [`export * from './errors/a.js';`, 'listed one by one'],
    'packages/core/src/internal.ts': [`export { a } from './errors/a.js';`, null],
    'packages/core/src/errors/a.ts': [`export const a = 1;`, null],
    'packages/core/src/time/a.ts': [
      `import { a } from '../errors/a.js';\nexport const t = a;`,
      null,
    ],
    'packages/core/src/errors/up.ts': [
      `import type { p } from '../pool/p.js';\nexport type q = typeof p;`,
      'errors may not import pool',
    ],
    'packages/core/src/pool/p.ts': [`export const p = 1;`, null],
    'packages/core/src/tenant/side.ts': [
      `export type S = import('../host/h.js').H;`,
      'tenant may not import host',
    ],
    'packages/core/src/host/h.ts': [`export type H = 1;`, null],
    'packages/core/src/log/one.ts': [
      `import type { Two } from './two.js';\nexport type One = Two | 1;`,
      null,
    ],
    'packages/core/src/log/two.ts': [
      `import type { One } from './one.js';\nexport type Two = One[];`,
      'cycle: packages/core/src/log/one.ts -> packages/core/src/log/two.ts -> packages/core/src/log/one.ts',
    ],
    'packages/core/src/misc/x.ts': [`export const x = 1;`, '"misc" has no place'],
    'packages/core/src/snapshot/gone.ts': [`export { z } from './nowhere.js';`, 'does not resolve'],
    'packages/core/src/host/out.ts': [
      `import '@tenantry/isolation';`,
      'host may not import @tenantry/isolation',
    ],
    'packages/core/src/host/climb.ts': [
      `import '../../../cli/src/main.js';`,
      'leaves packages/core/src',
    ],
    'packages/isolation/src/guest/g.ts': [
      `export const g = await import('../host/h.js');\nimport { wrap } from 'comlink';\nwrap;`,
      'guest may not import host',
    ],
    'packages/isolation/src/host/h.ts': [`export const h = 1;`, null],
    'packages/isolation/src/host/process-channel.ts': [
      `import { Piscina } from 'piscina';\nPiscina;`,
      'piscina may be imported only in',
    ],
    'packages/isolation/src/host/thread-channel.ts': [
      `import { Piscina } from 'piscina';\nPiscina;`,
      null,
    ],
    'packages/isolation/src/wire/w.ts': [
      `import { wrap } from 'comlink';\nwrap;`,
      'comlink may be imported only in',
    ],
    'packages/cli/src/main.ts': [`import './commands/c.js';`, null],
    'packages/cli/src/commands/c.ts': [`import '@tenantry/core/internal';`, null],
    'packages/cli/src/commands/up.ts': [`import '../main.js';`, 'commands may not import main.ts'],
    'packages/cli/src/view/fs.ts': [`import fs from 'fs';\nfs;`, 'view may not import node:fs'],
    'packages/cli/src/view/value.ts': [
      `import { merge } from '@tenantry/core/snapshot';\nmerge;`,
      'as types only',
    ],
    'packages/cli/src/view/type.ts': [
      `import { type Snapshot } from '@tenantry/core/snapshot';\nexport type V = Snapshot;`,
      null,
    ],
    'packages/cli/src/view/pool.ts': [
      `import type { AgentPool } from '@tenantry/core';\nexport type P = AgentPool;`,
      'view may not import @tenantry/core',
    ],
  };
  const root = mkdtempSync(join(tmpdir(), 'layers-self-test-'));
  try {
    for (const [file, [text]] of Object.entries(planted)) {
      mkdirSync(dirname(join(root, file)), { recursive: true });
      writeFileSync(join(root, file), text);
    }
    const { problems } = checkLayers(root, table);
    const expected = Object.entries(planted).filter(([, [, message]]) => message);
    const missed = expected.filter(
      ([file, [, message]]) =>
        !problems.some((line) => line.includes(file) && line.includes(message)),
    );
    const surplus = problems.length - expected.length;
    for (const [file, [, message]] of missed)
      console.error(`self-test: not reported: ${file} ${message}`);
    if (surplus > 0) console.error(`self-test: more than was planted:\n${problems.join('\n')}`);
    if (missed.length > 0 || surplus !== 0) return false;
    console.log(`self-test: all ${expected.length} planted violations reported, nothing else`);
    return true;
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

const table = JSON.parse(readFileSync(join(repository, 'layers.json'), 'utf8'));
if (process.argv.includes('--self-test') && !selfTest(table)) process.exit(1);
const { problems, fileCount } = checkLayers(repository, table);
for (const problem of problems) console.error(problem);
console.log(`layers: ${fileCount} files, ${problems.length} problems`);
process.exitCode = problems.length > 0 ? 1 : 0;
