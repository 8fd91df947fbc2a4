import { make, setHint, setText } from './element.ts';

/** A queue in a cell: how full it is, 0 to 1, and what is in it. */
export interface Fill {
  readonly share: number;
  readonly text: string;
  /** Whether it is in order that it is full. */
  readonly mayBeFull?: boolean;
}

/** A column of a table. */
export interface Column<Row> {
  readonly title: string;
  /** The share of the table's width: this number of the sum of all. */
  readonly width: number;
  readonly isNumber?: boolean;
  /** By which the server can sort. */
  readonly order?: string;
  readonly hint?: string;
  readonly cell: (row: Row) => string | Fill;
}

export interface TableOptions<Row> {
  readonly name: string;
  readonly columns: readonly Column<Row>[];
  readonly keyOf: (row: Row) => string;
  /** What is shown without rows. */
  readonly empty: string;
  readonly onChoose?: (row: Row) => void;
  readonly onSort?: (order: string) => void;
}

interface Line<Row> {
  readonly element: HTMLTableRowElement;
  readonly cells: readonly HTMLElement[];
  row: Row;
}

/** A table whose rows stay the same elements while their figures change, so that nothing loses the focus or the place. */
export class KeyedTable<Row> {
  readonly element: HTMLElement;
  readonly #options: TableOptions<Row>;
  readonly #body: HTMLTableSectionElement;
  readonly #heads: HTMLTableCellElement[] = [];
  readonly #empty: HTMLElement;
  readonly #lines = new Map<string, Line<Row>>();
  #chosen = '';

  constructor(options: TableOptions<Row>) {
    this.#options = options;
    this.element = make('div', 'scroll');
    this.element.tabIndex = -1;
    const table = make('table', options.name);
    const head = table.createTHead().insertRow();
    const whole = options.columns.reduce((sum, { width }) => sum + width, 0);
    for (const column of options.columns) head.append(this.#head(column, whole));
    this.#body = table.createTBody();
    this.#empty = make('div', 'empty', options.empty);
    this.element.append(table, this.#empty);
    this.#body.addEventListener('click', (event) => this.#choose(event.target));
    this.#body.addEventListener('keydown', (event) => this.#onKey(event));
  }

  /** `empty`: what is shown without rows. */
  set(rows: readonly Row[], empty: string = this.#options.empty): void {
    const { keyOf } = this.#options;
    setText(this.#empty, empty);
    this.#empty.hidden = rows.length > 0;
    const keys = new Set(rows.map(keyOf));
    for (const [key, { element }] of this.#lines) {
      if (keys.has(key)) continue;
      element.remove();
      this.#lines.delete(key);
    }
    let place = this.#body.firstElementChild;
    for (const row of rows) {
      const line = this.#lineOf(row);
      if (line.element === place) place = place.nextElementSibling;
      else this.#body.insertBefore(line.element, place);
    }
    this.#keepOneStop();
  }

  /** Marks the row with a key; empty for none. */
  choose(key: string): void {
    this.#chosen = key;
    for (const [one, { element }] of this.#lines) element.setAttribute('aria-selected', String(one === key));
    this.#keepOneStop();
  }

  sorted(order: string, isDescending: boolean): void {
    for (const [index, { order: own }] of this.#options.columns.entries()) {
      const head = this.#heads[index];
      if (own === order) head?.setAttribute('aria-sort', isDescending ? 'descending' : 'ascending');
      else head?.removeAttribute('aria-sort');
    }
  }

  #head({ title, width, isNumber, order, hint }: Column<Row>, whole: number): HTMLTableCellElement {
    const cell = make('th', isNumber ? 'number' : '');
    cell.scope = 'col';
    cell.style.width = `${(100 * width) / whole}%`;
    if (hint !== undefined) cell.title = hint;
    const { onSort } = this.#options;
    if (order === undefined || onSort === undefined) cell.append(make('span', '', title));
    else {
      const button = make('button', '', title);
      button.type = 'button';
      button.addEventListener('click', () => onSort(order));
      cell.append(button);
    }
    this.#heads.push(cell);
    return cell;
  }

  #lineOf(row: Row): Line<Row> {
    const { columns, keyOf, onChoose } = this.#options;
    const key = keyOf(row);
    let line = this.#lines.get(key);
    if (line === undefined) {
      const element = make('tr');
      element.dataset['key'] = key;
      if (onChoose !== undefined) element.tabIndex = -1;
      element.setAttribute('aria-selected', String(key === this.#chosen));
      const cells = columns.map(({ isNumber }) => element.appendChild(make('td', isNumber ? 'number' : '')));
      line = { element, cells, row };
      this.#lines.set(key, line);
    }
    line.row = row;
    for (const [index, { cell }] of columns.entries()) show(line.cells[index]!, cell(row));
    return line;
  }

  /** The Tab key stops at one row: the chosen one, or the first. The arrow keys go on from there. */
  #keepOneStop(): void {
    if (this.#options.onChoose === undefined || this.#body.contains(document.activeElement)) return;
    const stop = this.#lines.get(this.#chosen)?.element ?? this.#body.firstElementChild;
    for (const { element } of this.#lines.values()) element.tabIndex = element === stop ? 0 : -1;
  }

  #choose(target: EventTarget | null): void {
    const element = target instanceof Element ? target.closest('tr') : null;
    const line = this.#lines.get(element?.dataset['key'] ?? '');
    if (line !== undefined) this.#options.onChoose?.(line.row);
  }

  #onKey(event: KeyboardEvent): void {
    const row = event.target instanceof Element ? event.target.closest('tr') : null;
    if (row === null || this.#options.onChoose === undefined) return;
    if (event.key === 'Enter' || event.key === ' ') this.#choose(row);
    else if (event.key === 'ArrowDown') focus(row.nextElementSibling);
    else if (event.key === 'ArrowUp') focus(row.previousElementSibling);
    else return;
    event.preventDefault();
  }
}

function focus(row: Element | null): void {
  if (row instanceof HTMLElement) row.focus();
}

function show(cell: HTMLElement, content: string | Fill): void {
  if (typeof content === 'string') {
    setText(cell, content);
    setHint(cell, content);
    return;
  }
  const found = cell.firstElementChild;
  const bar = found instanceof HTMLElement ? found : cell.appendChild(make('span', 'fill'));
  showFill(bar, content);
}

/** Shows how full a queue is. */
export function showFill(bar: HTMLElement, { share, text, mayBeFull = false }: Fill): void {
  bar.style.setProperty('--share', `${Math.min(100, Math.round(100 * share))}%`);
  bar.dataset['level'] = mayBeFull || share < 0.5 ? 'low' : share < 0.9 ? 'high' : 'full';
  setText(bar, text);
}
