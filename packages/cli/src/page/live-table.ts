/// <reference lib="dom" />
/** A table that is drawn once and changed in place, so that focus and scrolling stay where they are. */
import type { Cell } from '../view/column.js';
import { button, element } from './dom.js';
import type { PageColumn } from './tables.js';

export interface LiveTableOptions<Row> {
  readonly columns: readonly PageColumn<Row>[];
  readonly nothing: string;
  keyOf(row: Row): string;
  /** What a click on a row's first cell does; none where it is left out. */
  readonly choose?: (row: Row) => void;
}

export class LiveTable<Row> {
  readonly #options: LiveTableOptions<Row>;
  readonly #body = element('tbody');
  readonly #empty: HTMLElement;
  readonly #table: HTMLElement;
  readonly #rows = new Map<string, { readonly line: HTMLTableRowElement; row: Row }>();

  constructor(place: HTMLElement, options: LiveTableOptions<Row>) {
    this.#options = options;
    const titles = options.columns.map(({ title, isRight }) =>
      element('th', { scope: 'col', ...(isRight === true ? { class: 'right' } : {}) }, title),
    );
    this.#table = element(
      'table',
      {},
      element('thead', {}, element('tr', {}, ...titles)),
      this.#body,
    );
    this.#empty = element('p', { class: 'empty' }, options.nothing);
    place.replaceChildren(this.#empty, this.#table);
  }

  show(rows: readonly Row[]): void {
    this.#empty.hidden = rows.length > 0;
    this.#table.hidden = rows.length === 0;
    const gone = new Set(this.#rows.keys());
    let before = this.#body.firstElementChild;
    for (const row of rows) {
      const key = this.#options.keyOf(row);
      gone.delete(key);
      const { line } = this.#lineOf(key, row);
      this.#fill(line, row);
      if (line === before) before = before.nextElementSibling;
      else this.#body.insertBefore(line, before);
    }
    for (const key of gone) {
      this.#rows.get(key)!.line.remove();
      this.#rows.delete(key);
    }
  }

  #lineOf(key: string, row: Row): { readonly line: HTMLTableRowElement; row: Row } {
    const known = this.#rows.get(key);
    if (known !== undefined) {
      known.row = row;
      return known;
    }
    const { columns, choose } = this.#options;
    const cells = columns.map(({ title }, at) => {
      const cell = element('td', { 'data-title': title });
      if (at === 0 && choose !== undefined) {
        cell.append(button('', () => choose(made.row)));
      }
      return cell;
    });
    const made = { line: element('tr', { 'data-key': key }, ...cells), row };
    this.#rows.set(key, made);
    return made;
  }

  #fill(line: HTMLTableRowElement, row: Row): void {
    this.#options.columns.forEach((column, at) => {
      const { isRight } = column;
      const { text, tone }: Cell = toCell(column.cell(row));
      const place = line.cells[at]!;
      const holder = place.firstElementChild ?? place;
      if (holder.textContent !== text) holder.textContent = text;
      const wanted = [isRight === true ? 'right' : '', tone === 'plain' ? '' : tone]
        .filter((name) => name !== '')
        .join(' ');
      if (place.className !== wanted) place.className = wanted;
    });
  }
}

const toCell = (cell: Cell | string): Cell =>
  typeof cell === 'string' ? { text: cell, tone: 'plain' } : cell;
