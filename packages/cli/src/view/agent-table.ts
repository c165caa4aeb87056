/** The agent files of a folder: as a table, as names, as a document. */
import type { Cell, Column } from './column.js';
import { NOTHING } from './format.js';
import { tableLines } from './table.js';
import type { Terminal } from './terminal.js';

/** One file: the agent it defines, or why it defines none. */
export type AgentFile =
  | { readonly name: string; readonly file: string }
  | { readonly file: string; readonly code: string; readonly message: string };

const LIST_VERSION = 1;

const COLUMNS: readonly Column<AgentFile>[] = [
  {
    title: 'agent',
    align: 'left',
    rank: 1,
    minWidth: 12,
    cell: (row) => ('name' in row ? row.name : NOTHING),
  },
  { title: 'file', align: 'left', rank: 2, minWidth: 12, cell: ({ file }) => file },
  { title: 'status', align: 'left', rank: 3, minWidth: 16, cell: statusCell },
];

export function agentText(files: readonly AgentFile[], terminal: Terminal): string {
  return `${tableLines(COLUMNS, files, terminal).join('\n')}\n`;
}

export function agentNames(files: readonly AgentFile[]): string {
  return files.map((row) => ('name' in row ? `${row.name}\n` : '')).join('');
}

export function agentDocument(files: readonly AgentFile[]): object {
  return {
    schemaVersion: LIST_VERSION,
    agents: files.filter((row) => 'name' in row),
    failed: files.filter((row) => 'code' in row),
  };
}

function statusCell(row: AgentFile): Cell {
  if ('name' in row) return { text: 'ok', tone: 'good' };
  // The file has its own column.
  return { text: row.message.replace(/^agent file "[^"]*":? /, ''), tone: 'bad' };
}
