import type { LogEntry, NodeRow, NodesState, TrafficRow, TrafficState } from '../feed/messages.ts';
import { addSearch, make, setText } from './element.ts';
import { age, bytes, clock, count } from './format.ts';
import { KeyedTable } from './keyed-table.ts';

/** Entries that stay on the page. */
const MOST_ENTRIES = 500;

/** Bytes by node, method and property. */
export class TrafficPanel {
  readonly #table: KeyedTable<TrafficRow>;
  readonly #note: HTMLElement;

  constructor(panel: HTMLElement, hasMultiplayer: boolean) {
    this.#note = panel.appendChild(make('div', 'tools')).appendChild(make('span'));
    this.#table = new KeyedTable<TrafficRow>({
      name: 'traffic',
      keyOf: ({ kind, path, member }) => `${kind} ${path} ${member}`,
      empty: hasMultiplayer ? 'No packet was counted yet.' : 'Only a SceneMultiplayer knows nodes and methods.',
      columns: [
        { title: 'Node', width: 26, cell: ({ path }) => (path === '' ? '–' : path) },
        { title: 'Method or property', width: 20, cell: ({ member }) => member },
        { title: 'Kind', width: 9, cell: ({ kind }) => kind },
        { title: 'In/s', width: 9, isNumber: true, cell: ({ bytesInRate }) => bytes(bytesInRate) },
        { title: 'Out/s', width: 9, isNumber: true, cell: ({ bytesOutRate }) => bytes(bytesOutRate) },
        { title: 'In', width: 9, isNumber: true, cell: ({ bytesIn }) => bytes(bytesIn) },
        { title: 'Out', width: 9, isNumber: true, cell: ({ bytesOut }) => bytes(bytesOut) },
        {
          title: 'Packets',
          width: 9,
          isNumber: true,
          hint: 'Calls or values, in and out',
          cell: ({ packetsIn, packetsOut }) => count(packetsIn + packetsOut),
        },
      ],
    });
    panel.append(this.#table.element);
  }

  /** `empty`: what to do where there is no multiplayer to look at; undefined where there is one. */
  show(traffic: TrafficState | null, empty?: string): void {
    this.#table.set(traffic?.rows ?? [], empty);
    if (traffic === null) {
      setText(this.#note, '');
      return;
    }
    const { rows, count: all, seconds, isExact } = traffic;
    const shown = rows.length < all ? `the first ${rows.length} of ${all}` : `${all}`;
    const how = isExact ? '' : ' · estimated from some of the packets';
    setText(this.#note, `${shown} · payload bytes, counted for ${age(0, seconds * 1000)} while a page showed it${how}`);
  }
}

/** The nodes, and who sees them. */
export class NodesPanel {
  search = '';
  /** The path of the node whose viewers are shown; empty for none. */
  node = '';
  readonly #table: KeyedTable<NodeRow>;
  readonly #note: HTMLElement;

  constructor(panel: HTMLElement, hasMultiplayer: boolean, onChange: () => void) {
    this.#note = addSearch(panel, 'Search path, scene or method', (text) => {
      this.search = text;
      onChange();
    });
    this.#table = new KeyedTable<NodeRow>({
      name: 'nodes',
      keyOf: ({ path }) => path,
      empty: hasMultiplayer ? 'No node is declared or replicated.' : 'Only a SceneMultiplayer knows nodes.',
      columns: [
        { title: 'Node', width: 25, cell: ({ path }) => path },
        { title: 'Scene', width: 20, cell: ({ scene }) => (scene === '' ? '–' : scene) },
        {
          title: 'Authority',
          width: 13,
          isNumber: true,
          cell: ({ authority }) => (authority === 1 ? 'server' : String(authority)),
        },
        {
          title: 'Seen by',
          width: 9,
          isNumber: true,
          hint: 'Peers that have the node',
          cell: ({ viewers }) => (viewers < 0 ? '–' : String(viewers)),
        },
        { title: 'Synchronizers', width: 17, hint: 'How many peers see each', cell: synchronizersOf },
        { title: 'Methods', width: 16, cell: ({ methods }) => (methods.length === 0 ? '–' : methods.join(', ')) },
      ],
      onChoose: ({ path }) => {
        this.node = this.node === path ? '' : path;
        this.#table.choose(this.node);
        onChange();
      },
    });
    panel.append(this.#table.element);
  }

  /** As `TrafficPanel.show`. */
  show(nodes: NodesState | null, empty?: string): void {
    this.#table.set(nodes?.rows ?? [], empty);
    if (nodes === null) {
      setText(this.#note, '');
      return;
    }
    const { rows, count: all, viewers } = nodes;
    const shown = rows.length < all ? `the first ${rows.length} of ${all}` : `${all}`;
    const seen = viewers === null ? '' : ` · ${this.node}: ${viewers.length === 0 ? 'no peer' : viewers.join(', ')}`;
    setText(this.#note, `${shown}${seen}`);
  }
}

/** What was refused, and what failed. */
export class LogPanel {
  readonly #body: HTMLElement;
  readonly #empty: HTMLElement;
  readonly #lines = new Map<number, HTMLElement>();
  #problems = 0;

  constructor(panel: HTMLElement) {
    const tools = panel.appendChild(make('div', 'tools'));
    const label = tools.appendChild(make('label'));
    const only = make('input');
    only.type = 'checkbox';
    label.append(only, ' Only warnings and errors');
    const scroll = panel.appendChild(make('div', 'scroll'));
    scroll.tabIndex = 0;
    const table = scroll.appendChild(make('table', 'log'));
    const head = table.createTHead().insertRow();
    for (const [title, width] of [
      ['Time', '84px'],
      ['Level', '58px'],
      ['Times', '64px'],
      ['Event', 'auto'],
    ] as const) {
      const cell = make('th');
      cell.scope = 'col';
      cell.style.width = width;
      cell.append(make('span', '', title));
      head.append(cell);
    }
    this.#body = table.createTBody();
    this.#empty = scroll.appendChild(make('div', 'empty', 'Nothing has happened yet.'));
    only.addEventListener('change', () => {
      for (const line of this.#lines.values()) line.hidden = only.checked && !isProblem(line.dataset['level']);
    });
    this.#isOnlyProblems = () => only.checked;
  }

  readonly #isOnlyProblems: () => boolean;

  /** Warnings and errors so far. */
  get problems(): number {
    return this.#problems;
  }

  restart(entries: readonly LogEntry[]): void {
    this.#body.replaceChildren();
    this.#lines.clear();
    this.#problems = 0;
    this.add(entries);
  }

  /** The newest is at the top. */
  add(entries: readonly LogEntry[]): void {
    for (const entry of entries) {
      const { id, time, level, text, count: times } = entry;
      this.#lines.get(id)?.remove();
      this.#lines.delete(id);
      const line = make('tr');
      line.dataset['level'] = level;
      line.append(make('td', 'time', clock(time)), make('td', 'level', level));
      line.append(make('td', 'number', times === 1 ? '' : `× ${times}`), make('td', '', text));
      line.hidden = this.#isOnlyProblems() && !isProblem(level);
      this.#body.prepend(line);
      this.#lines.set(id, line);
      if (isProblem(level)) this.#problems++;
    }
    for (const [id, line] of this.#lines) {
      if (this.#lines.size <= MOST_ENTRIES) break;
      line.remove();
      this.#lines.delete(id);
    }
    this.#empty.hidden = this.#lines.size > 0;
  }
}

function synchronizersOf({ synchronizers, path }: NodeRow): string {
  if (synchronizers.length === 0) return '–';
  return synchronizers
    .map(({ path: own, viewers, authority }) => {
      const name = own.startsWith(`${path}/`) ? own.slice(path.length + 1) : own;
      return `${name}: ${viewers < 0 ? `from ${authority}` : viewers}`;
    })
    .join(', ');
}

function isProblem(level: string | undefined): boolean {
  return level === 'warn' || level === 'error';
}
