import { type ConnectOpts, Socket, type SocketConstructorOpts } from 'node:net';
import { receiveBuffer } from './receive-memory.ts';

/**
 * One receive buffer for all sockets: the kernel's bytes go into it, and are handed on before the next ones can come, where
 * Node by itself makes a new buffer for every read.
 *
 * Node has that as the public option `onread`, but only for sockets that are made by hand, not for a server's. This does
 * to a socket what the option does when one is made: three fields with symbols of Node's own for names, and a call of the
 * handle. The names are found by making a socket with the option and looking at it; where they, or the call, are missing
 * (another runtime, a later Node), sockets emit 'data' as ever. Tried on Node 20, 24 and 26.
 */

/** What a socket calls with the bytes, which are lent for the call; false stops the reading. */
export type ReadCallback<S extends Socket> = (this: S, size: number, buffer: Uint8Array) => boolean;

/** The symbols by which Node keeps the option's parts. */
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
 * Lets `socket` read into the shared buffer and call `callback` with it from now on, instead of emitting 'data'. False, and
 * nothing has changed, where that is not possible.
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

/** For tests and measurements: false goes the public way. */
export function enableSharedReading(enabled: boolean): void {
  isEnabled = enabled;
}

/** Null where a socket does not have the fields that we know. */
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

function isHandle(handle: unknown): handle is Handle {
  return (
    typeof handle === 'object' &&
    handle !== null &&
    typeof Reflect.get(handle, 'reading') === 'boolean' &&
    METHODS.every((name) => typeof Reflect.get(handle, name) === 'function')
  );
}
