/**
 * Everything the screen depends on, as data. What changes it is left to `reducer.ts`, how it looks to
 * `frame.ts`.
 */
import type { Snapshot } from '@tenantry/core/snapshot';
import type { Terminal } from '../view/terminal.js';
import type { Filter } from './filter.js';
import type { SortKey } from './sort.js';

export const TABS = ['sessions', 'tenants', 'isolates'] as const;
export type Tab = (typeof TABS)[number];

/** What a detail screen is about. */
export interface Subject {
  readonly kind: 'session' | 'tenant' | 'isolate';
  readonly name: string;
}

interface TableScreen {
  readonly mode: 'table';
}
interface DetailScreen {
  readonly mode: 'detail';
  readonly subject: Subject;
  readonly scroll: number;
}
export type Screen =
  | TableScreen
  | DetailScreen
  /** `kept` is the search that a cancelled one falls back to. */
  | { readonly mode: 'search'; readonly kept: string }
  | { readonly mode: 'help'; readonly over: TableScreen | DetailScreen; readonly scroll: number };
export type Mode = Screen['mode'];

/**
 * Whether the pool answers: `late` for a question without an answer yet; after a question that failed
 * `gone` where no pool runs, `failing` where something is there that gives no figures.
 */
export type Link =
  | { readonly state: 'answering' }
  | { readonly state: 'late'; readonly forMs: number }
  | { readonly state: 'gone' | 'failing'; readonly forMs: number; readonly why: string };

export interface Cursor {
  readonly index: number;
  /** The row it was moved to, which it follows when rows move; null where it marks a position. */
  readonly row: string | null;
}

export interface TopState {
  readonly snapshot: Snapshot;
  readonly link: Link;
  readonly terminal: Terminal;
  /** Lines of the terminal. */
  readonly rows: number;
  readonly screen: Screen;
  readonly tab: Tab;
  readonly sort: SortKey;
  readonly filter: Filter;
  readonly cursor: Cursor;
}

export const FIRST_ROW: Cursor = { index: 0, row: null };
