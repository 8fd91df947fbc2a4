/** Makes an element with a class and text. Text from elsewhere can only become text, never markup. */
export function make<K extends keyof HTMLElementTagNameMap>(
  name: K,
  className: string = '',
  text: string = '',
): HTMLElementTagNameMap[K] {
  const element = document.createElement(name);
  if (className !== '') element.className = className;
  if (text !== '') element.textContent = plain(text);
  return element;
}

/** Sets a text, if it is another one. */
export function setText(element: Element, text: string): void {
  const shown = plain(text);
  if (element.textContent !== shown) element.textContent = shown;
}

/** Sets what is shown while the pointer is over an element. */
export function setHint(element: HTMLElement, text: string): void {
  const shown = plain(text);
  if (element.title !== shown) element.title = shown;
}

/** Adds the tools above a panel's table: a field in which to search, and the element for a remark that is returned. */
export function addSearch(panel: HTMLElement, hint: string, onSearch: (text: string) => void): HTMLElement {
  const tools = panel.appendChild(make('div', 'tools'));
  const search = make('input');
  search.type = 'search';
  search.placeholder = hint;
  search.setAttribute('aria-label', hint);
  search.addEventListener('input', () => onSearch(search.value));
  const remark = make('span');
  tools.append(search, remark);
  return remark;
}

/** The element of the page with an id. */
export function byId(id: string): HTMLElement {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`the page has no #${id}`);
  return element;
}

/** A labelled list of facts, whose texts can be changed. */
export class Facts {
  readonly #list: HTMLElement;
  readonly #values = new Map<string, HTMLElement>();

  constructor(list: HTMLElement, names: readonly string[]) {
    this.#list = list;
    for (const name of names) {
      const value = make('dd');
      const term = make('dt', '', name);
      if (list.classList.contains('properties')) list.append(term, value);
      else {
        const group = make('div');
        group.append(term, value);
        list.append(group);
      }
      this.#values.set(name, value);
    }
  }

  set(name: string, text: string, isBad: boolean = false): void {
    const value = this.#values.get(name);
    if (value === undefined) throw new Error(`${this.#list.id} has no ${name}`);
    setText(value, text);
    value.classList.toggle('bad', isBad);
  }
}

/**
 * Without control characters, those that change the direction of text, and those that are not seen, except the joiners that emoji and some
 * scripts need.
 */
function plain(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]|(?![\u200c\u200d])\p{Cf}/gu, (character) => {
    const code = (character.codePointAt(0) ?? 0).toString(16);
    return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, '0')}`;
  });
}
