import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { State, WebSocketPeer } from '../../src/index.ts';
import { until } from '../support/until.ts';

/** A server that answers at once, also while this thread is blocked. */
const SERVER = `
  const { parentPort } = require('node:worker_threads');
  const { WebSocketServer } = require('ws');
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' }, () => parentPort.postMessage(server.address().port));
`;

function block(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

async function withServer(use: (port: number) => Promise<void>): Promise<void> {
  const worker = new Worker(SERVER, { eval: true });
  try {
    await use(await new Promise<number>((resolve) => worker.once('message', resolve)));
  } finally {
    await worker.terminate();
  }
}

const TIMES = { heartbeatInterval: 0.3, pongTimeLimit: 0.3, closeTimeLimit: 0.3 };

test('a Pong that has arrived while our loop was blocked counts', () =>
  withServer(async (port) => {
    const peer = new WebSocketPeer(TIMES);
    peer.connectToUrl(`ws://127.0.0.1:${port}/`);
    await until(() => {
      peer.poll();
      return peer.getStatistics().pongsReceived > 0;
    });
    const { pingsSent } = peer.getStatistics();
    await until(() => {
      peer.poll();
      return peer.getStatistics().pingsSent > pingsSent;
    });
    block(1000);
    peer.poll();
    await until(() => {
      peer.poll();
      return peer.getStatistics().pongsReceived > pingsSent || peer.getReadyState() === State.STATE_CLOSED;
    });
    expect([peer.getReadyState(), peer.getLastFailure()]).toEqual([State.STATE_OPEN, null]);
    // And the answer to the client's Close.
    peer.close(1000);
    peer.poll();
    block(1000);
    peer.poll();
    await until(() => {
      peer.poll();
      return peer.getReadyState() === State.STATE_CLOSED;
    });
    expect([peer.getCloseCode(), peer.getLastFailure()]).toEqual([1000, null]);
  }));

test('connecting and the handshake succeed, too', () =>
  withServer(async (port) => {
    const peer = new WebSocketPeer({ connectTimeLimit: 0.3, handshakeTimeLimit: 0.3 });
    peer.connectToUrl(`ws://127.0.0.1:${port}/`);
    block(1000);
    peer.poll();
    let hasBlocked = false;
    await until(() => {
      peer.poll();
      if (!hasBlocked && peer.getConnectedHost() !== '') {
        hasBlocked = true;
        block(1000);
        peer.poll();
      }
      return peer.getReadyState() !== State.STATE_CONNECTING;
    });
    expect([peer.getReadyState(), peer.getLastFailure()]).toEqual([State.STATE_OPEN, null]);
    peer.close(-1);
  }));
