/** Names that would do harm where they are shown or looked up: refused with a code, and shown nowhere as they are. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ECHO, ServiceFolder, eventually, type Serving } from './started-service.js';

const TENANTS = [
  'acme\nfake: line',
  '\u001b[2J\u001b]0;owned\u0007',
  '\u202ereversed',
  'quo"te\\back',
  'a b',
  '../etc',
  '__proto__\u0000',
  'x'.repeat(4_096),
];
const AGENTS = [
  '../echo',
  '%2e%2e/echo',
  'echo\u0000',
  'data:text/javascript,0',
  'file:///etc/passwd',
  '__proto__',
  'constructor',
  '\u001b[2Jecho',
  'a'.repeat(4_096),
];
/** As they are, none may reach a log, a terminal or a scrape. */
const RAW =
  /\u001b|\u0007|\u202e|\u0000|fake: line\n|xxxxxxxxxxxxxxxxx{200}|aaaaaaaaaaaaaaaaa{200}/;

let folder: ServiceFolder;
let service: Serving;
let shown = '';
beforeAll(async () => {
  folder = await ServiceFolder.make({ 'agents/echo.mjs': ECHO });
  service = await folder.serve(['agents', '--port', '0']);
});
afterAll(() => folder.remove());

async function refusedWith(request: object): Promise<readonly [number, unknown]> {
  const response = await fetch(`${service.url}/v1/sessions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(request),
  });
  const text = await response.text();
  shown += text;
  return [response.status, (JSON.parse(text) as { code?: unknown }).code];
}

test.each(TENANTS)('a tenant called %j is refused', async (tenant) => {
  expect(await refusedWith({ tenant, agent: 'echo' })).toEqual([400, 'TENANTRY_TENANT_ID_INVALID']);
});

test.each(AGENTS)('an agent called %j is refused, and none is looked for', async (agent) => {
  const [status, code] = await refusedWith({ tenant: 'acme', agent });
  expect(status).toBeGreaterThanOrEqual(400);
  expect(status).toBeLessThan(500);
  expect(['TENANTRY_AGENT_NAME_INVALID', 'TENANTRY_AGENT_UNKNOWN']).toContain(code);
});

test('none of them is in what was answered, logged, measured or shown', async () => {
  const metrics = await (await fetch(`${service.url}/metrics`)).text();
  expect(metrics).toMatch(/tenantry_admission_refused_total\{reason="malformed"\} [1-9]/);
  const typed = await Promise.all(
    [['snapshot'], ['top', '--once'], ['snapshot', '--json']].map((args) => service.type(...args)),
  );
  for (const { code } of typed) expect(code).toBe(0);
  const open = await service.open({ tenant: 'acme', agent: 'echo' });
  open.send({ type: 'close' });
  await open.nextOf('end');
  await eventually('the log has it', () => service.log().length > 0);
  const outputs = [shown, metrics, JSON.stringify(service.log())];
  const everything = [...outputs, ...typed.map(({ stdout }) => stdout)].join('\n');
  expect(RAW.exec(everything)?.[0]).toBeUndefined();
});
