/**
 * Where fastify and its WebSocket plugin are: a folder of their own under the temporary directory. One
 * of their packages, cookie, declares Node 22, which the workspace's engine check refuses, although it
 * runs on Node 20.
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const PACKAGES = ['fastify@5.12.8', '@fastify/websocket@11.3.6'];

/** Undefined where it cannot be installed, for want of a network. */
export async function fastifyFolder(): Promise<string | undefined> {
  const folder = path.join(os.tmpdir(), `tenantry-bench-fastify-${process.getuid?.() ?? 0}`);
  if (existsSync(path.join(folder, 'node_modules/@fastify/websocket'))) return folder;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const rules = ['--engine-strict=false', '--ignore-scripts', '--no-audit', '--no-fund'];
  try {
    await promisify(execFile)('npm', ['install', '--prefix', folder, ...rules, ...PACKAGES]);
    return folder;
  } catch {
    return undefined;
  }
}
