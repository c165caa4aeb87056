/** What the parent of a service does when its worker ends, hangs, or is told to end. */
import { afterEach, describe, expect, test } from '@jest/globals';
import http from 'node:http';
import process from 'node:process';
import { run } from '../fixtures/run.js';
import {
  ECHO,
  EXITS,
  ServiceFolder,
  agentText,
  eventually,
  isAlive,
  type Serving,
} from './started-service.js';

const GROWS = agentText(
  'grows',
  `const kept = []; for await (const megabytes of session.messages) {
     for (let at = 0; at < megabytes; at += 1) kept.push(Buffer.alloc(1_048_576, 1));
   }`,
);
const BLOCKS = agentText('blocks', 'await session.messages.next(); for (;;);');

let folder: ServiceFolder;
afterEach(() => folder.remove());

async function serve(settings: object, args: readonly string[] = []): Promise<Serving> {
  folder = await ServiceFolder.make({
    'agents/echo.mjs': ECHO,
    'agents/grows.mjs': GROWS,
    'agents/blocks.mjs': BLOCKS,
    'tenantry.config.json': JSON.stringify({ agents: 'agents', port: 0, ...settings }),
  });
  return folder.serve(args);
}

/** The worker is whoever says that it has started a pool. */
const workersOf = (service: Serving): number[] =>
  service.log().flatMap(({ msg, pid }) => (msg === '[pool] started' ? [pid as number] : []));

const opsUrl = (service: Serving): Promise<string> =>
  eventually('its operators can ask', () => {
    const line = service.log().find(({ msg }) => msg === '[ops] listening');
    return line?.['url'] as string | undefined;
  });

/** Over the connection that the agent keeps. */
function textOf(url: string, agent: http.Agent): Promise<string> {
  return new Promise((resolve, reject) => {
    http
      .get(url, { agent }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        response.on('end', () => resolve(text));
      })
      .on('error', reject);
  });
}

async function ask(url: string): Promise<readonly [number, unknown]> {
  const response = await fetch(url, { headers: { connection: 'close' } });
  return [response.status, await response.json()];
}

describe('a worker that ends', () => {
  test('is started again, on the same port; whoever comes meanwhile waits', async () => {
    const service = await serve({ memoryLimitMb: 250, drainTimeoutMs: 100, opsPort: 0 });
    const ops = await opsUrl(service);
    expect(await ask(`${ops}/readyz`)).toEqual([200, { ready: true, reasons: [], restarts: 0 }]);
    const socket = await service.open({ tenant: 'acme', agent: 'grows' });
    socket.message(300);
    // Over its memory limit it ends with 75.
    const ended = await eventually('the worker has ended', () =>
      service.log().find(({ msg }) => msg === '[service] worker ended'),
    );
    expect(ended).toMatchObject({ code: 75, signal: null, waitMs: 0 });
    expect(await ask(`${service.url}/healthz`)).toEqual([200, { ok: true, state: 'running' }]);
    const [first, second] = await eventually('another one runs', () => {
      const pids = workersOf(service);
      return pids.length === 2 && pids;
    });
    expect(second).not.toBe(first);
    const again = await service.open({ tenant: 'acme', agent: 'echo' });
    again.message('hello');
    expect(await again.nextOf('message')).toMatchObject({ data: 'hello' });
    expect(await ask(`${ops}/readyz`)).toMatchObject([200, { ready: true, restarts: 1 }]);
    expect(await (await fetch(`${ops}/metrics`)).text()).toMatch(/^tenantry_\w+ /m);

    // A configuration that has been broken since does not keep it from coming back.
    await service.write('tenantry.config.json', '{ broken');
    process.kill(second!, 'SIGKILL');
    await eventually('a third one runs', () => workersOf(service).length === 3);
    await eventually('it listens', async () =>
      ask(`${service.url}/healthz`).then(
        ([status]) => status === 200,
        () => false,
      ),
    );
    expect(service.log().map(({ msg }) => msg)).toContain(
      '[config] the file is broken: started with the last good one',
    );

    // Without its parent it is nobody's.
    service.signal('SIGKILL');
    await service.ended;
    await eventually('it has ended too', () => !isAlive(workersOf(service)[2]!));
  });

  test('with code 0, unasked, is started again; told with its parent, it ends in order once', async () => {
    folder = await ServiceFolder.make({
      'agents/echo.mjs': ECHO,
      'agents/exits.mjs': EXITS,
      'tenantry.config.mjs': "export default { agents: 'agents', port: 0, drainTimeoutMs: 300 };",
    });
    const service = await folder.serve([]);
    await service.write('tenantry.config.mjs', 'process.exit(7);');
    await eventually('the configuration is refused', () =>
      service.log().some(({ msg }) => /old configuration stays: .*process\.exit\(7\)/.test(msg)),
    );
    await service.write('exit-now', '');
    const ended = await eventually('the worker has ended', () =>
      service.log().find(({ msg }) => msg === '[service] worker ended'),
    );
    expect(ended).toMatchObject({ code: 0, signal: null });
    await eventually('another one runs', () =>
      service.log().some(({ msg }) => msg === '[service] worker started again'),
    );
    const socket = await service.open({ tenant: 'acme', agent: 'echo' });
    // As systemd does it: every process of the service at once.
    process.kill(workersOf(service)[1]!, 'SIGTERM');
    service.signal('SIGTERM');
    expect(await socket.nextOf('end')).toMatchObject({
      outcome: { status: 'cancelled', reason: 'drained' },
    });
    expect(await service.ended).toEqual({ code: 0, signal: null });
  });

  test('each time it starts is given up, with a code', async () => {
    folder = await ServiceFolder.make({
      'agents/echo.mjs': ECHO,
      'tenantry.config.json': JSON.stringify({
        agents: 'agents',
        port: 0,
        memoryLimitMb: 10,
        drainTimeoutMs: 0,
        workerRestart: { initialMs: 1, intensity: 1 },
      }),
    });
    const { code, stderr } = await folder.run(['serve']);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /tenantry: the worker kept ending, 1 restarts and the last time with exit code 75: given up \(TENANTRY_SERVICE_GAVE_UP\)\n$/,
    );
  });
});

