import type { Socket } from 'node:net';
import { createSecureContext, createServer as createTlsServer, type TLSSocket, connect as tlsConnect } from 'node:tls';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { socketPath } from '../../../test/support/socket-folder.ts';
import { turn, until } from '../../../test/support/until.ts';
import { ErrorCode } from '../../error-code.ts';
import type { FailureCode } from '../../failure.ts';
import { issueCertificate } from '../crypto/certificate-issuer.ts';
import { Crypto } from '../crypto/crypto.ts';
import { CryptoKey } from '../crypto/crypto-key.ts';
import { X509Certificate } from '../crypto/x509-certificate.ts';
import { TCPServer } from '../listening/tcp-server.ts';
import { UDSServer } from '../listening/uds-server.ts';
import type { StreamPeer } from '../peer/stream-peer.ts';
import { StreamPeerMemory } from '../peer/stream-peer-memory.ts';
import { StreamPeerTCP } from '../socket/stream-peer-tcp.ts';
import { StreamPeerUDS } from '../socket/stream-peer-uds.ts';
import { TCPStatus } from '../socket/tcp-status.ts';
import { StreamPeerTLS } from './stream-peer-tls.ts';
import { secureContextOf } from './tls-context.ts';
import { TLSOptions } from './tls-options.ts';
import { TLSStatus } from './tls-status.ts';

const crypto = new Crypto();
const caKey = crypto.generateEc();
const ca = await crypto.generateSelfSignedCertificate(caKey, 'CN=Test CA');
const key = crypto.generateEc();
const leaf = await issued('CN=game.example', ['game.example', '127.0.0.1', '::1']);
const selfSigned = await crypto.generateSelfSignedCertificate(key, 'CN=game.example', undefined, undefined, {
  subjectAltNames: ['game.example', '127.0.0.1'],
});
const anHourAgo = new Date(Date.now() - 3_600_000).toISOString().replace(/\D/g, '').slice(0, 14);
const expired = await issued('CN=game.example', ['game.example'], anHourAgo);

async function issued(
  subject: string,
  subjectAltNames: string[],
  notAfter = '20600101000000',
): Promise<X509Certificate> {
  const certificate = new X509Certificate();
  certificate.loadFromString(
    await issueCertificate({
      key: key.toKeyObject()!,
      subject,
      issuer: 'CN=Test CA',
      issuerKey: caKey.toKeyObject()!,
      notBefore: '20200101000000',
      notAfter,
      isAuthority: false,
      subjectAltNames,
    }),
  );
  return certificate;
}

const disposals: (() => void)[] = [];
afterEach(() => {
  for (const dispose of disposals.splice(0)) dispose();
});

type Ends = [client: StreamPeer, served: StreamPeer];

async function tcpEnds(): Promise<[StreamPeerTCP, StreamPeerTCP]> {
  const server = new TCPServer();
  server.listen(0, '127.0.0.1');
  const client = new StreamPeerTCP();
  client.connectToHost('127.0.0.1', server.getLocalPort());
  await until(() => {
    client.poll();
    return server.isConnectionAvailable() && client.getStatus() === TCPStatus.STATUS_CONNECTED;
  });
  const served = server.takeConnection()!;
  server.stop();
  disposals.push(() => {
    client.destroy();
    served.destroy();
  });
  return [client, served];
}

async function unixEnds(): Promise<Ends> {
  const path = socketPath();
  const server = new UDSServer();
  server.listen(path);
  const client = new StreamPeerUDS();
  client.connectToHost(path);
  await until(() => {
    client.poll();
    return server.isConnectionAvailable() && client.getStatus() === TCPStatus.STATUS_CONNECTED;
  });
  const served = server.takeConnection()!;
  server.stop();
  disposals.push(() => {
    client.destroy();
    served.destroy();
  });
  return [client, served];
}

