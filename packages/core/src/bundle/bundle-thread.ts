/**
 * Packs and keeps one bundle, in a thread of its own that ends with it: neither the main loop nor the
 * observer waits for masking, hashing, compression or the disk.
 */
import process from 'node:process';
import { parentPort, workerData } from 'node:worker_threads';
import { toWireError } from '../errors/wire-error.js';
import { registerSecretsOf } from '../secrets/known-secrets.js';
import { assembleBundle } from './assemble-bundle.js';
import { auditExtract } from './audit-extract.js';
import type { BundleJob, WrittenBundle } from './bundle-job.js';
import { keepBundle } from './keep-bundle.js';
import { packBundle } from './pack-bundle.js';

const job = workerData as BundleJob;
registerSecretsOf(process.env);

async function make(): Promise<WrittenBundle> {
  const { home, trigger } = job;
  const auditLines = await auditExtract(home.auditFile, trigger.tenant);
  const nowMs = Date.now();
  const { facts, parts, leftOut } = assembleBundle(job, auditLines, nowMs);
  const options = { budgetBytes: home.budgetBytes, epochMs: nowMs };
  const { bytes, manifest } = packBundle(facts, parts, leftOut, options);
  const file = await keepBundle(home.folder, trigger, bytes, nowMs, home.retention);
  return { file, createdAtMs: nowMs, sizeBytes: bytes.length, leftOut: manifest.leftOut };
}

make().then(
  (value) => parentPort!.postMessage({ value }),
  (error: unknown) => parentPort!.postMessage({ error: toWireError(error) }),
);
