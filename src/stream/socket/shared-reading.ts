import { type ConnectOpts, Socket, type SocketConstructorOpts } from 'node:net';
import { receiveBuffer } from './simd-unmask.ts';

/**
 * One receive buffer for all sockets. Its bytes are used before the next read. By default, Node allocates a buffer for
 * every read.
 *
 * Node has the public option `onread` for that, but only for sockets that a program creates, not for those of a server.
 * This code does what the option does: it sets three fields, whose names are private symbols of Node, and calls the
 * handle. It finds the symbols in a socket that has the option. Where they or the call are missing (another runtime, a
 * later Node), sockets emit 'data' as usual. Tested on Node 20, 24 and 26.
 */

/** Called with the bytes, which are valid during the call only. Returns false to stop reading. */
export type ReadCallback<S extends Socket> = (this: S, size: number, buffer: Uint8Array) => boolean;

/** Node's symbols for the parts of the option. */
interface Fields {
  readonly buffer: symbol;
  readonly callback: symbol;
  readonly generator: symbol;
}

interface Handle {
  reading: boolean;
  useUserBuffer(buffer: Uint8Array): void;
  readStart(): number;
  readStop(): number;
}

const fields = findFields();
let isEnabled = true;

/**
 * Makes `socket` read into the shared buffer and call `callback` instead of emitting 'data'. Where that is not possible,
 * returns false and changes nothing.
 */
export function readIntoSharedBuffer<S extends Socket>(socket: S, callback: ReadCallback<S>): boolean {
  if (fields === null || !isEnabled) return false;
  const handle: unknown = Reflect.get(socket, '_handle');
  if (!isHandle(handle) || Reflect.get(socket, fields.buffer) !== null) return false;
  handle.useUserBuffer(receiveBuffer);
  Reflect.set(socket, fields.generator, null);
  Reflect.set(socket, fields.callback, callback);
  Reflect.set(socket, fields.buffer, receiveBuffer);
  return true;
}

/**
 * Stops and starts such a socket's reading. Its own `resume()` does part of that a tick later, and would undo a `pause()`
 * that came in between.
 */
export function setSharedReading(socket: Socket, isReading: boolean): void {
  const handle: unknown = Reflect.get(socket, '_handle');
  if (!isHandle(handle) || handle.reading === isReading) return;
  handle.reading = isReading;
  const result = isReading ? handle.readStart() : handle.readStop();
  if (result !== 0)
    socket.destroy(new Error(`reading cannot be ${isReading ? 'started' : 'stopped'} (errno ${result})`));
}

/** For tests and measurements: with false, sockets emit 'data'. */
export function enableSharedReading(enabled: boolean): void {
  isEnabled = enabled;
}

/** Views of the first bytes of the shared buffer, because the sizes of reads repeat and a view costs about 70 ns. */
const views: (Uint8Array | undefined)[] = new Array(64).fill(undefined);

/** The first `size` bytes of the shared buffer. */
export function receivedBytes(size: number): Uint8Array {
  const known = views[size & 63];
  if (known?.length === size) return known;
  const view = receiveBuffer.subarray(0, size);
  views[size & 63] = view;
  return view;
}

/** Null where a socket does not have these fields. */
function findFields(): Fields | null {
  const buffer = new Uint8Array(1);
  const callback = (): boolean => true;
  // Node's types have the option with connect() only, its documentation with the constructor, too.
  const options: SocketConstructorOpts & ConnectOpts = { onread: { buffer, callback } };
  const probe = new Socket(options);
  const find = (name: string, value: unknown): symbol | undefined =>
    Object.getOwnPropertySymbols(probe).find(
      (symbol) => symbol.description === name && Reflect.get(probe, symbol) === value,
    );
  const found = [find('kBuffer', buffer), find('kBufferCb', callback), find('kBufferGen', null)];
  probe.destroy();
  const plain = new Socket();
  const [bufferField, callbackField, generatorField] = found;
  const isKnown =
    bufferField !== undefined &&
    callbackField !== undefined &&
    generatorField !== undefined &&
    Reflect.get(plain, bufferField) === null;
  plain.destroy();
  return isKnown ? { buffer: bufferField, callback: callbackField, generator: generatorField } : null;
}

const METHODS: readonly string[] = ['useUserBuffer', 'readStart', 'readStop'];

/** The prototypes of handles that were found to have the methods: those of TCP and of Unix sockets. */
const checked = new Set<unknown>();

function isHandle(handle: unknown): handle is Handle {
  if (typeof handle !== 'object' || handle === null) return false;
  const prototype = Object.getPrototypeOf(handle);
  if (checked.has(prototype)) return true;
  const isKnown =
    typeof Reflect.get(handle, 'reading') === 'boolean' &&
    METHODS.every((name) => typeof Reflect.get(handle, name) === 'function');
  if (isKnown) checked.add(prototype);
  return isKnown;
}
