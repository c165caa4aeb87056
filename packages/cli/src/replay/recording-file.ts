/** The recording that is to be replayed, out of a bundle or a file of its own that may be anybody's. */
import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { TenantryError, codeOf, type SessionRecording } from '@tenantry/core';
import { shown } from '@tenantry/core/internal';
import { parseSessionRecording, readBundle } from '@tenantry/core/internal/host';
import { unreadable } from '../source/file-problem.js';

const MOST_BYTES = 268_435_456;
const PART = 'session.json';

/** @throws TENANTRY_RECORDING_INVALID, TENANTRY_BUNDLE_*, TENANTRY_FILE_UNREADABLE */
export async function readRecording(file: string): Promise<SessionRecording> {
  try {
    const text = await textOf(file);
    if (text !== null) return recordingFrom(text, file);
    const { parts, manifest } = await readBundle(file);
    const recording = parts.get(PART);
    if (recording !== undefined) return recordingFrom(recording.toString('utf8'), file);
    const why = manifest.leftOut.find(({ name }) => name === PART)?.why ?? 'it was not recorded';
    throw invalid(file, `the bundle has no session in it: ${why}`);
  } catch (cause) {
    if (codeOf(cause)?.startsWith('TENANTRY_') === true) throw cause;
    throw unreadable(file, cause);
  }
}

function recordingFrom(text: string, file: string): SessionRecording {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw invalid(file, 'it is no JSON, or not all of it');
  }
  try {
    return parseSessionRecording(json);
  } catch (error) {
    throw invalid(file, (error as Error).message);
  }
}

/** Null of what is compressed: a bundle, then. */
async function textOf(file: string): Promise<string | null> {
  // A pipe or a device would hold the open, or never end.
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) throw invalid(file, 'it is no file');
    if (await isCompressed(handle)) return null;
    if (stats.size > MOST_BYTES) throw invalid(file, `it has more than ${MOST_BYTES} bytes`);
    return await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
}

async function isCompressed(handle: FileHandle): Promise<boolean> {
  const { buffer } = await handle.read(Buffer.alloc(2), 0, 2, 0);
  return buffer[0] === 0x1f && buffer[1] === 0x8b;
}

function invalid(file: string, why: string): TenantryError {
  return new TenantryError('TENANTRY_RECORDING_INVALID', `${shown(file)}: ${why}`);
}
