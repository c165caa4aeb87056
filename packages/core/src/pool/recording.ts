/** Begins the recording of a session, where its tenant's sessions are recorded. */
import { createHash } from 'node:crypto';
import type { SessionSpec } from '../host/session-spec.js';
import { agentVersion, type AgentVersion } from '../recorder/agent-version.js';
import type { RecordOptions } from '../recorder/record-options.js';
import { SessionRecorder } from '../recorder/session-recorder.js';
import { toTagged } from '../recorder/tagged-value.js';
import type { TenantSettings } from '../tenant/tenant-options.js';
import type { PoolParts } from './pool-parts.js';

export function beginRecording(
  parts: PoolParts,
  record: RecordOptions,
  spec: SessionSpec,
  settings: TenantSettings,
): SessionRecorder {
  const { options, clock, catalog } = parts;
  const url = catalog.find(spec.agent)?.url;
  const version = url === undefined ? NO_MODULE : versionOf(url);
  const { memoryLimitMb, memoryHardLimitMb, cpuLimitSeconds, abortGraceMs } = settings;
  const about = {
    session: spec.id,
    tenant: spec.tenant,
    agent: spec.agent,
    agentHash: version.hash,
    agentFile: version.file,
    deploymentVersion: options.deploymentVersion ?? null,
    configHash: configHash(spec.config),
    limits: {
      memoryLimitMb,
      memoryHardLimitMb,
      cpuLimitSeconds,
      abortGraceMs,
      unresponsiveMs: options.isolateOptions.unresponsiveMs,
      messages: { ...options.messages },
    },
    startedAtMs: clock.epochMs(),
    input: spec.input,
    metadata: spec.metadata,
    job: spec.job ?? null,
  };
  const recorder = new SessionRecorder(about, record, () => clock.nowMs());
  parts.recordings.begin(recorder);
  return recorder;
}

const NO_MODULE: AgentVersion = { hash: null, file: null };
/** By URL: a module is loaded once in a process, and what is then read of it is what it was. */
const versions = new Map<string, AgentVersion>();

function versionOf(url: string): AgentVersion {
  const known = versions.get(url);
  if (known !== undefined) return known;
  const version = agentVersion(url);
  versions.set(url, version);
  return version;
}

/** A config is frozen, so that its hash is too. */
const hashes = new WeakMap<object, string>();

/** SHA-256 of a config, the same for fields in another order. */
export function configHash(config: unknown): string {
  const known = typeof config === 'object' && config !== null ? hashes.get(config) : undefined;
  if (known !== undefined) return known;
  const hash = createHash('sha256')
    .update(JSON.stringify(sorted(toTagged(config))))
    .digest('hex');
  if (typeof config === 'object' && config !== null) hashes.set(config, hash);
  return hash;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.map(([key, held]) => [key, sorted(held)]);
}