describe('a worker whose loop is blocked', () => {
  test('is told of by its parent, and killed at the deadline after SIGTERM', async () => {
    const service = await serve({ drainTimeoutMs: 300, closeTimeoutMs: 300, opsPort: 0 });
    const ops = await opsUrl(service);
    const socket = await service.open({ tenant: 'acme', agent: 'blocks' });
    socket.message('go');
    const [status, body] = await eventually('it is wedged', async () => {
      const answer = await ask(`${ops}/readyz`);
      return answer[0] === 503 && answer;
    });
    expect([status, body]).toMatchObject([503, { ready: false, reasons: ['wedged'] }]);
    expect(await ask(`${ops}/healthz`)).toMatchObject([200, { ok: true, state: 'running' }]);
    expect((await service.type('snapshot')).stdout).toContain('acme');
    service.signal('SIGTERM');
    expect(await service.ended).toEqual({ code: 137, signal: null });
    expect(isAlive(workersOf(service)[0]!)).toBe(false);
  });

  test('and its parent by SIGKILL: it ends all the same', async () => {
    const service = await serve({ closeTimeoutMs: 300 });
    const socket = await service.open({ tenant: 'acme', agent: 'blocks' });
    socket.message('go');
    const [pid] = workersOf(service);
    await eventually('it is blocked', () =>
      service.log().some(({ kind }) => kind === 'loop.blocked'),
    );
    service.signal('SIGKILL');
    await service.ended;
    await eventually('it has ended', () => !isAlive(pid!));
  });

  test('ends at once at the second signal', async () => {
    const service = await serve({ drainTimeoutMs: 600_000 });
    const socket = await service.open({ tenant: 'acme', agent: 'echo' });
    service.signal('SIGINT');
    await eventually(
      'it drains',
      async () =>
        (await ask(`${service.url}/healthz`).catch(() => [0, {}] as const))[1] !== undefined &&
        service.log().some(({ msg }) => msg === '[service] ending'),
    );
    service.signal('SIGINT');
    expect(await service.ended).toEqual({ code: 137, signal: null });
    await socket.closed;
  });
});

