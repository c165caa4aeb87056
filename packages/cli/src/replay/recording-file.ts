/** The recording that is to be replayed, out of a file that may be anybody's. */
import { open } from 'node:fs/promises';
import { TenantryError, type SessionRecording } from '@tenantry/core';
import { shown } from '@tenantry/core/internal';
import { parseSessionRecording } from '@tenantry/core/internal/host';
import { FileProblem, whyOf } from '../source/file-problem.js';
import { codeOf } from '@tenantry/core';

const MOST_BYTES = 268_435_456;

/**
 * @throws TENANTRY_RECORDING_INVALID, or an error with the system's code and a sentence that names the
 *   file
 */
export async function readRecording(file: string): Promise<SessionRecording> {
  return recordingFrom((await contents(file)).toString('utf8'), file);
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

async function contents(file: string): Promise<Buffer> {
  try {
    const handle = await open(file, 'r');
    try {
      const stats = await handle.stat();
      if (!stats.isFile()) throw invalid(file, 'it is no file');
      if (stats.size > MOST_BYTES) throw invalid(file, `it has more than ${MOST_BYTES} bytes`);
      return await handle.readFile();
    } finally {
      await handle.close();
    }
  } catch (cause) {
    if (codeOf(cause)?.startsWith('TENANTRY_') === true) throw cause;
    throw new FileProblem(`cannot read ${file}: ${whyOf(cause)}`, codeOf(cause));
  }
}

function invalid(file: string, why: string): TenantryError {
  return new TenantryError('TENANTRY_RECORDING_INVALID', `${shown(file)}: ${why}`);
}
