import { describe, expect, test } from '@jest/globals';
import { agentDocument, agentNames, agentText } from '../../src/view/agent-table.js';

const files = [
  { name: 'support', file: 'support.js' },
  {
    file: 'broken.js',
    code: 'TENANTRY_AGENT_LOAD_FAILED',
    message: 'agent file "broken.js" did not load: Error: \u001b[31mno\nway',
  },
];

describe('the agents of a folder', () => {
  test('as a table: what is an agent and why the rest is none', () => {
    const terminal = { columns: 80, hasColour: false, hasUnicode: false };
    expect(agentText(files, terminal).split('\n')).toEqual([
      '+---------+------------+-----------------------------+',
      '| agent   | file       | status                      |',
      '+---------+------------+-----------------------------+',
      '| support | support.js | ok                          |',
      '| -       | broken.js  | did not load: Error: no way |',
      '+---------+------------+-----------------------------+',
      '',
    ]);
  });

  test('as names and as a document', () => {
    expect(agentNames(files)).toBe('support\n');
    expect(agentDocument(files)).toEqual({
      schemaVersion: 1,
      agents: [files[0]],
      failed: [files[1]],
    });
  });
});
