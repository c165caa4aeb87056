import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import {
  METRICS_VERSION,
  MetricsRecord,
  RUNTIME_EVENTS,
} from '../../src/metrics/metrics-record.js';

const page = readFileSync(
  new URL('../../../../../docs/concepts/metrics-stream.md', import.meta.url),
  'utf8',
);
const started = {
  event: 'session.started',
  session: 's1',
  tenant: 'acme',
  agent: 'echo',
  rung: 'thread',
  isolate: 't1',
  deploymentVersion: null,
};
const ended = {
  ...started,
  event: 'session.failed',
  status: 'failed',
  reason: 'timed-out',
  code: 'TENANTRY_SESSION_TIMED_OUT',
  error: 'm'.repeat(500),
  durationMs: 1.5,
  cpuMs: null,
  blockedMs: null,
  memoryPeakBytes: null,
  moves: 0,
  messagesIn: 1,
  messagesOut: 0,
};
const record = (payload: object, head: object = {}): unknown => ({
  schemaVersion: METRICS_VERSION,
  kind: 'event',
  seq: 1,
  time: 1,
  payload,
  ...head,
});

describe('a metrics record', () => {
  test.each([
    record(started),
    record(ended),
    ...RUNTIME_EVENTS.map((event) => record({ event, isolate: 't1' })),
  ])('is %j', (value) => {
    expect(MetricsRecord.parse(value)).toEqual(value);
  });

  test.each([
    record(started, { schemaVersion: 2 }),
    record(started, { seq: 0 }),
    record(started, { kind: 'snapshot' }),
    record({ ...started, event: 'session.began' }),
    record({ ...started, tenant: undefined }),
    record({ ...ended, error: 'm'.repeat(501) }),
    record({ ...ended, reason: 'bored' }),
    record({ event: 'metrics.overflow', droppedCount: 1 }),
  ])('is not %j', (value) => {
    expect(MetricsRecord.safeParse(value).success).toBe(false);
  });
});

test.each([...RUNTIME_EVENTS, 'session.started', 'session.finished', 'session.failed'])(
  'docs/concepts/metrics-stream.md tells of %s',
  (event) => {
    expect(page).toContain(`\`${event}\``);
  },
);
