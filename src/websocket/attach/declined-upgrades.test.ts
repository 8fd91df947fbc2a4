import { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { TLSSocket } from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import { DeclinedUpgrades } from './declined-upgrades.ts';

const RAW = ['Host', 'a', 'uPGRADE', 'foo', 'Connection', 'Upgrade', 'X-Name', 'caf\xe9'];
const HEADERS = { host: 'a', upgrade: 'foo', connection: 'Upgrade', 'x-name': 'caf\xe9' };

function make() {
  const server = new EventEmitter();
  const given: [string, Socket][] = [];
  for (const event of ['connection', 'secureConnection']) {
    server.on(event, (socket: Socket) => given.push([event, socket]));
  }
  return { declined: new DeclinedUpgrades(server), given };
}

/** A request on `socket`; no other members are used. */
function request(socket: unknown, changes: object = {}): IncomingMessage {
  const all = { method: 'GET', url: '/a', httpVersion: '1.1', rawHeaders: RAW, headers: HEADERS, socket };
  return { ...all, ...changes } as unknown as IncomingMessage;
}

function newSocket(): Socket {
  const socket = new Socket();
  onTestFinished(() => void socket.destroy());
  return socket;
}

test('the connection is given to the server again, with its request in front, which asks for no upgrade', () => {
  const { declined, given } = make();
  const socket = newSocket();
  declined.giveBack(request(socket), socket, Buffer.from('body'));
  expect(given).toEqual([['connection', socket]]);
  expect(socket.read()?.toString('latin1')).toBe(
    'GET /a HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nX-Name: caf\xe9\r\n\r\nbody',
  );
});

test('a TLS connection is given back as one', () => {
  const { declined, given } = make();
  const socket = new TLSSocket(newSocket());
  declined.giveBack(request(socket), socket, Buffer.alloc(0));
  expect(given).toEqual([['secureConnection', socket]]);
});

test('what is no socket cannot be given back, and is destroyed', () => {
  const { declined, given } = make();
  const stream = new PassThrough();
  declined.giveBack(request(stream), stream, Buffer.alloc(0));
  expect([stream.destroyed, given]).toEqual([true, []]);
});

test.each(['request', 'checkContinue', 'checkExpectation'])(
  '%s has the headers that the client sent, once',
  (event) => {
    const { declined } = make();
    const socket = newSocket();
    declined.giveBack(request(socket), socket, Buffer.alloc(0));
    const again = request(socket, { rawHeaders: [], headers: {} });
    declined.restore('connection', again);
    expect(again.rawHeaders).toEqual([]);
    declined.restore(event, again);
    expect([again.rawHeaders, again.headers]).toEqual([RAW, HEADERS]);
    const next = request(socket, { rawHeaders: [], headers: {} });
    declined.restore(event, next);
    expect(next.rawHeaders).toEqual([]);
  },
);

test('requests on other connections, and events without one, are left alone', () => {
  const { declined } = make();
  const socket = newSocket();
  declined.giveBack(request(socket), socket, Buffer.alloc(0));
  const other = request(newSocket(), { rawHeaders: [] });
  declined.restore('request', other);
  declined.restore('request', undefined);
  expect(other.rawHeaders).toEqual([]);
});
