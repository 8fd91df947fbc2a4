import type { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import { afterResponses } from './held-upgrade.ts';
import type { UpgradeServer } from './http-attachment.ts';

interface Sent {
  readonly rawHeaders: string[];
  readonly headers: IncomingMessage['headers'];
}

/**
 * Upgrades that no listener took, at an HTTP server where Node upgrades every request (see `watchUpgrades`): Node has detached their
 * connections from its parser. After the responses ahead, each connection is given to the server again, by the documented
 * `server.emit('connection', socket)`, with its request in front. That request does not look like an upgrade any more; the application
 * sees the headers that the client sent. The body, pipelined requests and the server's time limits work as without this package. Two
 * things differ: listeners for 'connection' are called twice, and the application sees the request only after the responses ahead.
 */
export class DeclinedUpgrades {
  readonly #server: UpgradeServer;
  /** By the connection, until the server emits the request again. */
  readonly #sent = new WeakMap<Duplex, Sent>();

  constructor(server: UpgradeServer) {
    this.#server = server;
  }

  giveBack(request: IncomingMessage, socket: Duplex, head: Uint8Array): void {
    if (!(socket instanceof Socket)) {
      socket.destroy();
      return;
    }
    const { method, url, httpVersion, rawHeaders, headers } = request;
    const lines = [`${method} ${url} HTTP/${httpVersion}`];
    for (let at = 0; at < rawHeaders.length; at += 2) {
      if (rawHeaders[at]?.toLowerCase() !== 'upgrade') lines.push(`${rawHeaders[at]}: ${rawHeaders[at + 1]}`);
    }
    afterResponses(socket, head, (bytes) => {
      this.#sent.set(socket, { rawHeaders, headers });
      // Node reads the head's bytes as Latin-1, one character each.
      socket.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), bytes]));
      this.#server.emit(socket instanceof TLSSocket ? 'secureConnection' : 'connection', socket);
    });
  }

  /** To be called before an event of the server that passes `request` to the application. */
  restore(event: string | symbol, request: unknown): void {
    if (event !== 'request' && event !== 'checkContinue' && event !== 'checkExpectation') return;
    // Node passes a request with these events; a program that emits one itself may pass anything.
    const message = request as IncomingMessage | undefined;
    const sent = message === undefined ? undefined : this.#sent.get(message.socket);
    if (sent !== undefined && message !== undefined) {
      this.#sent.delete(message.socket);
      Object.assign(message, sent);
    }
  }
}