async function handshake(ends: Ends, name: string, clientOptions: TLSOptions | null, serverOptions: TLSOptions) {
  const client = new StreamPeerTLS();
  const served = new StreamPeerTLS();
  disposals.push(() => {
    client.destroy();
    served.destroy();
  });
  expect(served.acceptStream(ends[1], serverOptions)).toBe(ErrorCode.OK);
  expect(client.connectToStream(ends[0], name, clientOptions)).toBe(ErrorCode.OK);
  expect([client.getStatus(), served.getStatus()]).toEqual([
    TLSStatus.STATUS_HANDSHAKING,
    TLSStatus.STATUS_HANDSHAKING,
  ]);
  expect(client.putData(Buffer.from('x'))).toBe(ErrorCode.ERR_UNCONFIGURED);
  expect(served.getPartialData(1)[0]).toBe(ErrorCode.ERR_UNCONFIGURED);
  const codes = [ErrorCode.OK, ErrorCode.OK];
  await until(() => {
    codes[0] ||= client.poll();
    codes[1] ||= served.poll();
    return client.getStatus() !== TLSStatus.STATUS_HANDSHAKING && served.getStatus() !== TLSStatus.STATUS_HANDSHAKING;
  });
  return { client, served, codes };
}

async function exchange(client: StreamPeerTLS, served: StreamPeerTLS): Promise<void> {
  const poll = () => {
    client.poll();
    served.poll();
  };
  expect(client.putData(Buffer.from('ping'))).toBe(ErrorCode.OK);
  await until(() => {
    poll();
    return served.getAvailableBytes() === 4;
  });
  expect(Buffer.from(served.getData(4)[1]).toString()).toBe('ping');
  const much = crypto.generateRandomBytes(300_000);
  expect(served.putData(much)).toBe(ErrorCode.OK);
  const parts: Uint8Array[] = [];
  let size = 0;
  await until(() => {
    poll();
    const [, part] = client.getPartialData(100_000);
    parts.push(part);
    size += part.length;
    return size === much.length;
  });
  expect(Buffer.concat(parts).equals(much)).toBe(true);
}

const chain = (...certificates: X509Certificate[]): X509Certificate => {
  const all = new X509Certificate();
  for (const certificate of certificates) all.loadFromString(certificate.saveToString());
  return all;
};

const serverOptions = TLSOptions.server(key, leaf);
const selfSignedServer = TLSOptions.server(key, selfSigned);
const trusting = TLSOptions.client(ca);

describe.each([
  ['TCP', tcpEnds as () => Promise<Ends>],
  ['a Unix socket', unixEnds],
  ['memory', () => Promise.resolve(StreamPeerMemory.pair() as Ends)],
  ['memory in small pieces', () => Promise.resolve(StreamPeerMemory.pair({ capacity: 500, chunkSize: 7 }) as Ends)],
])('StreamPeerTLS over %s', (kind, makeEnds) => {
  test('a trusted chain connects, and bytes pass in both directions', async () => {
    const ends = await makeEnds();
    const { client, served } = await handshake(ends, 'game.example', trusting, serverOptions);
    expect([client.getStatus(), served.getStatus()]).toEqual([TLSStatus.STATUS_CONNECTED, TLSStatus.STATUS_CONNECTED]);
    expect(client.getStream()).toBe(ends[0]);
    expect([client.isEncrypted, ends[0].isEncrypted]).toEqual([true, false]);
    expect(client.getConnectedHost()).toBe(kind === 'TCP' ? '127.0.0.1' : '');
    expect(served.getConnectedPort() > 0).toBe(kind === 'TCP');
    served.setNoDelay(false);
    expect(client.acceptStream(ends[0], serverOptions)).toBe(ErrorCode.ERR_ALREADY_IN_USE);
    expect(client.connectToStream(ends[0], 'a')).toBe(ErrorCode.ERR_ALREADY_IN_USE);
    await exchange(client, served);
  });

  test('close_notify is an end: ERR_FILE_EOF after the last byte, DISCONNECTED', async () => {
    const ends = await makeEnds();
    const { client, served } = await handshake(ends, 'game.example', trusting, serverOptions);
    client.putData(Buffer.from('last'));
    client.end();
    await until(() => {
      for (const end of ends) end.poll();
      return served.getAvailableBytes() === 4;
    });
    expect(served.getStatus()).toBe(TLSStatus.STATUS_CONNECTED);
    served.getData(4);
    await until(() => {
      for (const end of ends) end.poll();
      return served.getPartialData(1)[0] === ErrorCode.ERR_FILE_EOF;
    });
    expect(served.getStatus()).toBe(TLSStatus.STATUS_DISCONNECTED);
    expect(served.putData(Buffer.from('x'))).toBe(ErrorCode.ERR_UNCONFIGURED);
  });

  test('disconnectFromStream() still sends written bytes', async () => {
    const ends = await makeEnds();
    const { client, served } = await handshake(ends, 'game.example', trusting, serverOptions);
    client.putData(new Uint8Array(60_000));
    client.disconnectFromStream();
    expect(client.getStatus()).toBe(TLSStatus.STATUS_DISCONNECTED);
    let size = 0;
    await until(() => {
      for (const end of ends) end.poll();
      served.poll();
      const [code, data] = served.getPartialData(100_000);
      size += data.length;
      return code !== ErrorCode.OK || served.getStatus() !== TLSStatus.STATUS_CONNECTED;
    });
    expect(size).toBe(60_000);
  });
});

