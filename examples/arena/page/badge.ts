import type { State } from 'tickpeer';
import { element, setText } from './element.js';
import type { Condition } from './view.js';

const NAMES = ['CONNECTING', 'OPEN', 'CLOSING', 'CLOSED'] as const satisfies Record<State, string>;

/** Describes the connection in a few words. */
export class Badge {
  readonly #badge = element('badge', HTMLElement);
  readonly #state = element('state', HTMLElement);
  readonly #detail = element('detail', HTMLElement);

  show({ state, isSilent, detail }: Condition): void {
    const shown = isSilent ? 'SILENT' : NAMES[state];
    if (this.#badge.dataset['state'] !== shown) this.#badge.dataset['state'] = shown;
    setText(this.#state, NAMES[state]);
    setText(this.#detail, detail);
  }
}
