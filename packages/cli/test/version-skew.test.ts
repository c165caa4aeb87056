/** A command beside a pool of another version: it works, or says in one coded line why it does not. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { chmod, mkdir } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import { runBin, runtimeDirectory, type Ran, type RuntimeDirectory } from './fixtures/run.js';
import { sampleSnapshot } from './fixtures/sample-snapshot.js';

let runtime: RuntimeDirectory;
let server: net.Server | undefined;
beforeEach(async () => {
  runtime = await runtimeDirectory();
});
afterEach(async () => {
  server?.close();
  await runtime.remove();
});

/** A pool that answers with `reply`, whatever it is asked. */
async function poolAnswers(reply: object): Promise<void> {
  const folder = path.join(runtime.path, 'tenantry');
  await mkdir(folder, { mode: 0o700 });
  const socketPath = path.join(folder, 'other.sock');
  server = net.createServer((socket) => {
    socket.on('data', () => socket.end(`${JSON.stringify(reply)}\n`));
    socket.on('error', () => {});
  });
  await new Promise<void>((resolve) => server!.listen(socketPath, resolve));
  await chmod(socketPath, 0o600);
}

const type = (...args: string[]): Promise<Ran> => runBin(args, runtime.env());
const SNAPSHOT = sampleSnapshot();

test('a newer pool that tells more is shown as far as it is known', async () => {
  const { runtime: about, tenants } = SNAPSHOT;
  await poolAnswers({
    ok: true,
    value: {
      ...SNAPSHOT,
      runtime: { ...about, version: '0.2.0', inventedLater: { deep: [1] } },
      tenants: tenants.map((row) => ({ ...row, inventedLater: 1 })),
      inventedLater: [],
    },
  });
  const { code, stdout, stderr } = await type('snapshot');
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toContain('tenantry 0.2.0');
});

test('an older pool that tells less is shown without', async () => {
  const { confinement: _confinement, ...value } = SNAPSHOT;
  const tenants = value.tenants.map(({ ladder: _ladder, queued: _queued, ...row }) => row);
  await poolAnswers({ ok: true, value: { ...value, tenants } });
  expect(await type('snapshot')).toMatchObject({ code: 0, stderr: '' });
});

test('a snapshot of another shape is refused with both versions', async () => {
  await poolAnswers({ ok: true, value: { ...SNAPSHOT, schemaVersion: 3 } });
  const { code, stdout, stderr } = await type('snapshot');
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(
    /snapshot of version 3: this program reads version 2 \(TENANTRY_INSPECTOR_REPLY_INVALID\)\n$/,
  );
});

test('a request that an older pool does not know is said to be that', async () => {
  const code = 'TENANTRY_INSPECTOR_REQUEST_INVALID';
  await poolAnswers({ ok: false, error: { name: 'TenantryError', message: 'expected', code } });
  const ran = await type('settings');
  expect(ran.code).toBe(1);
  expect(ran.stderr).toMatch(
    /the pool does not know the request "settings".*different versions.*\(TENANTRY_INSPECTOR_REQUEST_INVALID\)\n$/,
  );
});

test('a code that is not known here is shown as it came', async () => {
  const error = { name: 'TenantryError', message: 'too new', code: 'TENANTRY_INVENTED_LATER' };
  await poolAnswers({ ok: false, error });
  expect((await type('snapshot')).stderr).toBe('tenantry: too new (TENANTRY_INVENTED_LATER)\n');
});
