import { COMPRESSED_PATH, type Control, isCloseCode, PLAIN_PATH, type Settings } from '../controls.js';
import { element, setText } from './element.js';
import { formatBytes } from './format.js';

const STALL = 2000;

/** How a slider's number reads. */
const FORMATS = {
  bots: (value: number) => String(value),
  tickRate: (value: number) => `${value} Hz`,
  padding: formatBytes,
  latency: (value: number) => `${value} ms`,
  jitter: (value: number) => `${value} ms`,
} as const;
type SliderName = keyof typeof FORMATS;
/** How a screen reader says it. */
const SPOKEN: Readonly<Record<SliderName, (value: number) => string>> = {
  bots: (value) => `${value} bots`,
  tickRate: (value) => `${value} ticks per second`,
  padding: (value) => `${value} bytes`,
  latency: (value) => `${value} milliseconds`,
  jitter: (value) => `${value} milliseconds`,
};
const SHARED = ['bots', 'tickRate', 'padding'] as const;

export interface PanelActions {
  /** Sends a request to the server. */
  readonly ask: (control: Control) => void;
  readonly close: (code: number, reason: string) => void;
  readonly reconnect: () => void;
}

/** The controls under the field. */
export class Panel {
  readonly #ask: (control: Control) => void;
  readonly #sliders = new Map<SliderName, HTMLInputElement>();
  /** Controls that need a connection. */
  readonly #online = document.querySelectorAll<HTMLFieldSetElement>('#controls fieldset[data-online]');
  readonly #compression = element('compression', HTMLInputElement);
  readonly #code = element('code', HTMLInputElement);
  readonly #reason = element('reason', HTMLInputElement);

  constructor({ ask, close, reconnect }: PanelActions) {
    this.#ask = ask;
    for (const name of SHARED) this.#slider(name, (value) => ask({ type: 'settings', settings: { [name]: value } }));
    for (const name of ['latency', 'jitter'] as const) this.#slider(name, () => this.askForCable());
    onClick('stall', () => ask({ type: 'stall', milliseconds: STALL }));
    onClick('cut', () => ask({ type: 'cut' }));
    onClick('close-there', () => {
      if (this.#isCodeGood(true)) ask({ type: 'close', code: this.#code.valueAsNumber, reason: this.#reason.value });
    });
    onClick('close-here', () => {
      if (this.#isCodeGood(false)) close(this.#code.valueAsNumber, this.#reason.value);
    });
    onClick('reconnect', reconnect);
    this.#compression.addEventListener('change', reconnect);
    element('controls', HTMLFormElement).addEventListener('submit', (event) => event.preventDefault());
  }

  /** What the page connects to. */
  get path(): string {
    return this.#compression.checked ? COMPRESSED_PATH : PLAIN_PATH;
  }

  /** Whether there is a connection. Without one, controls that need it are disabled. */
  set isOnline(isOnline: boolean) {
    for (const fieldset of this.#online) fieldset.disabled = !isOnline;
  }

  /** Applies the sliders to a new connection, which starts without latency. */
  askForCable(): void {
    this.#ask({ type: 'cable', latency: this.#value('latency'), jitter: this.#value('jitter') });
  }

  /** Shows the shared controls after a change. A slider that is being moved is not changed. */
  show(settings: Settings): void {
    for (const name of SHARED) {
      const slider = this.#sliders.get(name);
      if (slider === undefined || slider.matches(':active')) continue;
      slider.value = String(settings[name]);
      this.#showValue(name, settings[name]);
    }
  }

  #slider(name: SliderName, onChange: (value: number) => void): void {
    const slider = element(name, HTMLInputElement);
    this.#sliders.set(name, slider);
    slider.addEventListener('input', () => {
      this.#showValue(name, slider.valueAsNumber);
      onChange(slider.valueAsNumber);
    });
    this.#showValue(name, slider.valueAsNumber);
  }

  #value(name: SliderName): number {
    return this.#sliders.get(name)?.valueAsNumber ?? 0;
  }

  #showValue(name: SliderName, value: number): void {
    const text = FORMATS[name](value);
    const output = document.querySelector(`output[for="${name}"]`);
    if (output !== null) setText(output, text);
    this.#sliders.get(name)?.setAttribute('aria-valuetext', SPOKEN[name](value));
  }

  /** Shows when a code cannot be sent; a page may send fewer codes than a server. */
  #isCodeGood(isServers: boolean): boolean {
    const code = this.#code.valueAsNumber;
    const isGood = isCloseCode(code) && (isServers || code === 1000 || code >= 3000);
    const codes = isServers ? '1000 to 1003, 1007 to 1014, or 3000 to 4999' : '1000, or 3000 to 4999';
    this.#code.setCustomValidity(isGood ? '' : `${isServers ? 'A server' : 'A page'} can send ${codes}.`);
    return this.#code.reportValidity();
  }
}

function onClick(id: string, action: () => void): void {
  element(id, HTMLButtonElement).addEventListener('click', action);
}
