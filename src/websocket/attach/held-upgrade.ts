import type { Duplex } from 'node:stream';
import { responseAhead } from './responses-ahead.ts';

/** While an upgrade waits, its connection is read up to this many bytes. */
const EARLY_LIMIT = 65_536;

/**
 * Calls `then` when the responses ahead of an upgrade on its connection are sent, at once if there are none, with `head` and the bytes
 * received meanwhile. Does not call it when the connection ends first. With the upgrade Node removes its own listeners from the
 * connection, so until then this resumes those responses when the connection drains.
 */
export function afterResponses(socket: Duplex, head: Uint8Array, then: (head: Uint8Array) => void): void {
  if (responseAhead(socket) === null) {
    then(head);
    return;
  }
  const early: Uint8Array[] = [head];
  let size = head.length;
  const onData = (chunk: Uint8Array): void => {
    early.push(chunk);
    size += chunk.length;
    if (size >= EARLY_LIMIT) socket.pause();
  };
  const onDrain = (): void => {
    const answer = responseAhead(socket);
    if (answer?.writableNeedDrain === true) answer.emit('drain');
  };
  const onError = (): void => void socket.destroy();
  const goOn = (): void => {
    const ahead = responseAhead(socket);
    if (ahead !== null) {
      ahead.once('close', goOn);
      return;
    }
    socket.off('data', onData).off('drain', onDrain);
    // The client has disconnected, or the last response closed the connection.
    const isOver = socket.readableEnded || !socket.writable;
    if (isOver) {
      if (socket.writable) socket.destroy();
      return;
    }
    socket.pause();
    then(Buffer.concat(early));
    socket.off('error', onError);
  };
  // Reading shows that the client has disconnected. And Node may resume the connection, whose bytes would be lost without a listener.
  socket.on('error', onError).on('drain', onDrain).on('data', onData);
  goOn();
}
