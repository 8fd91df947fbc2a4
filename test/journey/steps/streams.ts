import {
  Crypto,
  CryptoKey,
  ErrorCode,
  HashType,
  HMACContext,
  type StreamPeer,
  StreamPeerTCP,
  StreamPeerTLS,
  TCPServer,
  TLSOptions,
  X509Certificate,
} from 'tickpeer';
import { equal, holds, type Step, turn } from '../step.ts';

/** What is under the peers in Node, Bun and Deno: TCP, TLS, keys and certificates. */
export const STREAMS: readonly Step[] = [
  {
    name: 'TCPServer and StreamPeerTCP exchange bytes',
    platform: 'node',
    run: async () => {
      const { client, served, server } = await tcpPair();
      equal(client.getConnectedHost(), '127.0.0.1', 'host');
      equal(served.getLocalPort(), server.getLocalPort(), 'port');
      client.setNoDelay(true);
      await exchange(client, served);
      client.disconnectFromHost();
      await until(served, () => served.getStatus() === StreamPeerTCP.STATUS_NONE);
      server.stop();
    },
  },
  {
    name: 'a port that is taken',
    platform: 'node',
    run: async () => {
      const [first, second] = [new TCPServer(), new TCPServer()];
      equal(first.listen(0, '127.0.0.1'), ErrorCode.OK, 'listen');
      equal(ErrorCode[second.listen(first.getLocalPort(), '127.0.0.1')], 'ERR_ALREADY_IN_USE', 'a second time');
      equal(second.getLastFailure()?.code, 'TICKPEER_LISTEN_FAILED', 'failure');
      first.stop();
    },
  },
  {
    name: 'a port that is taken is told at the latest with the next turn',
    platform: 'node',
    run: async () => {
      const [first, second] = [new TCPServer(), new TCPServer()];
      equal(first.listen(0, '127.0.0.1'), ErrorCode.OK, 'listen');
      second.listen(first.getLocalPort(), '127.0.0.1');
      await until([], () => second.getLastFailure() !== null);
      equal(second.getLastFailure()?.code, 'TICKPEER_LISTEN_FAILED', 'failure');
      equal([first.isListening(), second.isListening()], [true, false], 'who listens');
      first.stop();
    },
  },
  ...['TCP', 'TLS'].map(
    (kind): Step => ({
      name: `${kind}: a reader that does not read holds the writer back`,
      platform: 'node',
      run: async () => {
        const { client, served, server } = await (kind === 'TCP' ? tcpPair() : tlsPair());
        const chunk = new Uint8Array(65_536);
        let written = 0;
        let idle = 0;
        const isStuck = (): boolean => {
          const [, taken] = served.putPartialData(chunk);
          written += taken;
          idle = taken === 0 ? idle + 1 : 0;
          return idle === 50 || written > MUCH;
        };
        await until([client, served], isStuck);
        holds(written <= MUCH, `at most ${MUCH} bytes are taken from the writer`);
        let read = 0;
        const isThrough = (): boolean => {
          read += client.getPartialData(client.getAvailableBytes())[1].length;
          return read === written;
        };
        await until([client, served], isThrough);
        server.stop();
      },
    }),
  ),
  {
    name: 'StreamPeerTLS on both ends, with a certificate made here',
    platform: 'node',
    run: async () => {
      const { client, served, server } = await tlsPair();
      equal(client.getAlpnProtocol(), 'tick/1', 'protocol');
      await exchange(client, served);
      client.disconnectFromStream();
      await until(served, () => served.getStatus() !== StreamPeerTLS.STATUS_CONNECTED);
      server.stop();
    },
  },
  {
    name: 'keys are made, saved, loaded, and sign',
    platform: 'node',
    run: async () => {
      const crypto = new Crypto();
      const key = crypto.generateRsa(2048);
      const copy = new CryptoKey();
      equal(copy.loadFromString(key.saveToString()), ErrorCode.OK, 'loadFromString');
      const half = new CryptoKey();
      equal(half.loadFromString(key.saveToString(true), true), ErrorCode.OK, 'loadFromString of the public half');
      equal([copy.isPublicOnly(), half.isPublicOnly()], [false, true], 'isPublicOnly');
      const digest = crypto.generateRandomBytes(32);
      const signature = crypto.sign(HashType.HASH_SHA256, digest, copy);
      equal(crypto.verify(HashType.HASH_SHA256, digest, signature, half), true, 'verify');
      digest.fill(0);
      equal(crypto.verify(HashType.HASH_SHA256, digest, signature, half), false, 'verify of another digest');
    },
  },
  {
    name: 'HMACContext agrees with RFC 4231',
    platform: 'node',
    run: async () => {
      const context = new HMACContext();
      const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
      equal(context.start(HashType.HASH_SHA256, bytes('Jefe')), ErrorCode.OK, 'start');
      equal(context.update(bytes('what do ya want ')), ErrorCode.OK, 'update');
      equal(context.update(bytes('for nothing?')), ErrorCode.OK, 'update');
      const hex = [...context.finish()].map((byte) => byte.toString(16).padStart(2, '0')).join('');
      equal(hex, '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843', 'code');
    },
  },
  {
    name: 'certificates are loaded and saved',
    platform: 'node',
    run: async () => {
      const crypto = new Crypto();
      const made = await crypto.generateSelfSignedCertificate(crypto.generateEc('P-384'), 'CN=game,O=tickpeer');
      const loaded = new X509Certificate();
      equal(loaded.loadFromString(made.saveToString()), ErrorCode.OK, 'loadFromString');
      equal(loaded.saveToString(), made.saveToString(), 'saveToString');
      holds(ErrorCode.OK !== new X509Certificate().loadFromString('nonsense'), 'nonsense is no certificate');
    },
  },
];

