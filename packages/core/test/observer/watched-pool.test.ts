import path from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { SlotOwner } from '../../src/attribution/loop-cell.js';
import { askInspector } from '../../src/inspector/inspector-client.js';
import type { SeenBlock } from '../../src/observer/loop-watch.js';
import { Vitals } from '../../src/observer/vitals.js';
import { WatchedPool } from '../../src/observer/watched-pool.js';
import { mergeSnapshot } from '../../src/snapshot/merge.js';
import type { Snapshot } from '../../src/snapshot/snapshot.js';
import { gate } from '../gate.js';
import { inputWith } from '../snapshot/merge-inputs.js';
import { tempFolder } from '../temp-folder.js';
import { OTHER, OWNER, blockRow, seenBlock } from './block-rows.js';

const open: WatchedPool[] = [];

afterEach(async () => {
  for (const pool of open.splice(0)) await pool.close();
});

interface Watched {
  readonly pool: WatchedPool;
  readonly socketPath: string;
  readonly asked: unknown[];
  ongoing: SeenBlock[];
  ours: (owner: SlotOwner) => boolean;
  nowMs: number;
  answer: () => Promise<unknown>;
}

async function watching(): Promise<Watched> {
  const watched: Watched = {
    socketPath: path.join(tempFolder(), 'a.sock'),
    asked: [],
    ongoing: [],
    ours: () => true,
    nowMs: 1_000,
    answer: () => Promise.resolve(),
    pool: new WatchedPool(1, null, {
      vitals: new Vitals(() => 0),
      profiles: { take: () => Promise.reject(new Error('not asked')), poolClosed: () => {} },
      nowMs: () => watched.nowMs,
      ongoing: () => watched.ongoing,
      isOf: (_pool, owner) => watched.ours(owner),
      mainFacts: () => new Promise(() => {}),
      incident: () => {},
      mainLagMs: () => 7,
      mainHeldMs: () => 0,
      ask: (_pool, request) => {
        watched.asked.push(request);
        return watched.answer();
      },
    }),
  };
  open.push(watched.pool);
  await watched.pool.serve(watched.socketPath);
  return watched;
}

const held = (): Snapshot => mergeSnapshot(inputWith());

describe('a watched pool whose main loop answers', () => {
  test('answers with what that has just made', async () => {
    const { pool, socketPath, asked } = await watching();
    pool.hold(held());
    const answer = (await askInspector(socketPath, { command: 'snapshot' })) as Snapshot;
    expect(asked).toEqual([{ command: 'snapshot' }]);
    expect(answer.observer.heldForMs).toBe(0);
    expect(answer.system).not.toBeNull();
  });

  test('passes on what only that can do', async () => {
    const watched = await watching();
    const request = { command: 'set', setting: 'slowSessionThresholdMs', value: 80 } as const;
    watched.answer = () => Promise.resolve({ slowSessionThresholdMs: 80 });
    expect(await askInspector(watched.socketPath, request)).toEqual({ slowSessionThresholdMs: 80 });
    expect(watched.asked).toEqual([request]);
  });
});

describe('a watched pool whose main loop is blocked', () => {
  test('answers with the held snapshot, its age and the block', async () => {
    const watched = await watching();
    watched.pool.hold(held());
    watched.nowMs += 400;
    watched.answer = () => new Promise(() => {});
    watched.ongoing = [seenBlock()];
    const answer = (await askInspector(watched.socketPath, { command: 'snapshot' })) as Snapshot;
    expect(answer.observer.heldForMs).toBe(400);
    expect(answer.blocks).toEqual([blockRow()]);
  });

  test('shows a session, and a tenant, that were opened after the snapshot was made', async () => {
    const watched = await watching();
    watched.pool.hold(held());
    watched.answer = () => new Promise(() => {});
    watched.ongoing = [seenBlock({ owner: OTHER })];
    const answer = (await askInspector(watched.socketPath, { command: 'snapshot' })) as Snapshot;
    expect(answer.blocks[0]).toMatchObject({ cause: 'session', ...OTHER });
    expect(answer.sessions).toMatchObject([{ ...OTHER, status: 'slow' }]);
  });

  test('asks it once for many clients', async () => {
    const watched = await watching();
    watched.pool.hold(held());
    const answered = gate();
    watched.answer = () => answered.promise;
    await Promise.all(
      [1, 2, 3].map(() => askInspector(watched.socketPath, { command: 'snapshot' })),
    );
    expect(watched.asked).toHaveLength(1);
    answered.open();
  });
});

describe('a block as a watched pool sees it', () => {
  test('is nobody’s that it knows where it is another pool’s session', async () => {
    const watched = await watching();
    watched.ongoing = [seenBlock(), seenBlock({ switches: 8, owner: OTHER })];
    watched.ours = ({ session }) => session === OWNER.session;
    const { blocks, sessions } = watched.pool.complete(held());
    expect(blocks.map(({ cause, session }) => [cause, session])).toEqual([
      ['session', OWNER.session],
      ['host', null],
    ]);
    expect(sessions.map(({ session }) => session)).toEqual([OWNER.session]);
  });

  test('in an isolate is its own, whoever else knows the session', async () => {
    const watched = await watching();
    watched.ongoing = [seenBlock({ isolate: 'thread-1' })];
    watched.ours = () => false;
    expect(watched.pool.complete(held()).blocks).toMatchObject([{ cause: 'session', ...OWNER }]);
  });

  test('in another process grows until its end is told', async () => {
    const { pool } = await watching();
    const startedAtMs = Date.now() - 5_000;
    pool.ongoingElsewhere(blockRow({ block: 'process-1:3', isolate: 'process-1', startedAtMs }));
    const [block] = pool.complete(held()).blocks;
    expect(block!.durationMs).toBeGreaterThanOrEqual(5_000);
    pool.endedElsewhere('process-1:3');
    expect(pool.complete(held()).blocks).toEqual([]);
  });
});

describe('what a watched pool knows of an owner', () => {
  test('is the session, or only its tenant, or nothing', async () => {
    const { pool } = await watching();
    expect(pool.knows(OWNER)).toBe('nothing');
    const made = held();
    const row = { tenant: OWNER.tenant } as Snapshot['tenants'][number];
    pool.hold({ ...made, tenants: [row] });
    expect(pool.knows(OWNER)).toBe('tenant');
    expect(pool.knows(OTHER)).toBe('nothing');
    const session = { session: OWNER.session } as Snapshot['sessions'][number];
    pool.hold({ ...made, tenants: [row], sessions: [session] });
    expect(pool.knows(OWNER)).toBe('session');
  });
});
