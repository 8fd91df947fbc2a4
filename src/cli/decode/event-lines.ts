import type { PacketDecoderOptions } from '../../multiplayer/index.ts';
import { escapedForJson } from '../terminal/json-escape.ts';
import { printable } from '../terminal/printable.ts';
import type { Paint } from '../terminal/style.ts';
import type { CaptureEvent, MessageEvent } from './capture-event.ts';
import { MessageView, type Shown, type View } from './message-view.ts';

const fromUtf8 = new TextDecoder();

/** Connections whose packets of Godot are remembered: paths, and spawned nodes. The one that was quiet for longest is forgotten. */
const MOST_VIEWS = 4096;

/** Writes events as lines: for people, or as JSON. */
export class EventLines {
  readonly #view: View;
  readonly #names: PacketDecoderOptions;
  readonly #paint: Paint;
  readonly #views = new Map<number, MessageView>();
  /** The connections of which one end has ended. */
  readonly #half = new Set<number>();
  #start: number | null = null;

  constructor(view: View, names: PacketDecoderOptions, paint: Paint) {
    this.#view = view;
    this.#names = names;
    this.#paint = paint;
  }

  /** A line for people: the time since the first event, the connection, the direction, the content. */
  text(event: CaptureEvent): string {
    this.#start ??= event.time;
    const time = this.#paint(
      'dim',
      Math.max(0, event.time - this.#start)
        .toFixed(6)
        .padStart(10),
    );
    return `${time} ${event.connection === 0 ? '  ' : `#${event.connection}`} ${this.#contentOf(event)}`;
  }

  /** An object in one line: everything of the event, in full. */
  json(event: CaptureEvent): string {
    if (event.kind !== 'message') {
      if (event.kind === 'end' || event.kind === 'reset') this.#forget(event.kind, event.connection);
      const isDirected = 'isFromClient' in event;
      const { isFromClient, ...rest } = isDirected ? event : { ...event, isFromClient: undefined };
      return stringify(isDirected ? { ...rest, from: isFromClient ? 'client' : 'server' } : rest);
    }
    const { time, connection, kind, isFromClient, isText, data } = event;
    const { view, packet, text } = this.#show(event);
    const content = packet !== null ? { packet } : isText ? { text: fromUtf8.decode(data) } : { data };
    return stringify({
      time,
      connection,
      kind,
      from: isFromClient ? 'client' : 'server',
      opcode: isText ? 'text' : 'binary',
      size: data.length,
      view,
      ...content,
      ...(view === 'variant' ? { value: text } : {}),
    });
  }

  #contentOf(event: CaptureEvent): string {
    switch (event.kind) {
      case 'open': {
        const { client, server, target, protocol, extensions } = event;
        const agreed = [protocol, extensions].filter((text) => text !== null).map((text) => `, ${text}`);
        return this.#paint('bold', printable(`open ${client} > ${server} ${target}${agreed.join('')}`, 1000));
      }
      case 'message': {
        const { text } = this.#show(event);
        return `${arrow(event)} ${event.isText ? 'text  ' : 'binary'} ${String(event.data.length).padStart(5)} ${text}`;
      }
      case 'ping':
      case 'pong':
        return `${arrow(event)} ${event.kind.padEnd(6)} ${String(event.data.length).padStart(5)} ${Buffer.from(event.data).toString('hex')}`;
      case 'close':
        return `${arrow(event)} close  ${event.code} ${printable(event.reason)}`.trimEnd();
      case 'end':
      case 'reset':
        this.#forget(event.kind, event.connection);
        return this.#paint('dim', `${arrow(event)} ${event.kind}`);
      case 'notice':
        return this.#paint('yellow', `! ${printable(event.text)}`);
    }
  }

  /** A capture may have any number of connections. */
  #forget(kind: 'end' | 'reset', connection: number): void {
    if (kind === 'end' && !this.#half.has(connection)) {
      this.#half.add(connection);
      return;
    }
    this.#half.delete(connection);
    this.#views.delete(connection);
  }

  #show(event: MessageEvent): Shown {
    const known = this.#views.get(event.connection);
    const view = known ?? new MessageView(this.#view, this.#names);
    this.#views.delete(event.connection);
    this.#views.set(event.connection, view);
    if (this.#views.size > MOST_VIEWS) {
      const [oldest = 0] = this.#views.keys();
      this.#views.delete(oldest);
      this.#half.delete(oldest);
    }
    return view.show(event);
  }
}

/** The client is on the left. */
function arrow({ isFromClient }: { readonly isFromClient: boolean }): string {
  return isFromClient ? '>' : '<';
}

/** With bytes as hexadecimal digits, and integers that JSON cannot have as text. */
function stringify(value: object): string {
  const text = JSON.stringify(value, (_, part: unknown) => {
    if (typeof part === 'bigint') return Number.isSafeInteger(Number(part)) ? Number(part) : String(part);
    if (part instanceof Uint8Array) return Buffer.from(part).toString('hex');
    // Of the views only DataView is not iterable, and none is decoded.
    return ArrayBuffer.isView(part) ? Array.from(part as Int32Array) : part;
  });
  return escapedForJson(text);
}