describe('StreamPeerTLS: trusted certificates', () => {
  const good: [string, string, TLSOptions | null, TLSOptions][] = [
    ['an IP address in the certificate', '127.0.0.1', trusting, serverOptions],
    ['an IPv6 address in brackets', '[::1]', trusting, serverOptions],
    [
      'a self-signed certificate that is itself the chain',
      'game.example',
      TLSOptions.client(selfSigned),
      selfSignedServer,
    ],
    ['a leaf that is itself the chain', 'game.example', TLSOptions.client(leaf), serverOptions],
    ['one of several in the chain', 'game.example', TLSOptions.client(chain(selfSigned, ca)), serverOptions],
    ['the name override', 'wrong.example', TLSOptions.client(ca, 'game.example'), serverOptions],
    ['unsafe, nothing checked', 'wrong.example', TLSOptions.clientUnsafe(), selfSignedServer],
    ['unsafe with a chain, the name not checked', 'wrong.example', TLSOptions.clientUnsafe(ca), serverOptions],
    ['TLS 1.2', 'game.example', TLSOptions.client(ca, '', { maxVersion: 'TLSv1.2' }), serverOptions],
    ['TLS 1.3', 'game.example', TLSOptions.client(ca, '', { minVersion: 'TLSv1.3' }), serverOptions],
  ];
  test.each(good)('accepted: %s', async (_what, name, options, server) => {
    const { client, served } = await handshake(await tcpEnds(), name, options, server);
    expect(client.getLastFailure()).toBeNull();
    expect(client.getStatus()).toBe(TLSStatus.STATUS_CONNECTED);
    await exchange(client, served);
  });

  const bad: [string, string, TLSOptions | null, TLSOptions, FailureCode, RegExp][] = [
    [
      'self-signed, by default',
      'game.example',
      null,
      selfSignedServer,
      'TICKPEER_TLS_CERTIFICATE',
      /self-signed.*trusted chain/,
    ],
    [
      'an unknown authority',
      'game.example',
      null,
      serverOptions,
      'TICKPEER_TLS_CERTIFICATE',
      /who signed it is unknown/,
    ],
    [
      'another one than the chain',
      'game.example',
      TLSOptions.client(selfSigned),
      serverOptions,
      'TICKPEER_TLS_CERTIFICATE',
      /UNABLE_TO/,
    ],
    [
      'unsafe with another chain',
      'game.example',
      TLSOptions.clientUnsafe(selfSigned),
      serverOptions,
      'TICKPEER_TLS_CERTIFICATE',
      /UNABLE_TO/,
    ],
    ['expired', 'game.example', trusting, TLSOptions.server(key, expired), 'TICKPEER_TLS_CERTIFICATE', /expired/],
    ['another name', 'wrong.example', trusting, serverOptions, 'TICKPEER_TLS_HOSTNAME_MISMATCH', /"wrong.example"/],
    ['another address', '127.0.0.2', trusting, serverOptions, 'TICKPEER_TLS_HOSTNAME_MISMATCH', /"127.0.0.2"/],
    [
      'another override',
      'game.example',
      TLSOptions.client(ca, 'b.example'),
      serverOptions,
      'TICKPEER_TLS_HOSTNAME_MISMATCH',
      /"b.example"/,
    ],
    [
      'no TLS version in common',
      'game.example',
      TLSOptions.client(ca, '', { maxVersion: 'TLSv1.2' }),
      TLSOptions.server(key, leaf, { minVersion: 'TLSv1.3' }),
      'TICKPEER_TLS',
      /handshake failed/,
    ],
  ];
  test.each(bad)('refused: %s', async (_what, name, options, server, code, message) => {
    const ends = await tcpEnds();
    const client = new StreamPeerTLS();
    const served = new StreamPeerTLS();
    served.acceptStream(ends[1], server);
    client.connectToStream(ends[0], name, options);
    let polled = ErrorCode.OK;
    await until(() => {
      served.poll();
      polled ||= client.poll();
      return client.getStatus() !== TLSStatus.STATUS_HANDSHAKING;
    });
    expect(polled).toBe(ErrorCode.ERR_CONNECTION_ERROR);
    expect(client.poll()).toBe(ErrorCode.OK);
    expect(client.getLastFailure()?.code).toBe(code);
    expect(client.getLastFailure()?.message).toMatch(message);
    expect(client.getLastFailure()?.cause).toBeInstanceOf(Error);
    const isName = code === 'TICKPEER_TLS_HOSTNAME_MISMATCH';
    expect(client.getStatus()).toBe(isName ? TLSStatus.STATUS_ERROR_HOSTNAME_MISMATCH : TLSStatus.STATUS_ERROR);
    expect(client.putData(Buffer.from('x'))).toBe(ErrorCode.ERR_UNCONFIGURED);
    await until(() => served.poll() !== ErrorCode.OK || served.getStatus() !== TLSStatus.STATUS_HANDSHAKING || isName);
    client.destroy();
    served.destroy();
  });

  test('both ends have the same ALPN protocol', async () => {
    const offer = TLSOptions.client(ca, '', { alpnProtocols: ['h2', 'http/1.1'] });
    const take = TLSOptions.server(key, leaf, { alpnProtocols: ['http/1.1'] });
    const { client, served } = await handshake(await tcpEnds(), 'game.example', offer, take);
    expect([client.getAlpnProtocol(), served.getAlpnProtocol()]).toEqual(['http/1.1', 'http/1.1']);
  });

  test('the ALPN offer can be given separately from the options', async () => {
    const [below, servedBelow] = await tcpEnds();
    const [client, served] = [new StreamPeerTLS(), new StreamPeerTLS()];
    disposals.push(() => client.destroy());
    served.acceptStream(servedBelow, TLSOptions.server(key, leaf, { alpnProtocols: ['h2', 'http/1.1'] }));
    expect(client.connectToStream(below, 'game.example', trusting, ['http/1.1'])).toBe(ErrorCode.OK);
    await until(() => {
      served.poll();
      client.poll();
      return client.getStatus() !== TLSStatus.STATUS_HANDSHAKING;
    });
    expect(client.getAlpnProtocol()).toBe('http/1.1');
  });

  test('handOver() returns the socket with the bytes that were read and not taken', async () => {
    const { client, served } = await handshake(await tcpEnds(), 'game.example', trusting, serverOptions);
    client.putData(Buffer.from('abcdef'));
    await until(() => served.getAvailableBytes() === 6);
    expect(Buffer.from(served.getData(2)[1]).toString()).toBe('ab');
    const socket = served.handOver()!;
    expect([served.handOver(), new StreamPeerTLS().handOver()]).toEqual([null, null]);
    expect(served.putData(Buffer.from('x'))).toBe(ErrorCode.ERR_ALREADY_IN_USE);
    expect(served.getPartialData(1)[0]).toBe(ErrorCode.ERR_ALREADY_IN_USE);
    const taken = StreamPeerTLS.fromSocket(socket);
    await until(() => taken.getAvailableBytes() === 4);
    expect(Buffer.from(taken.getData(4)[1]).toString()).toBe('cdef');
    taken.destroy();
  });

  test('a server with options is parsed once', async () => {
    const options = TLSOptions.server(key, leaf);
    const spy = vi.spyOn(key, 'saveToString');
    const context = secureContextOf(options);
    await handshake(await tcpEnds(), 'game.example', trusting, options);
    await handshake(await tcpEnds(), 'game.example', trusting, options);
    expect(spy).toHaveBeenCalledTimes(1);
    expect(secureContextOf(options)).toBe(context);
    spy.mockRestore();
  });
});

