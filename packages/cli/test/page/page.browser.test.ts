/**
 * The page as people see it: the real service with keys, in a real browser, wide and narrow. Pictures of
 * it are kept in the folder `artifacts` of this package.
 */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { TenantryClient } from '@tenantry/core/client';
import { chromium, type Browser, type Page } from 'playwright-core';
import { WebSocket } from 'ws';
import { ServiceFolder, agentText, eventually, type Serving } from '../service/started-service.js';

/** Longer than what is waited for within a test, so that a failure says what that was. */
jest.setTimeout(90_000);

const ARTIFACTS = fileURLToPath(new URL('../../../artifacts/', import.meta.url));
const CORE = fileURLToPath(new URL('../../../../core/dist/src/', import.meta.url));
const CHROMIUM = '/usr/bin/chromium';
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const WIDE = { width: 1_280, height: 900 };
const NARROW = { width: 360, height: 740 };

/** Holds its loop for as long as it is told to. */
const BUSY = agentText(
  'busy',
  `for await (const { ms = 0 } of session.messages) {
     const end = performance.now() + ms;
     while (performance.now() < end);
     await session.send({ ms });
   }`,
);

let folder: ServiceFolder;
let service: Serving;
let browser: Browser;
const keys = new Map<string, string>();
const complaints: string[] = [];

async function makeKey(role: string, name = role): Promise<void> {
  const tenant = role === 'tenant' ? ['--tenant', 'acme'] : [];
  const args = ['keys', 'create', '--role', role, ...tenant, '--state-dir', 'state', '--json'];
  const { stdout, stderr } = await folder.run(args);
  const key = (JSON.parse(stdout || '{}') as { key?: string }).key;
  if (key === undefined) throw new Error(`no key: ${stdout}${stderr}`);
  keys.set(name, key);
}

beforeAll(async () => {
  await mkdir(ARTIFACTS, { recursive: true });
  folder = await ServiceFolder.make({
    'agents/busy.mjs': BUSY,
    'tenantry.config.json': JSON.stringify({ drainTimeoutMs: 1_000 }),
  });
  for (const role of ['viewer', 'operator', 'tenant']) await makeKey(role);
  service = await folder.serve(['agents', '--port', '0', '--state-dir', 'state', '--no-supervise']);
  browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
}, 60_000);

afterAll(async () => {
  await browser?.close();
  await folder?.remove();
});

async function open(size: { width: number; height: number }, role?: string): Promise<Page> {
  const page = await browser.newPage({ viewport: size });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    // The refusal of a missing key is a failed request, which a browser always complains of.
    if (message.type() === 'error' && !message.text().includes('401'))
      complaints.push(message.text());
  });
  await page.goto(`${service.url}/ui`);
  if (role !== undefined) await signIn(page, keys.get(role)!);
  return page;
}

async function signIn(page: Page, key: string): Promise<void> {
  await page.fill('#credential', key);
  await page.click('#sign-in button');
}

const textOf = async (page: Page, selector: string): Promise<string> =>
  (await page.textContent(selector)) ?? '';

const fits = (page: Page): Promise<boolean> =>
  page.evaluate('document.documentElement.scrollWidth <= window.innerWidth');

const picture = (page: Page, name: string): Promise<unknown> =>
  page.screenshot({ path: path.join(ARTIFACTS, `${name}.png`), fullPage: true });

/** A session of tenant acme, whose agent holds the loop once. */
async function hold(ms: number): Promise<void> {
  const client = new TenantryClient({
    url: service.url,
    apiKey: keys.get('tenant')!,
    WebSocket,
  });
  const session = await client.open({ agent: 'busy' });
  await session.send({ ms });
}

