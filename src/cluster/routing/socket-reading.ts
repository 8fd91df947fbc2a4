import type { Socket } from 'node:net';

interface Handle {
  reading: boolean;
  readStart(): number;
  readStop(): number;
}

/**
 * Makes the system stop or start to read a socket. `pause()` alone goes on until Node's buffer is full, and those bytes would be missing in
 * the process that gets the socket. Uses what Node's streams call, which is private. Returns false where it is missing.
 */
export function setReading(socket: Socket, isReading: boolean): boolean {
  const handle: unknown = Reflect.get(socket, '_handle');
  if (!isHandle(handle)) return false;
  if (handle.reading === isReading) return true;
  handle.reading = isReading;
  return (isReading ? handle.readStart() : handle.readStop()) === 0;
}

function isHandle(handle: unknown): handle is Handle {
  if (typeof handle !== 'object' || handle === null) return false;
  const methods = [Reflect.get(handle, 'readStart'), Reflect.get(handle, 'readStop')];
  return typeof Reflect.get(handle, 'reading') === 'boolean' && methods.every((method) => typeof method === 'function');
}
