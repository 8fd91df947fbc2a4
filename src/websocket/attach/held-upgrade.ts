import type { Duplex } from 'node:stream';
import { answerAhead } from './answers-ahead.ts';

/** Bytes behind an upgrade that waits, from which on its connection is not read. */
const EARLY_LIMIT = 65_536;

/**
 * Calls `then` when the responses ahead of an upgrade on its connection have been sent, at once if there are none, with `head` and what
 * came behind it meanwhile. Never calls it when the connection ends before. Until then it does for those responses what Node's listeners did, which
 * Node removes from the connection with the upgrade: it tells them to go on writing.
 */
export function afterAnswers(socket: Duplex, head: Uint8Array, then: (head: Uint8Array) => void): void {
  if (answerAhead(socket) === null) {
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
    const answer = answerAhead(socket);
    if (answer?.writableNeedDrain === true) answer.emit('drain');
  };
  const onError = (): void => void socket.destroy();
  const goOn = (): void => {
    const ahead = answerAhead(socket);
    if (ahead !== null) {
      ahead.once('close', goOn);
      return;
    }
    socket.off('data', onData).off('drain', onDrain);
    // The client has gone, or the last response closes the connection.
    const isOver = socket.readableEnded || !socket.writable;
    if (isOver) {
      if (socket.writable) socket.destroy();
      return;
    }
    socket.pause();
    then(Buffer.concat(early));
    socket.off('error', onError);
  };
  // Reading it tells that the client has gone. Node itself may set the connection flowing, and the bytes would be lost.
  socket.on('error', onError).on('drain', onDrain).on('data', onData);
  goOn();
}
