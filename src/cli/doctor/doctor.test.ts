import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { makeIdentity, serverOptions } from '../../../test/support/certificates.ts';
import { type RunningCommand, runCommand } from '../../../test/support/fake-terminal.ts';
import { startProxy } from '../../../test/support/proxy.ts';
import { startAnsweringServer, startRawServer, switching } from '../../../test/support/raw-tcp.ts';
import { until } from '../../../test/support/until.ts';
import type { TLSOptions } from '../../stream/index.ts';
import { WebSocketServer, type WebSocketServerOptions } from '../../websocket/index.ts';

/** A server of WebSockets; its port. It ends with the test. */
function startServer(options: WebSocketServerOptions = {}, tls?: TLSOptions, address: string = '127.0.0.1'): number {
  const sockets = new WebSocketServer(options);
  sockets.onWake = () => {
    sockets.poll();
    while (sockets.isPeerAvailable()) sockets.takePeer();
    for (const peer of sockets.readyPeers()) for (const packet of peer.packets()) peer.send(packet);
  };
  sockets.listen(0, address, tls);
  onTestFinished(() => sockets[Symbol.dispose]());
  return sockets.getLocalPort();
}

async function portOf(server: Server): Promise<number> {
  onTestFinished(() => {
    server.close();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return (server.address() as AddressInfo).port; // it listens on a TCP port
}

function examine(url: string, ...words: string[]): RunningCommand {
  return runCommand(['doctor', url, ...words]);
}

/** The findings of a finished run: `failed tcp: …`, without what to do. */
function findings(run: RunningCommand): string[] {
  const lines = run.stdout().split('\n');
  return lines.flatMap((line) => {
    const [, verdict, check, text] = /^(ok|note|warning|failed) +(\w+) +(.*)$/.exec(line) ?? [];
    return verdict === undefined ? [] : [`${verdict} ${check}: ${text}`];
  });
}

describe('tickpeer doctor with a good server', () => {
  test('every check is there, and it ends with 0', async () => {
    const port = startServer({ compression: true });
    const run = examine(`ws://127.0.0.1:${port}/`);
    expect(await run.exitCode).toBe(0);
    expect(findings(run)).toEqual([
      'ok name: 127.0.0.1 is an address',
      expect.stringMatching(/^ok tcp: 127\.0\.0\.1 port \d+: connected in \d/),
      'note proxy: none in the environment',
      expect.stringMatching(/^ok handshake: 101 in \d/),
      'note headers: none that names a server or a proxy in between',
      'ok origin: without Origin: accepted, so programs may connect',
      `ok origin: http://127.0.0.1:${port}: accepted`,
      'ok origin: https://foreign.invalid: refused with 403',
      'note protocol: none offered, and none needed. --protocol NAME tries one.',
      expect.stringMatching(/^ok compression: permessage-deflate offered: permessage-deflate/),
      expect.stringMatching(/^ok ping: 10 round trips: least .* ms, median .* ms, most .* ms$/),
    ]);
    expect(run.stderr()).toBe('8 ok, 0 warnings, 0 failed\n');
  });

  test('--json has one object a finding', async () => {
    const run = examine(`ws://127.0.0.1:${startServer()}/`, '--json');
    expect(await run.exitCode).toBe(0);
    const lines = run.stdout().trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toContainEqual({
      check: 'name',
      verdict: 'ok',
      text: '127.0.0.1 is an address',
      advice: '',
    });
  });
});

describe('tickpeer doctor and addresses', () => {
  test('nobody listens', async () => {
    const run = examine('ws://127.0.0.1:1/');
    expect(await run.exitCode).toBe(3);
    expect(run.stdout()).toMatch(/failed +tcp +127\.0\.0\.1 port 1: ECONNREFUSED.*\n +Nothing listens there\./);
  });

  test('a name without an address', async () => {
    const run = examine('ws://nowhere.invalid/', '--no-proxy');
    expect(await run.exitCode).toBe(3);
    expect(run.stdout()).toMatch(/failed +name +nowhere\.invalid has no address: .*\n/);
  });

  test.each([
    ['127.0.0.1', '::1'],
    ['::1', '127.0.0.1'],
  ])('a server on %s only: %s is refused', async (good, bad) => {
    const run = examine(`ws://localhost:${startServer({}, undefined, good)}/`);
    expect(await run.exitCode).toBe(0);
    expect(findings(run)).toContainEqual(expect.stringMatching(new RegExp(`^ok tcp: ${good} port \\d+: connected`)));
    expect(findings(run)).toContainEqual(expect.stringMatching(new RegExp(`^warning tcp: ${bad} port \\d+: ECONNREF`)));
    expect(run.stdout()).toMatch(/Listen on :: and 0\.0\.0\.0/);
  });

  test('an IPv6 address in the URL', async () => {
    const run = examine(`ws://[::1]:${startServer({}, undefined, '::1')}/`);
    expect(await run.exitCode).toBe(0);
    expect(findings(run)).toContainEqual(expect.stringMatching(/^ok origin: http:\/\/\[::1\]:\d+: accepted$/));
  });
});

describe('tickpeer doctor and TLS', () => {
  const NOW = Date.now();
  const stamp = (days: number): string =>
    new Date(NOW + days * 86_400_000).toISOString().replace(/\D/g, '').slice(0, 14);

  test.each([
    ['expired', { notAfter: stamp(-3) }, /^failed certificate: it expired on .*, [34] days ago$/],
    ['not valid yet', { notBefore: stamp(5) }, /^failed certificate: it is valid from .* on$/],
    ['about to expire', { notAfter: stamp(5.5) }, /^warning certificate: it expires in 5 days, on /],
    ['for another name', { names: ['game.test'] }, /^failed certificate: it is not for 127\.0\.0\.1$/],
    ['self-signed', {}, /^failed certificate: it has signed itself, and nobody trusts it$/],
  ])('a certificate that is %s', async (_, options, finding) => {
    const port = startServer({}, serverOptions(await makeIdentity('server', options)));
    const run = examine(`wss://127.0.0.1:${port}/`);
    expect(await run.exitCode).toBe(1);
    expect(findings(run)).toContainEqual(expect.stringMatching(/^ok tls: 127\.0\.0\.1: TLSv1\.3, TLS_/));
    expect(findings(run)).toContainEqual(expect.stringMatching(finding));
    expect(findings(run)).toContainEqual(expect.stringMatching(/^ok ping: /));
  });

  test('a chain without its middle', async () => {
    const authority = await makeIdentity('authority', { isAuthority: true });
    const port = startServer({}, serverOptions(await makeIdentity('server', { issuer: authority })));
    const run = examine(`wss://127.0.0.1:${port}/`);
    expect(await run.exitCode).toBe(1);
    expect(run.stdout()).toMatch(/failed +certificate +its chain is refused: UNABLE_TO.*\n +Let the server send the/);
  });

  test('a server without TLS behind wss, and one with TLS behind ws', async () => {
    const plain = examine(`wss://127.0.0.1:${startServer()}/`);
    expect(await plain.exitCode).toBe(3);
    expect(plain.stdout()).toMatch(/failed +tls +.*\n +The server does not speak TLS on this port: use ws:/);
    const port = startServer({}, serverOptions(await makeIdentity('server')));
    const encrypted = examine(`ws://127.0.0.1:${port}/`);
    expect(await encrypted.exitCode).toBe(3);
    expect(encrypted.stdout()).toMatch(/failed +handshake +.*\n.*A server with TLS has a URL with wss:/);
  });
});

describe('tickpeer doctor and handshakes', () => {
  test('a web server', async () => {
    const http = createHttpServer((_, response) => response.end('<title>\u001b[2J</title>'));
    const run = examine(`ws://127.0.0.1:${await portOf(http)}/`);
    expect(await run.exitCode).toBe(3);
    expect(run.stdout()).toMatch(/failed +handshake +The server answered 200 OK.*\n +Check the path/);
    expect(run.stdout()).not.toContain('\u001b');
    http.closeAllConnections();
  });

  test('a redirect', async () => {
    const answer = 'HTTP/1.1 301 Moved\r\nLocation: wss://game.test/ws\r\nContent-Length: 0\r\n\r\n';
    const { port } = await startAnsweringServer(() => answer);
    const run = examine(`ws://127.0.0.1:${port}/`);
    expect(await run.exitCode).toBe(3);
    expect(run.stdout()).toMatch(/\n +Browsers follow no redirect of a WebSocket: .*wss:\/\/game\.test\/ws\n/);
  });

  test('a server that never answers', async () => {
    const { port } = await startRawServer();
    const run = examine(`ws://127.0.0.1:${port}/`, '--timeout', '0.1');
    expect(await run.exitCode).toBe(3);
    expect(run.stdout()).toMatch(
      /failed +handshake +.*0\.1 s.*\n +The server took the connection and did not answer\.\n/,
    );
  });

  test('a server that wants an origin, and takes every one', async () => {
    const { port } = await startAnsweringServer((key, end) =>
      end.header('Origin') === null
        ? 'HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n'
        : switching(key, 'Server: nginx', 'Via: 1.1 cache', 'CF-Ray: 8f', 'X-Powered-By: game'),
    );
    const run = examine(`ws://127.0.0.1:${port}/`, '--timeout', '2');
    await until(() => run.stdout().includes('compression'), 20_000);
    const begin = performance.now();
    run.interrupt(); // while it waits for a Pong
    expect(await run.exitCode).toBe(130);
    expect(performance.now() - begin).toBeLessThan(1000);
    expect(findings(run)).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^failed handshake: The server answered 403/),
        'note headers: Server: nginx; Via: 1.1 cache; CF-Ray: 8f; X-Powered-By: game',
        'warning origin: without Origin: refused with 403',
        'warning origin: https://foreign.invalid: accepted',
      ]),
    );
  }, 25_000);

  test('a server that needs a sub-protocol', async () => {
    const port = startServer({ supportedProtocols: ['game.v2'] });
    const without = examine(`ws://127.0.0.1:${port}/`);
    expect(await without.exitCode).toBe(3);
    expect(without.stdout()).toMatch(/failed +handshake +.*sub-?protocol.*\n +.*--protocol NAME/i);
    const offering = examine(`ws://127.0.0.1:${port}/`, '--protocol', 'game.v1', '--protocol', 'game.v2');
    expect(await offering.exitCode).toBe(0);
    expect(findings(offering)).toContain('ok protocol: offered game.v1, game.v2: the server chose game.v2');
    expect(findings(offering)).toContainEqual(expect.stringMatching(/^note protocol: none offered: refused with 4/));
  });
});