test('SIGTERM with a hundred sessions: not ready, nobody new, all ended at the deadline, 0', async () => {
  const service = await serve({ drainTimeoutMs: 6_000, opsPort: 0 });
  const ops = await opsUrl(service);
  const sockets = await Promise.all(
    Array.from({ length: 100 }, () => service.open({ tenant: 'acme', agent: 'echo' })),
  );
  service.signal('SIGTERM');
  await eventually('it is not ready', async () => (await ask(`${service.url}/readyz`))[0] === 503);
  expect(await ask(`${service.url}/readyz`)).toMatchObject([
    503,
    { ready: false, reasons: ['draining'] },
  ]);
  expect(await ask(`${ops}/readyz`)).toMatchObject([503, { ready: false, reasons: ['draining'] }]);
  const refused = await fetch(`${service.url}/v1/sessions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', connection: 'close' },
    body: '{"tenant":"acme","agent":"echo"}',
  });
  expect([refused.status, Number(refused.headers.get('retry-after')) > 0]).toEqual([503, true]);
  expect(await refused.json()).toMatchObject({ code: 'TENANTRY_POOL_DRAINING' });
  for (const socket of sockets) {
    expect(await socket.nextOf('end')).toMatchObject({
      outcome: { status: 'cancelled', reason: 'drained' },
    });
  }
  expect(await service.ended).toEqual({ code: 0, signal: null });
});

test('with a log file, what the worker says of its files is in it, and in tenantry logs', async () => {
  const service = await serve({ logFile: 'service.log', watch: true });
  const [, socket] = /socket (\S+)\)/.exec(service.stdout())!;
  const shown = await service.type('snapshot', '--json', '--socket', socket!);
  const { pid } = JSON.parse(shown.stdout).runtime as { pid: number };
  await service.write(
    'tenantry.config.json',
    '{"agents":"agents","port":1,"logFile":"service.log"}',
  );
  await service.write('agents/_library.mjs', 'export default 1;');
  const logged = (text: string): Promise<unknown> =>
    eventually(`log of ${text}`, async () =>
      (await service.type('logs', '--socket', socket!)).stdout.includes(text),
    );
  await logged('[config] needs a restart: port, watch');
  await logged('[agents] a file that is no agent has changed');
  await service.write('tenantry.config.json', '{ broken');
  process.kill(pid, 'SIGKILL');
  // Whoever has asked for the first worker's socket by name finds the second one there.
  await logged('[config] the file is broken: started with the last good one');
});

test('one process out of descriptors sheds, and goes on when they are back', async () => {
  folder = await ServiceFolder.make({ 'agents/echo.mjs': ECHO });
  const service = await folder.serve(['agents', '--port', '0', '--no-supervise'], {
    TENANTRY_GATEWAY: '{"keepAliveTimeoutMs":600000}',
  });
  // Not from the start: Node loads its modules side by side.
  const limited = await run(
    'prlimit',
    ['--pid', String(service.pid), '--nofile=64:64'],
    process.env,
  );
  expect(limited.code).toBe(0);
  const kept = new http.Agent({ keepAlive: true, maxSockets: 1 });
  await textOf(`${service.url}/healthz`, kept);
  const talking = await service.open({ tenant: 'acme', agent: 'echo' });
  const opened = await Promise.allSettled(
    Array.from({ length: 100 }, () => service.open({ tenant: 'acme', agent: 'echo' })),
  );
  expect(opened.some(({ status }) => status === 'rejected')).toBe(true);
  // Whoever still has a connection is told that it should be sent nothing more.
  expect(JSON.parse(await textOf(`${service.url}/readyz`, kept))).toMatchObject({
    ready: false,
    reasons: ['descriptors'],
  });
  talking.message('still here');
  expect(await talking.nextOf('message')).toMatchObject({ data: 'still here' });
  for (const one of opened) if (one.status === 'fulfilled') one.value.socket.terminate();
  await eventually('it takes new sessions', () =>
    service.open({ tenant: 'acme', agent: 'echo' }).catch(() => undefined),
  );
  await eventually('it is ready', async () =>
    (await textOf(`${service.url}/readyz`, kept)).includes('"ready":true'),
  );
  kept.destroy();
  service.signal('SIGTERM');
  await eventually('it drains', () =>
    fetch(`${service.url}/healthz`).then(
      async (response) => (await response.text()).includes('draining'),
      () => false,
    ),
  );
  service.signal('SIGTERM');
  expect(await service.ended).toEqual({ code: null, signal: 'SIGKILL' });
});
