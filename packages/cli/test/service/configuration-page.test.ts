/** docs/concepts/configuration.md has every setting of a service, and its default. */
import { expect, test } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { ServiceOptions } from '../../src/service/service-options.js';

const PAGE = new URL('../../../../../docs/concepts/configuration.md', import.meta.url);

test('the page lists the settings of the schema, with their defaults', async () => {
  const page = await readFile(PAGE, 'utf8');
  const rows = [...page.matchAll(/^\| `(\w+)` \| [^|]* \| ([^|]*) \|/gm)];
  expect(rows.map(([, name]) => name)).toEqual(Object.keys(ServiceOptions.shape));
  const defaults: Readonly<Record<string, unknown>> = ServiceOptions.parse({});
  for (const [, name, shown] of rows) {
    const value = defaults[name!];
    if (typeof value === 'object' || value === undefined) continue;
    expect([name, shown!.replaceAll(/[`,]/g, '').trim()]).toEqual([
      name,
      `${value as string | number | boolean}`,
    ]);
  }
});
