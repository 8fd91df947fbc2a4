import { byId, make, setText } from './element.ts';

export type TabName = 'cluster' | 'rooms' | 'peers' | 'traffic' | 'nodes' | 'log';

const TITLES: Readonly<Record<TabName, string>> = {
  cluster: 'Cluster',
  rooms: 'Rooms',
  peers: 'Peers',
  traffic: 'Traffic',
  nodes: 'Nodes',
  log: 'Log',
};

/** The tabs over the tables. The arrow keys move between them. */
export class Tabs {
  readonly #tabs = new Map<TabName, HTMLButtonElement>();
  readonly #counts = new Map<TabName, HTMLElement>();
  readonly #onChange: () => void;
  #chosen: TabName = 'peers';

  constructor(list: HTMLElement, onChange: () => void) {
    this.#onChange = onChange;
    for (const name of Object.keys(TITLES) as TabName[]) {
      const tab = make('button', '', TITLES[name]);
      tab.type = 'button';
      tab.id = `tab-${name}`;
      tab.role = 'tab';
      tab.setAttribute('aria-controls', `panel-${name}`);
      tab.addEventListener('click', () => this.choose(name));
      this.#counts.set(name, tab.appendChild(make('small')));
      this.#tabs.set(name, tab);
      list.append(tab);
    }
    list.addEventListener('keydown', (event) => this.#onKey(event));
    this.hide('cluster');
    this.hide('rooms');
    this.choose('peers');
  }

  hide(name: TabName): void {
    this.#tabs.get(name)!.hidden = true;
  }

  show(name: TabName): void {
    this.#tabs.get(name)!.hidden = false;
  }

  get chosen(): TabName {
    return this.#chosen;
  }

  choose(chosen: TabName): void {
    this.#chosen = chosen;
    for (const [name, tab] of this.#tabs) {
      tab.setAttribute('aria-selected', String(name === chosen));
      tab.tabIndex = name === chosen ? 0 : -1;
      byId(`panel-${name}`).hidden = name !== chosen;
    }
    this.#onChange();
  }

  count(name: TabName, text: string): void {
    const element = this.#counts.get(name);
    if (element !== undefined) setText(element, text);
  }

  #onKey(event: KeyboardEvent): void {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (step === 0) return;
    const names = [...this.#tabs].filter(([, tab]) => !tab.hidden).map(([name]) => name);
    const next = names[(names.indexOf(this.#chosen) + step + names.length) % names.length]!;
    this.choose(next);
    this.#tabs.get(next)?.focus();
    event.preventDefault();
  }
}
