import { once } from 'node:events';
import { createServer, IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { watchUpgrades } from './upgrade-notice.ts';

async function ask(server: Server, lines: readonly string[]): Promise<void> {
  const { port } = server.address() as AddressInfo; // it listens on a port
  const socket = connect(port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  await once(socket, 'data');
}

async function listen(server: Server): Promise<void> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
}

const UPGRADE = ['Host: a', 'Connection: Upgrade', 'Upgrade: foo'];

test('the rule is called for upgrades only, with the whole head', async () => {
  const server = createServer((_request, response) => response.end('page'));
  await listen(server);
  const asked: unknown[] = [];
  const unwatch = watchUpgrades(server, ({ method, url, headers }) => {
    asked.push([method, url, headers.upgrade]);
    return false;
  });
  expect(unwatch).not.toBeNull();
  await ask(server, ['GET /plain HTTP/1.1', 'Host: a']);
  await ask(server, ['PUT /upgrade HTTP/1.1', ...UPGRADE]);
  unwatch?.();
  await ask(server, ['GET /late HTTP/1.1', ...UPGRADE]);
  expect(asked).toEqual([['PUT', '/upgrade', 'foo']]);
});

test('a request is of the class that the server was made with, and has the property that Node gives it', async () => {
  class Mine extends IncomingMessage {
    readonly isMine = true;
  }
  const seen: unknown[] = [];
  const server = createServer({ IncomingMessage: Mine }, (request, response) => {
    const own = Object.getOwnPropertyDescriptor(request, 'upgrade');
    seen.push([request instanceof Mine, request.isMine, request.constructor.name, own]);
    response.end('page');
  });
  await listen(server);
  const unwatch = watchUpgrades(server, () => false);
  await ask(server, ['GET / HTTP/1.1', 'Host: a']);
  await ask(server, ['GET / HTTP/1.1', ...UPGRADE]);
  unwatch?.();
  await ask(server, ['GET / HTTP/1.1', ...UPGRADE]);
  const own = { configurable: true, enumerable: true, writable: true, value: false };
  expect(seen).toEqual([
    [true, true, 'Mine', own],
    [true, true, 'Mine', own],
    [true, true, 'Mine', own],
  ]);
});

test('the program’s own shouldUpgradeCallback still decides on requests that are not ours', () => {
  const server = createServer();
  const theirs = function (this: unknown, { url }: IncomingMessage): boolean {
    return this === server && url === '/theirs';
  };
  const held = Object.assign(server, { shouldUpgradeCallback: theirs });
  const unwatch = watchUpgrades(server, ({ url }) => url === '/ours');
  const request = (url: string): IncomingMessage => Object.assign(Object.create(IncomingMessage.prototype), { url });
  const paths = ['/ours', '/theirs', '/nobody'];
  expect(paths.map((url) => held.shouldUpgradeCallback(request(url)))).toEqual([true, true, false]);
  unwatch?.();
  expect(held.shouldUpgradeCallback).toBe(theirs);
});

test('a server that offers neither way is recognized', () => {
  const server = createServer();
  for (const key of Object.getOwnPropertySymbols(server)) Reflect.deleteProperty(server, key);
  Reflect.deleteProperty(server, 'shouldUpgradeCallback');
  expect(watchUpgrades(server, () => true)).toBeNull();
});
