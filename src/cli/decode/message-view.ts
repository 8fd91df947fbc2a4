import { isFailure } from '../../failure.ts';
import { type DecodedPacket, PacketDecoder, type PacketDecoderOptions } from '../../multiplayer/index.ts';
import { decodeVariant, variantText } from '../../variant/index.ts';
import { printable } from '../terminal/printable.ts';
import type { MessageEvent } from './capture-event.ts';

export const VIEWS = ['auto', 'text', 'hex', 'json', 'variant', 'godot'] as const;
export type View = (typeof VIEWS)[number];

/** Characters of a message that are shown. */
const LONGEST = 1000;
const fromUtf8 = new TextDecoder();

/** A message in the view that was chosen for it. */
export interface Shown {
  readonly view: Exclude<View, 'auto'>;
  readonly text: string;
  /** With the view `godot`. */
  readonly packet: DecodedPacket | null;
}

/** Shows the messages of one connection. */
export class MessageView {
  readonly #view: View;
  readonly #packets: PacketDecoder;
  /** Whether the server has begun with an id, as that of a Godot game. */
  #isGodot: boolean | null = null;

  constructor(view: View, names: PacketDecoderOptions) {
    this.#view = view;
    this.#packets = new PacketDecoder({ ...names, role: 'client' });
  }

  show({ data, isText, isFromClient }: MessageEvent): Shown {
    // The engine does not look at the type of a message, but sends all packets as binary ones. Where none is shown, none is decoded.
    const mayBePacket = this.#view === 'godot' || (this.#view === 'auto' && this.#isGodot !== false);
    const packet = isText || !mayBePacket ? null : this.#packets.decode(data, isFromClient ? 'sent' : 'received');
    if (packet !== null && !isFromClient) this.#isGodot ??= packet.kind === 'id-assignment';
    const view = this.#view === 'auto' ? this.#choose(data, isText) : this.#view;
    if (view === 'godot' && packet !== null) return { view, text: packet.text, packet };
    const shown = view === 'godot' ? 'text' : view;
    return { view: shown, text: textOf(shown, data), packet: null };
  }

  #choose(data: Uint8Array, isText: boolean): Exclude<View, 'auto'> {
    if (isText) return 'text';
    if (this.#isGodot === true) return 'godot';
    const variant = decodeVariant(data);
    return !isFailure(variant) && variant.size === data.length ? 'variant' : 'hex';
  }
}

function textOf(view: 'text' | 'hex' | 'json' | 'variant', data: Uint8Array): string {
  switch (view) {
    case 'text':
      return printable(fromUtf8.decode(data.subarray(0, 4 * LONGEST)), LONGEST);
    case 'json':
      return jsonText(data);
    case 'variant': {
      const decoded = decodeVariant(data, { allowObjects: true });
      return isFailure(decoded)
        ? `no Variant: ${printable(decoded.message, LONGEST)}`
        : variantText(decoded.value, LONGEST);
    }
    case 'hex':
      return hexText(data);
  }
}

function jsonText(data: Uint8Array): string {
  try {
    const value: unknown = JSON.parse(fromUtf8.decode(data));
    return printable(JSON.stringify(value), LONGEST);
  } catch (error) {
    return `no JSON: ${printable(error instanceof Error ? error.message : String(error), LONGEST)}`;
  }
}

function hexText(data: Uint8Array): string {
  const shown = Buffer.from(data.subarray(0, LONGEST / 2)).toString('hex');
  return data.length > LONGEST / 2 ? `${shown}…` : shown;
}