describe('tickpeer doctor and proxies', () => {
  test('a proxy that works, and one that does not', async () => {
    const port = startServer();
    const proxy = await startProxy();
    const good = examine(`ws://127.0.0.1:${port}/`, '--proxy', `http://127.0.0.1:${proxy.port}`);
    expect(await good.exitCode).toBe(0);
    expect(findings(good)).toContain(`ok proxy: --proxy: reaches the server through 127.0.0.1 port ${proxy.port}`);
    const bad = examine(`ws://127.0.0.1:${port}/`, '--proxy', 'http://127.0.0.1:1');
    expect(await bad.exitCode).toBe(1);
    expect(findings(bad)).toContainEqual(expect.stringMatching(/^failed proxy: --proxy: .*ECONNREFUSED/));
    expect(findings(bad)).toContainEqual(expect.stringMatching(/^ok handshake/));
  });

  test('variables of the environment that do not apply here', async () => {
    const words = ['doctor', `ws://127.0.0.1:${startServer()}/`];
    const run = runCommand(words, { env: { HTTP_PROXY: 'http://127.0.0.1:1', NO_PROXY: '' } });
    expect(await run.exitCode).toBe(0);
    expect(findings(run)).toContain('note proxy: HTTP_PROXY set, and not used for this host');
  });
});

