import type { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import { afterAnswers } from './held-upgrade.ts';
import type { UpgradeServer } from './http-attachment.ts';

interface Sent {
  readonly rawHeaders: string[];
  readonly headers: IncomingMessage['headers'];
}

/**
 * The upgrades that nobody wanted, at an HTTP server that cannot be told beforehand what to upgrade (`watchUpgrades`): Node has let go of
 * their connections. Once the responses ahead are sent, the connection is put into the server again, as
 * `server.emit('connection', socket)` is documented for, with the request in front, which no longer looks like an upgrade; the application is shown what the
 * client sent. So the body, what is pipelined behind it and the server's time limits are as without us; but listeners for 'connection' are
 * called twice, and the application sees the request only when it has finished those ahead.
 */
export class DeclinedUpgrades {
  readonly #server: UpgradeServer;
  /** By the connection, until the request comes out again. */
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
    afterAnswers(socket, head, (bytes) => {
      this.#sent.set(socket, { rawHeaders, headers });
      // Node reads the head's bytes as Latin-1, one character each.
      socket.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), bytes]));
      this.#server.emit(socket instanceof TLSSocket ? 'secureConnection' : 'connection', socket);
    });
  }

  /** Before an event of the server that shows `request` to the application. */
  restore(event: string | symbol, request: unknown): void {
    if (event !== 'request' && event !== 'checkContinue' && event !== 'checkExpectation') return;
    // What Node passes with these; a program that emits one itself may pass something else.
    const message = request as IncomingMessage | undefined;
    const sent = message === undefined ? undefined : this.#sent.get(message.socket);
    if (sent !== undefined && message !== undefined) {
      this.#sent.delete(message.socket);
      Object.assign(message, sent);
    }
  }
}
