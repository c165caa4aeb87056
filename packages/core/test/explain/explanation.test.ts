import { beforeAll, describe, expect, test } from '@jest/globals';
import { explainSession, explainTenant } from '../../src/explain/explanation.js';
import type { Snapshot } from '../../src/snapshot/snapshot.js';
import type { AuditRecord } from '../../src/state/audit-entry.js';
import { agentOf, patient, startedPool } from '../pool/test-pool.js';

let seq = 0;
const record = (kind: string, more: Partial<AuditRecord> = {}): AuditRecord => ({
  seq: (seq += 1),
  at: '2026-11-26T11:15:07.120Z',
  kind,
  actor: { kind: 'runtime' },
  detail: {},
  deploymentVersion: null,
  pid: 7,
  ...more,
});

const HELD = {
  count: 3,
  totalMs: 640,
  longestMs: 300.4,
  lastAgoMs: 2_000,
  minute: [],
  lastPlace: { function: 'tally\u001b[2J', file: 'src/billing.ts', line: 41 },
};

type Row = Snapshot['tenants'][number];
let snapshot: Snapshot;
let session: string;

beforeAll(async () => {
  const fails = agentOf('fails', () => {
    throw Object.assign(new Error('as it does'), { code: 'E_OWN' });
  });
  const { pool, clock } = await startedPool({
    agents: [patient, fails],
    tenants: { acme: { maxSessions: 2 } },
  });
  await (
    await pool.open({ tenant: 'acme', agent: 'fails' })
  ).done;
  session = (await pool.open({ tenant: 'acme', agent: 'patient' })).id;
  clock.advance(1_500);
  snapshot = await pool.snapshot();
});

const withRow = (changes: Partial<Row>): Snapshot => ({
  ...snapshot,
  tenants: snapshot.tenants.map((row) => (row.tenant === 'acme' ? { ...row, ...changes } : row)),
});

describe('a tenant explained', () => {
  test('has what was recorded of it and of all that failed together, then what it is now', () => {
    const records = [
      record('breaker.closed', { tenant: 'acme' }),
      record('breaker.closed', { tenant: 'other' }),
      record('systemic.raised', { detail: { failingCount: 5, tenantCount: 6, tenants: ['acme'] } }),
      record('memory.warned', { detail: { rssMb: 5 } }),
    ];
    const { about, name, sentences, records: own } = explainTenant('acme', records, snapshot);
    expect([about, name, own]).toEqual(['tenant', 'acme', [records[0], records[2]]]);
    expect(sentences).toEqual([
      '2026-11-26 11:15:07Z its breaker closed.',
      '2026-11-26 11:15:07Z it was one of 5 tenants out of 6 that failed together: a shared cause was suspected and nobody was moved for it.',
      'Tenant acme runs 1 of 2 allowed sessions; new ones are placed on coroutine. Its score is 0.0 of 5 points.',
      expect.stringMatching(
        /^1 of its 2 sessions failed; the last one, [-0-9a-f]{36}, ended with "failed" \(E_OWN\) 1\.5 s ago\.$/,
      ),
    ]);
  });

  test('has its refusals, blocks and breaker, and of its ladder why, for how long and after what', () => {
    const row = snapshot.tenants.find(({ tenant }) => tenant === 'acme')!;
    const text = explainTenant(
      'acme',
      [],
      withRow({
        rung: 'thread',
        refusals: { breaker: 2, 'tenant-cap': 9 },
        blocked: HELD,
        breaker: { ...row.breaker!, state: 'open', enforced: true, nextProbeInMs: 4_000 },
        ladder: { ...row.ladder!, state: 'confined', leftMs: 300_000, score: 2.04, relapses: 2 },
      }),
    ).sentences.join('\n');
    expect(text).toContain('placed on thread, where it is confined, for 5 min more. ');
    expect(text).toContain('Its score is 2.0 of 5 points, after 2 relapses.');
    expect(text).toContain('11 of its sessions were refused: 9 × tenant-cap, 2 × breaker.');
    expect(text).toContain('held a loop 3 times, 640 ms in all, 300 ms at the longest');
    expect(text).toContain('(src/billing.ts:41)');
    expect(text).not.toContain('\u001b');
    expect(text).toContain('Its breaker is open, a probe may start in 4.0 s.');
  });

  test('of whom nothing is known says so', () => {
    expect(explainTenant('nobody', [], snapshot).sentences).toEqual([
      'Nothing is recorded of tenant nobody.',
    ]);
    expect(explainTenant('nobody', [], undefined).sentences).toHaveLength(1);
  });

  test('has the last 50 records of a long trail', () => {
    const records = Array.from({ length: 80 }, () => record('breaker.closed', { tenant: 'acme' }));
    expect(explainTenant('acme', records, undefined).records).toEqual(records.slice(-50));
  });

  test('out of foreign records tells those it can read', () => {
    const foreign = [null, 7, [], { tenants: 'acme' }].map((detail) =>
      record('breaker.closed', { tenant: 'acme', detail: detail as AuditRecord['detail'] }),
    );
    const of = record('systemic.raised', { detail: null as unknown as AuditRecord['detail'] });
    expect(explainTenant('acme', [...foreign, of], undefined).sentences).toHaveLength(4);
  });
});

describe('a session explained', () => {
  test('while it runs has where it is, what it held and what waits', () => {
    const busy: Snapshot = {
      ...snapshot,
      sessions: snapshot.sessions.map((row) => ({ ...row, blocked: HELD, queuedIn: 4 })),
    };
    const { sentences } = explainSession(session, [], busy)!;
    expect(sentences).toEqual([
      `Session ${session} is one of tenant acme.`,
      'It is active on rung coroutine (main) since 1.5 s, with 640 ms of blocks.',
      'It held its loop 3 times, the last time 2.0 s ago at tally [2J (src/billing.ts:41).',
      '4 messages wait for its agent, 0 for its client.',
    ]);
  });

  test('has what was decided of its tenant, and nothing of the tenant’s other sessions', () => {
    const records = [
      record('tenant.capped', { tenant: 'acme' }),
      record('tenant.capped', { tenant: 'other' }),
      record('session.ended', { tenant: 'acme', session: 'another' }),
      record('session.kicked', { tenant: 'acme', session }),
      record('isolate.ended', { tenant: 'acme' }),
    ];
    expect(explainSession(session, records, snapshot)!.records).toEqual([records[0], records[3]]);
  });

  test('that has ended has its end from the snapshot, or from the trail where that has it', () => {
    const ended = snapshot.recentEnds[0]!;
    expect(explainSession(ended.session, [], snapshot)!.sentences.at(-1)).toMatch(
      /^It ended 1\.5 s ago with "failed" \(E_OWN\) on rung coroutine, after 0 ms\.$/,
    );
    const audited = record('session.ended', {
      tenant: 'acme',
      session: ended.session,
      detail: { reason: 'timed-out', rung: 'coroutine', durationMs: 9 },
    });
    expect(explainSession(ended.session, [audited], snapshot)!.sentences).toEqual([
      expect.any(String),
      expect.stringContaining('was ended with "timed-out"'),
    ]);
  });

  test('that nobody has heard of is none', () => {
    expect(explainSession('nobody', [], snapshot)).toBeUndefined();
    expect(explainSession('nobody', [record('breaker.closed')], undefined)).toBeUndefined();
  });
});
