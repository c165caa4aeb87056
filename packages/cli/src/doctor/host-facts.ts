/** What the checks need to know of the host, read from the system. What it means is left to the checks. */
import { constants } from 'node:fs';
import { access, lstat, open, readFile, statfs, unlink } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { socketDirectory } from '@tenantry/core/internal';
import { softLimits } from '../source/process-limits.js';

export interface FolderFacts {
  readonly path: string;
  /** Of it, or of the nearest folder above it that exists. */
  readonly fileSystem: string;
  readonly exists: boolean;
  readonly isOwn: boolean;
  readonly isPrivate: boolean;
  readonly isWritable: boolean;
  readonly isSymbolicLink: boolean;
  readonly freeMb: number;
  /** Null where nothing was tried. */
  readonly syncMs: number | null;
}

export interface HostFacts {
  readonly platform: NodeJS.Platform;
  readonly nodeVersion: string;
  /** Flags of the process that runs the pool, and of `NODE_OPTIONS`. */
  readonly nodeFlags: readonly string[];
  readonly coreCount: number;
  readonly loadPerCore: number;
  readonly memoryMb: number;
  readonly availableMb: number | null;
  /** Of the control group; null without one. */
  readonly groupLimitMb: number | null;
  readonly groupPidLimit: number | null;
  readonly swapMb: number;
  readonly limits: ReadonlyMap<string, number>;
  readonly status: ReadonlyMap<string, string>;
  readonly corePattern: string | null;
  readonly ptraceScope: number | null;
  readonly clockSource: string | null;
  /** Wall clock, ms since 1970. */
  readonly epochMs: number;
  readonly programs: ReadonlySet<string>;
  readonly isRoot: boolean;
  readonly socketDirectory: FolderFacts;
  readonly stateDir: FolderFacts | null;
}

const BYTES_PER_MB = 1_048_576;
const KB_PER_MB = 1_024;
/** More than any machine has: how a control group spells "no limit". */
const NO_LIMIT_BYTES = 2 ** 53;
const PROGRAMS = ['prlimit'];

/** Of the process `pid`, or of this one. */
export async function readHost(
  env: NodeJS.ProcessEnv,
  { pid, stateDir }: { readonly pid: number | null; readonly stateDir: string | null },
): Promise<HostFacts> {
  const of = pid === null ? 'self' : String(pid);
  const [limits, status, memory, command] = await Promise.all(
    ['limits', 'status', '../meminfo', 'cmdline'].map((file) => textOf(`/proc/${of}/${file}`)),
  );
  const info = fieldsOf(memory ?? '');
  return {
    platform: process.platform,
    nodeVersion: process.version,
    nodeFlags: [...(command ?? '').split('\0'), ...(env['NODE_OPTIONS'] ?? '').split(/\s+/)].filter(
      (flag) => flag.startsWith('--'),
    ),
    coreCount: os.availableParallelism(),
    loadPerCore: os.loadavg()[0]! / os.availableParallelism(),
    memoryMb: os.totalmem() / BYTES_PER_MB,
    availableMb: kilobytesAsMb(info.get('MemAvailable')),
    groupLimitMb: groupLimitMb(),
    groupPidLimit: await groupPidLimit(),
    swapMb: kilobytesAsMb(info.get('SwapTotal')) ?? 0,
    limits: softLimits(limits ?? ''),
    status: fieldsOf(status ?? ''),
    corePattern: (await textOf('/proc/sys/kernel/core_pattern'))?.trim() ?? null,
    ptraceScope: numberOf(await textOf('/proc/sys/kernel/yama/ptrace_scope')),
    clockSource:
      (await textOf('/sys/devices/system/clocksource/clocksource0/current_clocksource'))?.trim() ??
      null,
    epochMs: Date.now(),
    programs: new Set(await onPath(env, PROGRAMS)),
    isRoot: process.getuid?.() === 0,
    socketDirectory: await folderFacts(socketDirectory(env), false),
    stateDir: stateDir === null ? null : await folderFacts(path.resolve(stateDir), true),
  };
}

function groupLimitMb(): number | null {
  const bytes = process.constrainedMemory();
  return bytes === undefined || bytes === 0 || bytes >= Math.min(NO_LIMIT_BYTES, os.totalmem())
    ? null
    : bytes / BYTES_PER_MB;
}

