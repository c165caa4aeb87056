/** A service that cannot start says why in one coded line, and leaves nothing running. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { readdir, symlink } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import { ECHO, ServiceFolder, agentText } from './started-service.js';

let folder: ServiceFolder;
beforeEach(async () => {
  folder = await ServiceFolder.make({ 'agents/echo.mjs': ECHO });
});
afterEach(() => folder.remove());

async function refused(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const { code, stdout, stderr } = await folder.run(['serve', ...args], {
    TENANTRY_LOG_LEVEL: 'silent',
    ...env,
  });
  expect(stdout).toBe('');
  // No socket is left, and so no pool.
  const sockets = await readdir(path.join(folder.path, 'tenantry')).catch(() => []);
  expect(sockets).toEqual([]);
  return { code, stderr };
}

test.each([
  ['with a parent', []],
  ['in one process', ['--no-supervise']],
])('a port that is taken, %s', async (_name, more) => {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  const { code, stderr } = await refused(['agents', '--port', String(port), ...more]);
  expect(stderr).toBe(
    `tenantry: http://127.0.0.1:${port}: another process listens there already (TENANTRY_ADDRESS_IN_USE)\n`,
  );
  expect(code).toBe(1);
  server.close();
});

const NO_PARENT = ['agents', '--port', '0', '--no-supervise'];

test.each([
  [
    'a wrong configuration',
    ['agents'],
    { TENANTRY_PORT: '1e309' },
    2,
    /TENANTRY_PORT.*OPTIONS_INV/,
  ],
  [
    'a level of the log that is none',
    ['agents'],
    { TENANTRY_LOG_LEVEL: 'warning' },
    2,
    /^tenantry: TENANTRY_LOG_LEVEL: expected one of trace, debug, info, warn, error, fatal, silent, received "warning" \(TENANTRY_OPTIONS_INVALID\)\n$/,
  ],
  ['a flag that is typed twice', ['agents', '--port', '1', '--port', '2'], {}, 2, /given twice/],
  ['a port that is none', ['agents', '--port', '70000'], {}, 2, /whole number from 0 to 65535/],
  [
    'no folder',
    ['nowhere', '--port', '0'],
    {},
    1,
    /no folder "[^"]+nowhere" \(TENANTRY_AGENT_PATH/,
  ],
  [
    'an address that others reach, without keys',
    ['agents', '--port', '0', '--host', '0.0.0.0'],
    {},
    1,
    /TENANTRY_AUTH_REQUIRED/,
  ],
  [
    'an ops port that is no address of this machine',
    ['agents', '--port', '0', '--ops-port', '0', '--ops-host', '192.0.2.1'],
    {},
    1,
    /192\.0\.2\.1:0.*TENANTRY_LISTEN_FAILED/,
  ],
])('%s', async (_name, args, env, expected, said) => {
  const { code, stderr } = await refused(args, env);
  expect(stderr).toMatch(said);
  expect(code).toBe(expected);
});

test('agent files that lead elsewhere, are called something else, or are broken', async () => {
  await folder.write('evil.mjs', agentText('evil', ''));
  await symlink('../evil.mjs', path.join(folder.path, 'agents/evil.mjs'));
  await folder.write(`agents/${'long'.repeat(20)}.mjs`, ECHO);
  await folder.write('agents/a\u202eb.mjs', ECHO);
  await folder.write('agents/proto.mjs', agentText('__proto__', ''));
  await folder.write('agents/broken.mjs', 'export default {{');
  const { code, stderr } = await refused(NO_PARENT);
  expect(code).toBe(1);
  expect(stderr).toMatch(/"evil\.mjs": it is a symbolic link/);
  expect(stderr).toMatch(/"longlong[a-z]+…?": its name is no agent name|"longlong.*no agent name/);
  expect(stderr).toMatch(/\\u202e.*no agent name/);
  expect(stderr).toMatch(/"broken\.mjs" did not load/);
  expect(stderr).not.toContain('\u202e');
  expect(stderr).toMatch(/of 6 agent files did not load.*\(TENANTRY_AGENT_LOAD_FAILED\)\n$/);
});
