/** Names that would do harm where they are shown or looked up: refused with a code, and shown nowhere as they are. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ECHO, ServiceFolder, eventually, type Serving } from './started-service.js';

const TENANTS = Object.entries({
  'a line break': 'acme\nfake: line',
  'escape sequences': '\u001b[2J\u001b]0;owned\u0007',
  'a mark that turns text round': '\u202ereversed',
  'quotes and backslashes': 'quo"te\\back',
  'a blank': 'a b',
  'a path': '../etc',
  'a NUL': '__proto__\u0000',
  '4 KB': 'x'.repeat(4_096),
});
const AGENTS = Object.entries({
  'a path': '../echo',
  'an encoded path': '%2e%2e/echo',
  'a NUL': 'echo\u0000',
  'a data URL': 'data:text/javascript,0',
  'a file URL': 'file:///etc/passwd',
  'the name of a prototype': '__proto__',
  'the name of a constructor': 'constructor',
  'an escape sequence': '\u001b[2Jecho',
  '4 KB': 'a'.repeat(4_096),
});
/** As they are, none may reach a log, a terminal or a scrape. */
const RAW = [
  '\u001b',
  '\u0007',
  '\u202e',
  '\u0000',
  'fake: line\n',
  'x'.repeat(200),
  'a'.repeat(200),
];

let folder: ServiceFolder;
let service: Serving;
let shown = '';
beforeAll(async () => {
  folder = await ServiceFolder.make({ 'agents/echo.mjs': ECHO });
  service = await folder.serve(['agents', '--port', '0']);
});
afterAll(() => folder.remove());

/** All that stands in a value, as whoever reads it sees it: JSON would have escaped it. */
function textOf(value: unknown): string {
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value)
      .map(([key, inner]) => `${key}=${textOf(inner)}`)
      .join(' ');
  }
  return String(value);
}

async function refusedWith(request: object): Promise<readonly [number, unknown]> {
  const response = await fetch(`${service.url}/v1/sessions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(request),
  });
  const text = await response.text();
  const problem = JSON.parse(text) as { code?: unknown };
  shown += textOf(problem);
  return [response.status, problem.code];
}

test.each(TENANTS)('a tenant id that has %s is refused', async (_what, tenant) => {
  expect(await refusedWith({ tenant, agent: 'echo' })).toEqual([400, 'TENANTRY_TENANT_ID_INVALID']);
});

test.each(AGENTS)(
  'an agent name that is %s is refused, and no file is looked for',
  async (_what, agent) => {
    const [status, code] = await refusedWith({ tenant: 'acme', agent });
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
    expect(['TENANTRY_AGENT_NAME_INVALID', 'TENANTRY_AGENT_UNKNOWN']).toContain(code);
  },
);

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
  const outputs = [shown, metrics, textOf(service.log())];
  const everything = [...outputs, ...typed.map(({ stdout }) => stdout)].join('\n');
  expect(RAW.filter((raw) => everything.includes(raw))).toEqual([]);
});
