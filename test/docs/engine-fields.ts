import type { Variant } from 'tickpeer/variant';
import { CallHeader, readCallHeader } from '../../src/multiplayer/wire/rpc-packet.ts';
import { decompress } from './engine-packet.ts';

/** A part of a packet: its name, and its value, which is a text or a Variant. */
export interface Field {
  readonly name: string;
  readonly text: string | null;
  readonly value: Variant;
  readonly bytes: Uint8Array;
}

const COMMANDS = ['REMOTE_CALL', 'SIMPLIFY_PATH', 'CONFIRM_PATH', 'RAW', 'SPAWN', 'DESPAWN', 'SYNC', 'SYS'];
const SUBCOMMANDS = ['AUTH', 'ADD_PEER', 'DEL_PEER', 'RELAY'];
const decoder = new TextDecoder('utf-8', { fatal: true });

/** Parses packets by the layouts of docs/engine/multiplayer-wire.md, without the library's code. */
export function fieldsOf(packet: Uint8Array): Field[] {
  return new FieldReader(packet).read();
}

class FieldReader {
  readonly #packet: Uint8Array;
  readonly #view: DataView;
  readonly #fields: Field[] = [];
  #at = 0;

  constructor(packet: Uint8Array) {
    this.#packet = packet;
    this.#view = new DataView(packet.buffer, packet.byteOffset, packet.length);
  }

  read(): Field[] {
    const command = this.#packet[0]! & 7;
    const isDelta = command === 6 && (this.#packet[0]! & 0x10) !== 0;
    if (command === 0) {
      this.#call();
    } else {
      this.#take('command', 1, isDelta ? 'DELTA' : COMMANDS[command]!);
      if (command === 1) this.#introduction();
      else if (command === 2) this.#confirmation();
      else if (command === 3) this.#take('bytes', this.#left);
      else if (command === 4) this.#spawn();
      else if (command === 5) this.#u32('net id');
      else if (command === 6) this.#blocks(isDelta);
      else this.#sys();
    }
    if (this.#left !== 0) throw new Error(`${this.#left} bytes are left over`);
    return this.#fields;
  }

  get #left(): number {
    return this.#packet.length - this.#at;
  }

  #take(name: string, size: number, text: string | null = null, value: Variant = null): void {
    if (size > this.#left) throw new Error(`${name}: ${size} bytes are needed and ${this.#left} are left`);
    this.#fields.push({ name, text, value, bytes: this.#packet.slice(this.#at, this.#at + size) });
    this.#at += size;
  }

  #u32(name: string): number {
    const number = this.#view.getUint32(this.#at, true);
    const isStatic = name === 'net id' && number >= 0x8000_0000;
    this.#take(name, 4, isStatic ? `path ${number - 0x8000_0000}` : `${number}`);
    return number;
  }

  #text(name: string, size: number): void {
    const bytes = this.#packet.subarray(this.#at, this.#at + size);
    if (bytes.at(-1) !== 0) throw new Error(`${name} has no zero at its end`);
    this.#take(name, size, JSON.stringify(decoder.decode(bytes.subarray(0, -1))));
  }

  #values(name: string, end: number): void {
    for (const { value, bytes } of decompress(this.#packet.slice(this.#at, end))) {
      this.#take(name, bytes.length, null, value);
    }
  }

  #call(): void {
    const header = new CallHeader();
    const failure = readCallHeader(this.#packet, header);
    if (failure !== null) throw new Error(failure.message);
    const first = this.#packet[0]!;
    const nodeSize = 1 << ((first >> 4) & 3);
    const methodSize = (first & 0x40) === 0 ? 1 : 2;
    const form = header.isRaw ? 'raw' : 'counted';
    this.#take('command', 1, `REMOTE_CALL, node ${nodeSize}, method ${methodSize}, ${form}`);
    this.#take('node', nodeSize, header.pathStart < 0 ? `${header.node}` : `path at ${header.pathStart}`);
    this.#take('method', methodSize, `${header.method}`);
    if (header.isRaw && header.argumentsEnd > this.#at) this.#take('bytes', header.argumentsEnd - this.#at);
    if (!header.isRaw) {
      this.#take('count', 1, `${this.#packet[this.#at]}`);
      this.#values('argument', header.argumentsEnd);
    }
    if (header.pathStart >= 0) this.#text('path', this.#left);
  }

  #introduction(): void {
    this.#take('checksum', 32, decoder.decode(this.#packet.subarray(this.#at, this.#at + 32)));
    this.#take('zero', 1, '0');
    this.#u32('number');
    this.#text('path', this.#left);
  }

  #confirmation(): void {
    this.#take('valid', 1, `${this.#packet[this.#at]}`);
    this.#u32('number');
  }

  #sys(): void {
    const sub = SUBCOMMANDS[this.#packet[this.#at]!]!;
    this.#take('sub-command', 1, sub);
    if (sub !== 'AUTH') this.#take('peer', 4, `${this.#view.getInt32(this.#at, true)}`);
    if (this.#left > 0) this.#take(sub === 'RELAY' ? 'packet' : 'data', this.#left);
  }

  #spawn(): void {
    const scene = this.#packet[this.#at]!;
    this.#take('scene', 1, `${scene}`);
    this.#u32('spawner');
    this.#u32('net id');
    const count = this.#u32('synchronizers');
    const nameSize = this.#u32('name size');
    for (let index = 0; index < count; index++) this.#u32('synchronizer');
    this.#text('name', nameSize);
    if (scene === 0xff) this.#values('argument', this.#u32('argument size') + this.#at);
    this.#values('state', this.#packet.length);
  }

  #blocks(isDelta: boolean): void {
    if (!isDelta) this.#take('time', 2, `${this.#view.getUint16(this.#at, true)}`);
    while (this.#left > 0) {
      this.#u32('net id');
      if (isDelta) this.#take('changed', 8, `0b${this.#view.getBigUint64(this.#at, true).toString(2)}`);
      this.#values('value', this.#u32('size') + this.#at);
    }
  }
}