type Stream = StreamPeerTCP | StreamPeerTLS;

interface Pair<S extends Stream> {
  readonly client: S;
  readonly served: S;
  readonly server: TCPServer;
}

/** More than the kernels and both streams hold. */
const MUCH = 64 * 1024 * 1024;

async function tcpPair(): Promise<Pair<StreamPeerTCP>> {
  const server = new TCPServer();
  equal(server.listen(0, '127.0.0.1'), ErrorCode.OK, 'listen');
  const client = new StreamPeerTCP();
  equal(client.connectToHost('127.0.0.1', server.getLocalPort()), ErrorCode.OK, 'connectToHost');
  const served = await take(server, client);
  await until(client, () => client.getStatus() === StreamPeerTCP.STATUS_CONNECTED);
  return { client, served, server };
}

async function tlsPair(): Promise<Pair<StreamPeerTLS>> {
  const crypto = new Crypto();
  const key = crypto.generateEc();
  const dates = ['20200101000000', '20490101000000'] as const;
  const names = { subjectAltNames: ['localhost', '127.0.0.1'] };
  const certificate = await crypto.generateSelfSignedCertificate(key, 'CN=localhost', ...dates, names);
  const tcp = await tcpPair();
  const [client, served] = [new StreamPeerTLS(), new StreamPeerTLS()];
  const protocols = { alpnProtocols: ['tick/1'] };
  const options = TLSOptions.server(key, certificate, protocols);
  equal(served.acceptStream(tcp.served, options), ErrorCode.OK, 'acceptStream');
  const trust = TLSOptions.client(certificate, '', protocols);
  equal(client.connectToStream(tcp.client, 'localhost', trust), ErrorCode.OK, 'connectToStream');
  await until(client, () => client.getStatus() !== StreamPeerTLS.STATUS_HANDSHAKING);
  equal(client.getLastFailure()?.message ?? null, null, 'failure');
  equal(client.getStatus(), StreamPeerTLS.STATUS_CONNECTED, 'status');
  await until(served, () => served.getStatus() === StreamPeerTLS.STATUS_CONNECTED);
  return { client, served, server: tcp.server };
}

async function take(server: TCPServer, client: StreamPeer): Promise<StreamPeerTCP> {
  let taken: StreamPeerTCP | null = null;
  await until(client, () => {
    taken = server.takeConnection();
    return taken !== null;
  });
  if (taken === null) throw new Error('unreachable');
  return taken;
}

/** A number there, and bytes back. */
async function exchange(client: Stream, served: Stream): Promise<void> {
  equal(client.putU32(0xdeadbeef), ErrorCode.OK, 'putU32');
  await until([client, served], () => served.getAvailableBytes() >= 4);
  equal(served.getU32(), 0xdeadbeef, 'getU32');
  equal(served.putData(Uint8Array.of(1, 2, 3)), ErrorCode.OK, 'putData');
  await until([client, served], () => client.getAvailableBytes() >= 3);
  equal(client.getData(3), [ErrorCode.OK, Uint8Array.of(1, 2, 3)], 'getData');
}

async function until(streams: StreamPeer | readonly StreamPeer[], condition: () => boolean): Promise<void> {
  const all = [streams].flat();
  const latest = performance.now() + 8000;
  for (;;) {
    for (const stream of all) stream.poll();
    if (condition()) return;
    if (performance.now() > latest)
      throw new Error(`waited in vain until ${condition}: ${all[0]?.getLastFailure()?.message}`);
    await turn();
  }
}
