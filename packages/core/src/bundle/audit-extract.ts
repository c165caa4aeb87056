/** The last records of an audit file that concern a tenant or the whole pool, straight from the file. */
import { open } from 'node:fs/promises';

/** What is read of the file's end: 2,000 records of 2 KiB. */
const TAIL_BYTES = 4_194_304;
const MOST_RECORDS = 2_000;

/** Lines as they stand there, oldest first; null where the file cannot be read. */
export async function auditExtract(file: string, tenant: string | null): Promise<string[] | null> {
  let tail: string;
  try {
    tail = await tailOf(file);
  } catch {
    return null;
  }
  const lines = tail.split('\n');
  const concerned = tenant === null ? lines.filter((line) => line !== '') : [];
  if (tenant === null) return concerned.slice(-MOST_RECORDS);
  for (const line of lines) if (concerns(line, tenant)) concerned.push(line);
  return concerned.slice(-MOST_RECORDS);
}

async function tailOf(file: string): Promise<string> {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    const start = Math.max(0, size - TAIL_BYTES);
    const { buffer, bytesRead } = await handle.read(
      Buffer.alloc(size - start),
      0,
      size - start,
      start,
    );
    const text = buffer.toString('utf8', 0, bytesRead);
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    // The first line of a tail begins before it, and the last one may be being written.
    return start === 0 ? whole : whole.slice(whole.indexOf('\n') + 1);
  } finally {
    await handle.close();
  }
}

/** Its own, one that names it among others, and what is of no tenant. */
function concerns(line: string, name: string): boolean {
  if (line === '') return false;
  try {
    const { tenant, detail } = JSON.parse(line) as {
      tenant?: string;
      detail?: { tenants?: unknown };
    };
    if (tenant === undefined) {
      const tenants = detail?.tenants;
      return !Array.isArray(tenants) || tenants.includes(name);
    }
    return tenant === name;
  } catch {
    return false;
  }
}