describe('the page', () => {
  test('wants a credential, refuses a wrong one and one that is not for it', async () => {
    const page = await open(WIDE);
    await page.waitForSelector('#sign-in:not([hidden])');
    await signIn(page, 'tk_0000000000000000_wrong');
    await page.waitForSelector('#refusal:not(:empty)');
    expect(await textOf(page, '#refusal')).not.toContain('wrong');
    await picture(page, 'sign-in');
    await signIn(page, keys.get('tenant')!);
    await eventually('it is refused', async () =>
      (await textOf(page, '#refusal')).includes('it needs the scope "admin"'),
    );
    expect(await page.isVisible('#main')).toBe(false);
    await page.close();
  });

  test('shows what runs and what happens, to a viewer without acts', async () => {
    const page = await open(WIDE, 'viewer');
    await page.waitForSelector('#main:not([hidden])');
    await hold(400);
    const row = '#tenants tr[data-key="acme"]';
    await page.waitForSelector(row);
    await eventually('the block is told', async () =>
      (await textOf(page, '#events')).includes('acme blocked main'),
    );
    expect(await textOf(page, '#events')).toMatch(/at .*busy\.mjs:\d+\)/);
    await page.waitForSelector('#sessions tbody tr');
    expect(await textOf(page, '#isolates')).toContain('main');
    await page.click(`${row} button`);
    await page.waitForSelector('#details[open]');
    await eventually('it is explained', async () =>
      (await textOf(page, '#sentences')).includes('Tenant acme runs 1'),
    );
    expect(await page.locator('#acts button').count()).toBe(0);
    expect(await page.locator('#pool-acts button').count()).toBe(0);
    await page.close();
  });

  test('moves a tenant by hand for an operator, after saying what that would do', async () => {
    const page = await open(WIDE, 'operator');
    const row = '#tenants tr[data-key="acme"]';
    await page.click(`${row} button`);
    await page.click('#acts button:text-is("Isolate as process")');
    await eventually('it is said', async () =>
      (await textOf(page, '#confirm-said')).includes('new sessions of tenant "acme" go to process'),
    );
    // So far it was only asked about.
    expect(await textOf(page, row)).toContain('coroutine');
    await picture(page, 'confirm');
    await page.click('#confirm-do');
    await eventually('it is moved', async () =>
      (await textOf(page, row)).includes('process (hand)'),
    );
    await eventually('it is told', async () =>
      (await textOf(page, '#events')).includes('tenant acme isolated: coroutine to process'),
    );
    expect(await textOf(page, '#alerts')).toContain('escalated: acme to process');
    await picture(page, 'desktop');
    const { stdout } = await folder.run(['audit', 'show', '--state-dir', 'state', '--json']);
    expect(stdout).toMatch(/"via": "gateway"/);
    await page.close();
  });

  test('fits a telephone, where rows are cards that say what each figure is', async () => {
    const page = await open(NARROW, 'operator');
    await page.waitForSelector('#tenants tr[data-key="acme"]');
    expect(await fits(page)).toBe(true);
    expect(await page.isVisible('#tenants thead')).toBe(false);
    await page.click('#tenants tr[data-key="acme"] button');
    await page.waitForSelector('#details[open] #acts button');
    expect(await fits(page)).toBe(true);
    await picture(page, 'telephone');
    await page.close();
  });

  test('shares its browser with the client, which opens a session and talks to it', async () => {
    const page = await open(WIDE);
    await page.route('**/core/**/*.js', (route) =>
      route.fulfill({ path: path.join(CORE, new URL(route.request().url()).pathname.slice(6)) }),
    );
    const script = `(async () => {
      const { TenantryClient } = await import('/core/client/index.js');
      const client = new TenantryClient({ url: location.origin, apiKey: ${JSON.stringify(keys.get('tenant'))} });
      const session = await client.open({ agent: 'busy' });
      await session.send({ ms: 3 });
      const { value } = await session.messages.next();
      await session.close();
      return { value, reason: (await session.done).reason };
    })()`;
    expect(await page.evaluate(script)).toEqual({ value: { ms: 3 }, reason: 'completed' });
    await page.close();
  });

  test('is there however often it is loaded', async () => {
    const page = await open(WIDE);
    for (let times = 0; times < 10; times += 1) {
      await page.reload();
      await page.waitForSelector('#sign-in:not([hidden])');
    }
    await page.close();
  });

  test('wants another credential, and says why, when its key is taken back', async () => {
    await makeKey('viewer', 'leaver');
    const key = keys.get('leaver')!;
    const page = await open(WIDE, 'leaver');
    await page.waitForSelector('#tenants tr[data-key="acme"]');
    await folder.run(['keys', 'revoke', key.split('_')[1]!, '--state-dir', 'state']);
    await eventually('it is said', async () =>
      (await textOf(page, '#refusal')).includes('the key was taken back'),
    );
    expect(await page.isVisible('#main')).toBe(false);
    await page.close();
  });

  test('says that its figures have stopped when the service ends', async () => {
    const page = await open(WIDE, 'viewer');
    await page.waitForSelector('#tenants tr[data-key="acme"]');
    service.signal('SIGTERM');
    await eventually('it is stale', async () => (await textOf(page, '#link')) === 'stale');
    expect(await page.isVisible('#tenants tr[data-key="acme"]')).toBe(true);
    await page.close();
  });

  test('has caused no complaint of the browser', () => {
    expect(complaints.filter((each) => !/Failed to (load resource|fetch)/.test(each))).toEqual([]);
  });

  test('never shows a key', async () => {
    const shown = JSON.stringify(service.log());
    for (const key of keys.values()) expect(shown).not.toContain(key);
  });
});
