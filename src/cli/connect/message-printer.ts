import type { Paint } from '../terminal/style.ts';
import { messageRecord } from './message-record.ts';
import { type Message, shown, type View } from './message-view.ts';
import type { Output } from './output.ts';

export interface PrinterOptions {
  readonly isJson: boolean;
  /** Characters, or bytes, of a message that are shown. */
  readonly longest: number;
  /** Whether a line says what it is, for people. */
  readonly isDecorated: boolean;
  readonly paint: Paint;
}

/** Prints messages, one a line. */
export class MessagePrinter {
  view: View;
  readonly #output: Output;
  readonly #options: PrinterOptions;

  constructor(output: Output, view: View, options: PrinterOptions) {
    this.#output = output;
    this.view = view;
    this.#options = options;
  }

  print(message: Message): void {
    const { isJson, longest, isDecorated, paint } = this.#options;
    if (isJson) {
      this.#output.line(messageRecord(message, this.view, longest, new Date()));
      return;
    }
    const { form, line } = shown(message, this.view, longest);
    if (!isDecorated) {
      this.#output.line(line);
      return;
    }
    const { length } = message.bytes;
    const kind = message.isText && form === 'text' ? '' : `${message.isText ? 'text' : 'binary'} as ${form}, `;
    // A short text needs no explanation.
    const label = kind === '' && length <= longest ? '' : paint('dim', `[${kind}${length} bytes] `);
    this.#output.line(`${paint('green', '<')} ${label}${line}`);
  }
}