async function groupPidLimit(): Promise<number | null> {
  const group = (await textOf('/proc/self/cgroup')) ?? '';
  const unified = /^0::(.*)$/m.exec(group)?.[1];
  const old = /^\d+:pids:(.*)$/m.exec(group)?.[1];
  const files = [
    ...(unified === undefined ? [] : [`/sys/fs/cgroup${unified}/pids.max`]),
    ...(old === undefined ? [] : [`/sys/fs/cgroup/pids${old}/pids.max`]),
  ];
  for (const file of files) {
    const limit = numberOf(await textOf(file));
    if (limit !== null) return limit;
  }
  return null;
}

async function folderFacts(folder: string, tries: boolean): Promise<FolderFacts> {
  const stats = await lstat(folder).catch(() => undefined);
  const there = stats === undefined ? await nearestAbove(folder) : folder;
  const room = await statfs(there).catch(() => undefined);
  const isWritable = await access(there, constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  );
  return {
    path: folder,
    fileSystem: room === undefined ? 'unknown' : (FILE_SYSTEMS.get(room.type) ?? 'local'),
    exists: stats !== undefined,
    isOwn: stats === undefined || stats.uid === (process.getuid?.() ?? stats.uid),
    isPrivate: stats === undefined || (stats.mode & 0o077) === 0,
    isWritable,
    isSymbolicLink: stats?.isSymbolicLink() === true,
    freeMb: room === undefined ? 0 : (room.bavail * room.bsize) / BYTES_PER_MB,
    syncMs: tries && isWritable ? await syncTimeMs(there) : null,
  };
}

/** By the magic numbers of statfs(2): what does not keep what is written, or keeps it elsewhere. */
const FILE_SYSTEMS: ReadonlyMap<number, string> = new Map([
  [0x01_02_19_94, 'tmpfs'],
  [0x85_84_58_f6, 'ramfs'],
  [0x69_69, 'nfs'],
  [0xff_53_4d_42, 'cifs'],
  [0xfe_53_4d_42, 'smb2'],
  [0x65_73_55_46, 'fuse'],
  [0x01_02_19_97, '9p'],
  [0x79_4c_76_30, 'overlay'],
]);

async function nearestAbove(folder: string): Promise<string> {
  const above = path.dirname(folder);
  if (above === folder) return folder;
  return (await lstat(above).catch(() => undefined)) === undefined ? nearestAbove(above) : above;
}

/** How long the disk takes to say that a small file is safe; null where it refuses. */
async function syncTimeMs(folder: string): Promise<number | null> {
  const file = path.join(folder, `.doctor-${process.pid}-${Date.now()}`);
  try {
    const handle = await open(file, 'wx', 0o600);
    try {
      await handle.write('doctor');
      const startMs = performance.now();
      await handle.datasync();
      return performance.now() - startMs;
    } finally {
      await handle.close();
      await unlink(file);
    }
  } catch {
    return null;
  }
}

async function onPath(env: NodeJS.ProcessEnv, programs: readonly string[]): Promise<string[]> {
  const folders = (env['PATH'] ?? '').split(path.delimiter).filter((folder) => folder !== '');
  const found = await Promise.all(
    programs.map(async (program) => {
      const places = folders.map((folder) => access(path.join(folder, program), constants.X_OK));
      return (await Promise.allSettled(places)).some(({ status }) => status === 'fulfilled');
    }),
  );
  return programs.filter((_, at) => found[at]);
}

async function textOf(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch(() => undefined);
}

function numberOf(text: string | undefined): number | null {
  const value = Number(text?.trim());
  return text === undefined || !Number.isFinite(value) ? null : value;
}

/** `Name: value` a line. */
function fieldsOf(text: string): Map<string, string> {
  return new Map(
    text.split('\n').flatMap((line) => {
      const [, name, value] = /^([^:]+):\s*(.*)$/.exec(line) ?? [];
      return name === undefined ? [] : [[name, value!]];
    }),
  );
}

function kilobytesAsMb(text: string | undefined): number | null {
  const [, kilobytes] = /^(\d+) kB$/.exec(text ?? '') ?? [];
  return kilobytes === undefined ? null : Number(kilobytes) / KB_PER_MB;
}