describe('tickpeer doctor --idle', () => {
  /** Passes bytes on, and cuts connections that have none for `milliseconds`. */
  async function startCutter(port: number, milliseconds: number): Promise<number> {
    return await portOf(
      createServer((client) => {
        const server: Socket = connect(port, '127.0.0.1');
        client.pipe(server).pipe(client);
        client.setTimeout(milliseconds, () => {
          client.destroy();
          server.destroy();
        });
        client.on('error', () => server.destroy());
        server.on('error', () => client.destroy());
      }),
    );
  }

  test('a connection that is cut: when, and what to do', async () => {
    const port = await startCutter(startServer(), 300);
    const run = examine(`ws://127.0.0.1:${port}/`, '--idle', '10');
    expect(await run.exitCode).toBe(1);
    expect(run.stdout()).toMatch(/failed +idle +the connection ended after \d+\.\d s: .*\n.*heartbeatInterval = 1/);
  });

  test('a connection that lives', async () => {
    const run = examine(`ws://127.0.0.1:${startServer()}/`, '--idle', '0.1');
    expect(await run.exitCode).toBe(0);
    expect(findings(run)).toContain('ok idle: open after 0.1 s without traffic');
  });

  test('Ctrl-C ends the wait', async () => {
    const run = examine(`ws://127.0.0.1:${startServer()}/`, '--idle', '1000');
    await run.prints(/ok +ping/);
    run.interrupt();
    expect(await run.exitCode).toBe(130);
  });
});

test.each([
  [[], /Something is missing/],
  [['ws+unix:///run/x.sock'], /The URL cannot be used/],
  [['ws://127.0.0.1/', '--idle', '0'], /--idle 0/],
])('tickpeer doctor %j is exit code 2', async (words, message) => {
  const run = runCommand(['doctor', ...words]);
  expect(await run.exitCode).toBe(2);
  expect(run.stderr()).toMatch(message);
});
