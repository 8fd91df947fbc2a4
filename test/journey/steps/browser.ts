import {
  ErrorCode,
  State,
  StreamPeerMemory,
  StreamPeerTCP,
  StreamPeerTLS,
  TCPServer,
  TLSOptions,
  type WebSocketPeer,
  WebSocketServer,
} from 'tickpeer';
import { begin, equal, holds, receive, type Step, send, untilOpen, withOpenPeer, withPeer } from '../step.ts';

/** For what a browser cannot do there is an `ErrorCode` or a note in `getLastFailure()`, never an exception. */
export const BROWSER: readonly Step[] = [
  {
    name: 'streams are not to be had',
    platform: 'browser',
    run: () =>
      withPeer(async (peer) => {
        const [near] = StreamPeerMemory.pair();
        isUnavailable(peer, peer.acceptStream(near), 'acceptStream');
        isUnavailable(peer, peer.connectToStream(near, 'ws://memory.test/'), 'connectToStream');
        equal(State[peer.getReadyState()], 'STATE_CLOSED', 'state');
      }),
  },
  {
    name: 'a page cannot listen',
    platform: 'browser',
    run: async () => {
      const server = new WebSocketServer();
      isUnavailable(server, server.listen(9080), 'WebSocketServer.listen');
      server.poll();
      equal([server.isListening(), server.isStopped(), server.getLocalPort()], [false, true, 0], 'server');
      equal([server.takePeer(), [...server.getPeers()], server.readyPeers()], [null, [], []], 'peers');
      server.stop();
      server[Symbol.dispose]();
      const tcp = new TCPServer();
      isUnavailable(tcp, tcp.listen(9080), 'TCPServer.listen');
      equal([tcp.isListening(), tcp.takeConnection(), tcp.getLocalPort()], [false, null, 0], 'TCP server');
      tcp.stop();
    },
  },
  {
    name: 'a page has no TCP and no TLS of its own',
    platform: 'browser',
    run: async () => {
      const tcp = new StreamPeerTCP();
      isUnavailable(tcp, tcp.connectToHost('127.0.0.1', 80), 'connectToHost');
      const tls = new StreamPeerTLS();
      isUnavailable(tls, tls.connectToStream(tcp, 'localhost'), 'connectToStream');
      tcp.poll();
      tls.poll();
    },
  },
  {
    name: 'setNoDelay does nothing, and says so',
    platform: 'browser',
    run: (where) =>
      withOpenPeer(where, '/echo', async (peer) => {
        peer.setNoDelay(true);
        equal(peer.getLastFailure()?.code, 'TICKPEER_UNAVAILABLE', 'note');
        send(peer, 'on it goes');
        equal(await receive(peer, 1), ['on it goes'], 'packets');
      }),
  },
  {
    name: 'handshakeHeaders are not sent, and it says so',
    platform: 'browser',
    run: (where) =>
      connectsWithNote(`${where.plain}/echo`, 'handshakeHeaders', { handshakeHeaders: ['X-Game: chess'] }),
  },
  {
    name: 'credentials in the URL are not sent, and it says so',
    platform: 'browser',
    run: (where) => connectsWithNote(`${where.plain.replace('//', '//user:secret@')}/echo`, 'credentials'),
  },
  {
    name: 'how TLS is verified is up to the browser, and it says so',
    platform: 'browser',
    run: async (where) => {
      await connectsWithNote(`${where.trusted}/echo`, 'TLS', {}, TLSOptions.clientUnsafe());
      await connectsWithNote(`${where.trusted}/echo`, 'TLS', {}, false);
    },
  },
  {
    name: 'neither the address nor the answer of the server is told',
    platform: 'browser',
    run: (where) =>
      withOpenPeer(where, '/echo', async (peer) => {
        equal([peer.getConnectedHost(), peer.getConnectedPort()], ['', 0], 'address');
        equal(peer.getHandshakeResponse(), null, 'answer');
      }),
  },
  {
    name: 'a heartbeat sends nothing',
    platform: 'browser',
    run: (where) =>
      withOpenPeer(
        where,
        '/echo',
        async (peer) => {
          for (let i = 0; i < 20; i++) {
            send(peer, String(i));
            await receive(peer, 1);
          }
          const { pingsSent, roundTripTime } = peer.getStatistics();
          equal([pingsSent, roundTripTime], [0, -1], 'Pings and round-trip time');
        },
        { heartbeatInterval: 0.005 },
      ),
  },
];

function isUnavailable(one: { getLastFailure(): { code: string } | null }, result: ErrorCode, what: string): void {
  equal(ErrorCode[result], 'ERR_UNAVAILABLE', what);
  equal(one.getLastFailure()?.code, 'TICKPEER_UNAVAILABLE', `failure of ${what}`);
}

async function connectsWithNote(
  url: string,
  what: string,
  options: ConstructorParameters<typeof WebSocketPeer>[0] = {},
  tls: TLSOptions | boolean = true,
): Promise<void> {
  await withPeer(async (peer) => {
    begin(peer, url, tls);
    await untilOpen(peer);
    equal(peer.getLastFailure()?.code, 'TICKPEER_UNAVAILABLE', 'note');
    holds(peer.getLastFailure()?.message.includes(what) === true, `the note names ${what}`);
    send(peer, 'hello');
    equal(await receive(peer, 1), ['hello'], 'packets');
  }, options);
}