describe('StreamPeerTLS: failures', () => {
  test('wrong arguments', async () => {
    const [client, served] = await tcpEnds();
    const tls = new StreamPeerTLS();
    expect(tls.acceptStream(null, serverOptions)).toBe(ErrorCode.ERR_INVALID_PARAMETER);
    expect(tls.acceptStream(served, null)).toBe(ErrorCode.ERR_INVALID_PARAMETER);
    expect(tls.acceptStream(served, trusting)).toBe(ErrorCode.ERR_INVALID_PARAMETER);
    expect(tls.connectToStream(null, 'a')).toBe(ErrorCode.ERR_INVALID_PARAMETER);
    expect(tls.connectToStream(client, 'a', serverOptions)).toBe(ErrorCode.ERR_INVALID_PARAMETER);
    expect(tls.getStatus()).toBe(TLSStatus.STATUS_DISCONNECTED);
    // The streams are still usable.
    expect(tls.acceptStream(served, serverOptions)).toBe(ErrorCode.OK);
    tls.destroy();
  });

  test.each([
    ['of another key', TLSOptions.server(crypto.generateEc(), leaf), /does not belong/],
    ['of a key of another kind', TLSOptions.server(crypto.generateRsa(2048), leaf), /./],
    ['without a key', TLSOptions.server(new CryptoKey(), leaf), /empty/],
    ['without a certificate', TLSOptions.server(key, new X509Certificate()), /empty/],
  ])('a certificate %s is ERR_INVALID_PARAMETER', async (_what, options, message) => {
    const [, served] = await tcpEnds();
    const tls = new StreamPeerTLS();
    expect(tls.acceptStream(served, options)).toBe(ErrorCode.ERR_INVALID_PARAMETER);
    expect(tls.getLastFailure()?.code).toBe('TICKPEER_INVALID_TLS_OPTIONS');
    expect(tls.getLastFailure()?.message).toMatch(message);
    expect(served.getStatus()).toBe(TCPStatus.STATUS_CONNECTED);
  });

  test('a stream that is not connected is FAILED and STATUS_ERROR', () => {
    const tls = new StreamPeerTLS();
    expect(tls.acceptStream(new StreamPeerTCP(), serverOptions)).toBe(ErrorCode.FAILED);
    expect(tls.getStatus()).toBe(TLSStatus.STATUS_ERROR);
    expect(tls.connectToStream(new StreamPeerTCP(), 'a')).toBe(ErrorCode.FAILED);
    expect(tls.getLastFailure()?.code).toBe('TICKPEER_NOT_OPEN');
  });

  test.each([
    ['garbage', 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['zeros', '\0'.repeat(600)],
    ['an end', ''],
  ])('a client that sends %s instead of a ClientHello fails', async (_what, text) => {
    const [client, served] = await tcpEnds();
    const tls = new StreamPeerTLS();
    tls.acceptStream(served, serverOptions);
    client.putData(Buffer.from(text));
    client.end();
    await until(() => tls.poll() === ErrorCode.ERR_CONNECTION_ERROR);
    expect(tls.getStatus()).toBe(TLSStatus.STATUS_ERROR);
    expect(tls.getLastFailure()?.code).toBe('TICKPEER_TLS');
    served.poll();
    await until(() => served.poll() === ErrorCode.OK && served.getStatus() === TCPStatus.STATUS_NONE);
  });

  test('a server that does not use TLS has a failure of its own', async () => {
    const [client, served] = await tcpEnds();
    const tls = new StreamPeerTLS();
    tls.connectToStream(client, 'game.example', trusting);
    served.putData(Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'));
    await until(() => tls.poll() === ErrorCode.ERR_CONNECTION_ERROR);
    expect(tls.getLastFailure()?.code).toBe('TICKPEER_TLS');
    expect(tls.getLastFailure()?.message).toMatch(/does not speak TLS/);
  });

  test('a reset in the middle of the handshake is a failure on both sides', async () => {
    for (const role of ['server', 'client']) {
      const [client, served] = await tcpEnds();
      const tls = new StreamPeerTLS();
      const other = role === 'server' ? client : served;
      if (role === 'server') tls.acceptStream(served, serverOptions);
      else tls.connectToStream(client, 'game.example', trusting);
      other.handOver()!.resetAndDestroy();
      await until(() => tls.poll() === ErrorCode.ERR_CONNECTION_ERROR);
      expect(tls.getStatus()).toBe(TLSStatus.STATUS_ERROR);
      expect(tls.getLastFailure()?.code).toBe('TICKPEER_TLS');
    }
  });

  test('a reset of an open connection is ERR_CONNECTION_ERROR and DISCONNECTED', async () => {
    const ends = await tcpEnds();
    let bare: Socket | null = null;
    const handOver = ends[0].handOver.bind(ends[0]);
    vi.spyOn(ends[0], 'handOver').mockImplementation(() => {
      bare = handOver();
      return bare;
    });
    const { served } = await handshake(ends, 'game.example', trusting, serverOptions);
    bare!.resetAndDestroy();
    await until(() => served.poll() === ErrorCode.ERR_CONNECTION_ERROR);
    expect(served.getStatus()).toBe(TLSStatus.STATUS_DISCONNECTED);
    expect(served.getLastFailure()?.code).toBe('TICKPEER_CONNECTION_RESET');
  });

  test('a broken record on an open connection is a TLS failure', async () => {
    for (const role of ['server', 'client']) {
      const [client, served] = StreamPeerMemory.pair();
      // A man in the middle, who can put bytes of his own between those of the two.
      const [toServer, serverEnd] = StreamPeerMemory.pair();
      const relay = (from: StreamPeerMemory, to: StreamPeerMemory) => {
        from.poll();
        const [, data] = from.getPartialData(65_536);
        to.putData(data);
        to.poll();
      };
      const a = new StreamPeerTLS();
      const b = new StreamPeerTLS();
      a.connectToStream(client, 'game.example', trusting);
      b.acceptStream(serverEnd, serverOptions);
      const move = () => {
        a.poll();
        b.poll();
        relay(served, toServer);
        relay(toServer, served);
      };
      await until(() => {
        move();
        return a.getStatus() === TLSStatus.STATUS_CONNECTED && b.getStatus() === TLSStatus.STATUS_CONNECTED;
      });
      for (let turns = 0; turns < 5; turns++) {
        move();
        await turn();
      }
      const victim = role === 'server' ? b : a;
      const wire = role === 'server' ? toServer : served;
      wire.putData(Buffer.concat([Buffer.from('1703030020', 'hex'), new Uint8Array(32)]));
      await until(() => {
        move();
        return victim.getLastFailure() !== null;
      });
      expect(victim.getLastFailure()?.code).toBe('TICKPEER_TLS');
    }
  });

  test('a silent client stays in HANDSHAKING until one end gives up', async () => {
    const [, served] = await tcpEnds();
    const tls = new StreamPeerTLS();
    tls.acceptStream(served, serverOptions);
    for (let turns = 0; turns < 50; turns++) {
      expect(tls.poll()).toBe(ErrorCode.OK);
      await turn();
    }
    expect(tls.getStatus()).toBe(TLSStatus.STATUS_HANDSHAKING);
    tls.destroy();
    expect(tls.getStatus()).toBe(TLSStatus.STATUS_DISCONNECTED);
    await until(() => served.poll() === ErrorCode.OK && served.getStatus() === TCPStatus.STATUS_NONE);
  });

  test('what was read before TLS began is not lost', async () => {
    const [client, served] = await tcpEnds();
    const tlsClient = new StreamPeerTLS();
    tlsClient.connectToStream(client, 'game.example', trusting);
    // The ClientHello arrives while nobody has said TLS yet.
    await until(() => served.getAvailableBytes() > 100);
    const tls = new StreamPeerTLS();
    tls.acceptStream(served, serverOptions);
    await until(() => {
      tls.poll();
      tlsClient.poll();
      return tls.getStatus() === TLSStatus.STATUS_CONNECTED && tlsClient.getStatus() === TLSStatus.STATUS_CONNECTED;
    });
    await exchange(tlsClient, tls);
    tls.destroy();
  });

  test('onStreamOpen comes when the handshake is done, and drains are reported', async () => {
    const [client, served] = await tcpEnds();
    const a = new StreamPeerTLS();
    const b = new StreamPeerTLS();
    const events: string[] = [];
    b.setSink({
      onStreamOpen: () => events.push('open'),
      onStreamData: (chunk) => events.push(`data ${chunk.length}`),
      onStreamDrain: () => events.push('drain'),
      onStreamEnd: () => events.push('end'),
      onStreamFailure: () => events.push('failure'),
    });
    b.acceptStream(served, serverOptions);
    await turn();
    expect(events).toEqual([]);
    a.connectToStream(client, 'game.example', trusting);
    await until(() => events.length > 0);
    b.writeAll([Buffer.from('one'), Buffer.from('two')]);
    await until(() => events.includes('drain'));
    expect(b.getUnsentBytes()).toBe(0);
    await until(() => {
      a.poll();
      return a.getAvailableBytes() === 6;
    });
    a.putData(Buffer.from('three'));
    await until(() => events.includes('data 5'));
    a.linger(1000);
    await until(() => events.includes('end'));
    expect(events).toEqual(['open', 'drain', 'data 5', 'end']);
    b.linger(1000);
    await until(() => served.poll() === ErrorCode.OK && served.getStatus() === TCPStatus.STATUS_NONE);
  });
});

test('a drain is reported also for several parts behind a pending write', async () => {
  const [client, served] = await tcpEnds();
  const a = new StreamPeerTLS();
  const b = new StreamPeerTLS();
  let drains = 0;
  let isOpen = false;
  b.setSink({
    onStreamOpen: () => {
      isOpen = true;
    },
    onStreamData: () => {},
    onStreamDrain: () => {
      drains++;
    },
    onStreamEnd: () => {},
    onStreamFailure: () => {},
  });
  b.acceptStream(served, serverOptions);
  a.connectToStream(client, 'game.example', trusting);
  await until(() => isOpen);
  b.write(new Uint8Array(200));
  b.writeAll([new Uint8Array(3000), new Uint8Array(3000)]);
  expect(b.getUnsentBytes()).toBeGreaterThan(0);
  await until(() => drains > 0 && b.getUnsentBytes() === 0);
  await until(() => {
    a.poll();
    return a.getAvailableBytes() === 6200;
  });
  a.destroy();
  b.destroy();
});

describe('StreamPeerTLS.fromSocket', () => {
  test('accepts a TLS socket of Node’s, with bytes already read', async () => {
    let accepted: TLSSocket | null = null;
    const server = createTlsServer({ key: key.saveToString(), cert: leaf.saveToString() }, (socket) => {
      accepted = socket;
    });
    server.listen(0, '127.0.0.1');
    await until(() => server.listening);
    const address = server.address();
    const socket = tlsConnect({
      port: typeof address === 'object' ? (address?.port ?? 0) : 0,
      secureContext: createSecureContext({ ca: ca.saveToString() }),
      servername: 'game.example',
    });
    await until(() => accepted !== null);
    const stream = StreamPeerTLS.fromSocket(accepted!, Buffer.from('head '));
    expect(stream.getStatus()).toBe(TLSStatus.STATUS_CONNECTED);
    expect(stream.getStream()).toBeNull();
    socket.write('body');
    await until(() => stream.getAvailableBytes() === 9);
    expect(Buffer.from(stream.getData(9)[1]).toString()).toBe('head body');
    stream.putData(Buffer.from('answer'));
    let answer = '';
    socket.on('data', (data: Buffer) => {
      answer += data.toString();
    });
    await until(() => answer === 'answer');
    stream.destroy();
    expect(StreamPeerTLS.fromSocket(accepted!).getLastFailure()?.code).toBe('TICKPEER_CONNECTION_LOST');
    socket.destroy();
    server.close();
  });
});

describe('TLSOptions', () => {
  test('return what they were made from', () => {
    const client = TLSOptions.client(ca, 'name');
    expect([client.isServer(), client.isUnsafeClient(), client.getCommonNameOverride()]).toEqual([
      false,
      false,
      'name',
    ]);
    expect([client.getTrustedCaChain(), client.getPrivateKey(), client.getOwnCertificate()]).toEqual([ca, null, null]);
    const unsafe = TLSOptions.clientUnsafe();
    expect([unsafe.isServer(), unsafe.isUnsafeClient(), unsafe.getTrustedCaChain()]).toEqual([false, true, null]);
    const server = TLSOptions.server(key, leaf, { minVersion: 'TLSv1.3', alpnProtocols: ['http/1.1'] });
    expect([server.isServer(), server.isUnsafeClient()]).toEqual([true, false]);
    expect([server.getPrivateKey(), server.getOwnCertificate()]).toEqual([key, leaf]);
    expect(server.getExtraOptions()).toEqual({ minVersion: 'TLSv1.3', alpnProtocols: ['http/1.1'] });
  });

  test('arguments of wrong types throw a TypeError', () => {
    const wrong = {} as never;
    expect(() => TLSOptions.client(wrong)).toThrow(TypeError);
    expect(() => TLSOptions.client(null, wrong)).toThrow(TypeError);
    expect(() => TLSOptions.clientUnsafe(wrong)).toThrow(TypeError);
    expect(() => TLSOptions.server(wrong, leaf)).toThrow(TypeError);
    expect(() => TLSOptions.server(key, wrong)).toThrow(TypeError);
    expect(() => TLSOptions.client(null, '', { minVersion: 'TLSv1' as never })).toThrow(TypeError);
    expect(() => TLSOptions.client(null, '', { minVersion: 'TLSv1.3', maxVersion: 'TLSv1.2' })).toThrow(TypeError);
    expect(() => TLSOptions.client(null, '', { alpnProtocols: [''] })).toThrow(TypeError);
    expect(() => TLSOptions.client(null, '', { alpnProtocols: ['a'.repeat(256)] })).toThrow(TypeError);
    expect(() => TLSOptions.client(null, '', { alpnProtocols: ['a'.repeat(255), 'a'] })).not.toThrow();
  });
});
