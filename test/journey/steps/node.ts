import { State, StreamPeerMemory, WebSocketPeer, WebSocketServer } from 'tickpeer';
import {
  begin,
  equal,
  holds,
  pollUntil,
  receive,
  type Step,
  send,
  untilClosed,
  untilOpen,
  withOpenPeer,
  withPeer,
} from '../step.ts';

/** What a peer can do in Node, Bun and Deno, and not in a browser. */
export const NODE: readonly Step[] = [
  {
    name: 'verifyTls = false connects in spite of the certificate',
    platform: 'node',
    run: (where) =>
      withPeer(async (peer) => {
        begin(peer, `${where.untrusted}/echo`, false);
        await untilOpen(peer);
        send(peer, 'sealed');
        equal(await receive(peer, 1), ['sealed'], 'packets');
      }),
  },
  {
    name: 'knows the address and the answer of the server',
    platform: 'node',
    run: (where) =>
      withOpenPeer(where, '/echo', async (peer) => {
        equal(peer.getConnectedHost(), '127.0.0.1', 'host');
        equal(peer.getConnectedPort(), Number(new URL(where.plain).port), 'port');
        equal(peer.getHandshakeResponse()?.status, 101, 'status');
        holds(peer.getHandshakeResponse()?.headers.get('upgrade') === 'websocket', 'the answer has its headers');
        peer.setNoDelay(false);
        peer.setNoDelay(true);
        equal(peer.getLastFailure(), null, 'failure');
      }),
  },
  {
    name: 'knows the status of a refusal',
    platform: 'node',
    run: (where) =>
      withPeer(async (peer) => {
        begin(peer, where.refusing);
        await untilClosed(peer);
        equal(peer.getHandshakeResponse()?.status, 404, 'status');
      }),
  },
  {
    name: 'a name that has no address',
    platform: 'node',
    run: () =>
      withPeer(async (peer) => {
        begin(peer, 'ws://nobody.invalid/');
        await untilClosed(peer);
        equal(peer.getLastFailure()?.code, 'TICKPEER_CANT_RESOLVE', 'failure');
      }),
  },
  {
    name: 'localhost is found by its name',
    platform: 'node',
    run: (where) =>
      withPeer(async (peer) => {
        begin(peer, `${where.plain.replace('127.0.0.1', 'localhost')}/echo`);
        await untilOpen(peer);
      }),
  },
  {
    name: 'fragments come as one message',
    platform: 'node',
    run: (where) =>
      withOpenPeer(
        where,
        '/echo',
        async (peer) => {
          send(peer, 'in pieces of seven bytes, all of it');
          equal(await receive(peer, 1), ['in pieces of seven bytes, all of it'], 'packets');
          equal(peer.getStatistics().framesSent, 5, 'frames sent');
        },
        { fragmentSize: 7 },
      ),
  },
  {
    name: 'the heartbeat measures the round-trip time',
    platform: 'node',
    run: (where) =>
      withOpenPeer(
        where,
        '/echo',
        async (peer) => {
          await pollUntil(peer, () => peer.getStatistics().pongsReceived >= 2, 'two Pongs came');
          holds(peer.getStatistics().roundTripTime >= 0, 'there is a round-trip time');
        },
        { heartbeatInterval: 0.02, pongTimeLimit: 5 },
      ),
  },
  {
    name: 'handshakeTimeLimit ends what takes too long',
    platform: 'node',
    run: () =>
      withPeer(
        async (peer) => {
          const [near, far] = StreamPeerMemory.pair();
          equal(peer.connectToStream(near, 'ws://memory.test/'), 0, 'connectToStream');
          await untilClosed(peer);
          equal(peer.getLastFailure()?.code, 'TICKPEER_HANDSHAKE_TIMEOUT', 'failure');
          far.destroy();
        },
        { handshakeTimeLimit: 0.02 },
      ),
  },
  {
    name: 'two peers over a stream in memory, compressed',
    platform: 'node',
    run: () =>
      withPeer(
        async (client) => {
          const [near, far] = StreamPeerMemory.pair();
          const served = new WebSocketPeer({ compression: { threshold: 0 } });
          equal(client.connectToStream(near, 'ws://memory.test/path?query'), 0, 'connectToStream');
          equal(served.acceptStream(far), 0, 'acceptStream');
          const isOpen = (): boolean => {
            served.poll();
            return [client, served].every((peer) => peer.getReadyState() === WebSocketPeer.STATE_OPEN);
          };
          await pollUntil(client, isOpen, 'both are OPEN');
          equal(served.getHandshakeRequest()?.path, '/path', 'path');
          equal(served.getHandshakeRequest()?.query, 'query', 'query');
          const text = 'over and over '.repeat(500);
          send(client, text);
          const arrived = (): boolean => {
            served.poll();
            return served.getAvailablePacketCount() === 1;
          };
          await pollUntil(client, arrived, 'it came');
          equal([...served.packets()], [text], 'packets');
          holds(served.getStatistics().bytesReceived < 500, 'it was compressed');
          served.close(-1);
          await untilClosed(client);
        },
        { compression: { threshold: 0 } },
      ),
  },
  {
    name: 'a server broadcasts, and stops with 1001',
    platform: 'node',
    run: async () => {
      const server = new WebSocketServer({ heartbeatInterval: 5 });
      equal(server.listen(0, '127.0.0.1'), 0, 'listen');
      const clients = [new WebSocketPeer(), new WebSocketPeer()] as const;
      for (const client of clients) begin(client, `ws://127.0.0.1:${server.getLocalPort()}`);
      const all = { text: [] as unknown[], hasSent: false, hasStopped: false };
      const tick = (): boolean => {
        server.poll();
        clients[1].poll();
        if (server.getPeerCount() === 2 && !all.hasSent) {
          all.hasSent = true;
          equal(server.broadcast(server.getPeers(), 'to all'), [], 'those that did not take it');
        }
        for (const client of clients) all.text.push(...client.packets());
        if (all.text.length === 2 && !all.hasStopped) {
          all.hasStopped = true;
          server.stop();
        }
        return server.isStopped() && clients.every((client) => client.getReadyState() === State.STATE_CLOSED);
      };
      await pollUntil(clients[0], tick, 'the server has stopped');
      equal(all.text, ['to all', 'to all'], 'packets');
      equal(
        clients.map((client) => client.getCloseCode()),
        [1001, 1001],
        'close codes',
      );
    },
  },
];
