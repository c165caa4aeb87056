/** docs/concepts/access.md has every option, role and route, with what the code has. */
import { readFile } from 'node:fs/promises';
import { beforeAll, expect, test } from '@jest/globals';
import { AuthOptions, parseAuthOptions } from '../../src/auth/auth-options.js';
import { ROLES, usualScopes } from '../../src/auth/identity.js';
import { ROUTES, ROUTE_NEEDS } from '../../src/auth/routes.js';

const PAGE = new URL('../../../../../docs/concepts/access.md', import.meta.url);

/** The cells of every row of every table, by the names in the first one. */
let rows: ReadonlyMap<string, readonly string[]>;
beforeAll(async () => {
  const page = await readFile(PAGE, 'utf8');
  rows = new Map(
    page
      .split('\n')
      .filter((line) => line.startsWith('| `'))
      .flatMap((line) => {
        const [first = '', ...cells] = line.slice(2, -2).split(' | ');
        return [...first.matchAll(/`([^`]+)`/g)].map(([, name]) => [name!, cells] as const);
      }),
  );
});

const number = (cell: string | undefined): number => Number(cell?.replaceAll(',', ''));
const jwt = { issuer: 'i', audience: 'a', jwksUrl: 'https://h/' };
const options = parseAuthOptions({ jwt });

test('the page has the defaults of all options', () => {
  const groups = { ...options.jwt, ...options.badCredentials };
  expect(Object.keys(AuthOptions.shape).filter((name) => name.includes('.'))).toEqual([]);
  const numbers = [
    ['keysRefreshMs', options.keysRefreshMs],
    ['routeLimits.maxCallers', options.routeLimits.maxCallers],
    ...Object.entries(options.badCredentials).map(([name, own]) => [`badCredentials.${name}`, own]),
    ...Object.entries(options.jwt!)
      .filter(([, own]) => typeof own === 'number')
      .map(([name, own]) => [`jwt.${name}`, own]),
  ] as [string, number][];
  expect(numbers.length).toBeGreaterThan(10);
  expect(numbers.map(([name]) => [name, number(rows.get(name)?.[1])])).toEqual(numbers);
  const named = Object.keys(groups).filter((name) => !(name in options.badCredentials));
  const others = [...named, 'jwks', 'scopeClaim'].filter((name) => !rows.has(`jwt.${name}`));
  expect(others).toEqual([]);
});

test('the page has the limit of every route', async () => {
  const { maxCallers: _, ...limits } = options.routeLimits;
  expect(Object.keys(limits)).toEqual(ROUTES);
  const said = [
    ...(await readFile(PAGE, 'utf8')).matchAll(/^\| `([\w.]+)` \| (\d+) \| (\d+) \|$/gm),
  ];
  expect(
    said.map(([, route, perSecond, burst]) => [
      route,
      { requestsPerSecond: Number(perSecond), burst: Number(burst) },
    ]),
  ).toEqual(Object.entries(limits));
});

test('the page says of every route and role what it needs and has', async () => {
  const page = await readFile(PAGE, 'utf8');
  const section = page.slice(page.indexOf('## Who may what'), page.indexOf('## How often'));
  for (const route of ROUTES) {
    const line = section.split('\n').find((one) => one.includes(`\`${route}\``));
    const needs = ROUTE_NEEDS[route];
    const ends =
      needs === null ? '| none | nobody is asked |' : `| \`${needs.scope}\` | \`${needs.role}\` |`;
    expect([route, line?.endsWith(ends)]).toEqual([route, true]);
  }
  for (const role of ROLES) {
    const line = section
      .split('\n')
      .find(
        (one) =>
          one.startsWith('| `') &&
          !one.includes('.') &&
          one.split(' | ')[0]!.includes(`\`${role}\``),
      );
    expect([role, line?.split(' | ')[1]]).toEqual([
      role,
      `${usualScopes(role)
        .map((scope) => `\`${scope}\``)
        .join(', ')} |`,
    ]);
  }
});
