import { Crypto, type StreamPeer, StreamPeerTCP, StreamPeerTLS, TCPServer, TLSOptions, WebSocketPeer } from 'tickpeer';
import { begin, ending, equal, holds, pollUntil, type Step, send, type Where, withPeer } from '../step.ts';

/** Connections by another server: a proxy, a redirect. The step plays both, in the same loop. */
export const PROXIES: readonly Step[] = [
  ...(['plain', 'trusted'] as const).flatMap((address) =>
    [false, true].map(
      (secure): Step => ({
        name: `${address === 'plain' ? 'ws' : 'wss'} through ${secure ? 'a proxy over TLS' : 'a proxy'}`,
        platform: 'node',
        run: async (where) => {
          const proxy = new HandProxy(secure ? await makeServerOptions() : null);
          const options = { url: `${secure ? 'https' : 'http'}://us%20er:pw@127.0.0.1:${proxy.port}`, tls: unsafe };
          try {
            await withPeer((peer) => echo(peer, where, address, proxy), { proxy: options });
          } finally {
            proxy.stop();
          }
          const [request = ''] = proxy.requests;
          holds(request.startsWith(`CONNECT ${where[address].replace(/^wss?:\/\//, '')} HTTP/1.1\r\n`), request);
          holds(request.includes('\r\nProxy-Authorization: Basic dXMgZXI6cHc=\r\n'), request);
        },
      }),
    ),
  ),
  {
    name: 'a proxy that refuses',
    platform: 'node',
    run: async (where) => {
      const proxy = new HandProxy(null, 'HTTP/1.1 407 No\r\n\r\n');
      await withPeer(
        async (peer) => {
          begin(peer, where.plain);
          await pollUntil(peer, () => proxy.poll() && peer.getReadyState() === STATE_CLOSED, 'it is CLOSED');
          equal(ending(peer), { code: -1, reason: '', failure: 'TICKPEER_PROXY_AUTHENTICATION' }, 'ending');
        },
        { proxy: `http://127.0.0.1:${proxy.port}` },
      );
      proxy.stop();
    },
  },
  {
    name: 'the environment has no proxy for this machine',
    platform: 'node',
    run: (where) => withPeer((peer) => echo(peer, where, 'plain', null), { proxy: 'environment' }),
  },
  {
    name: 'a redirect, from ws to wss',
    platform: 'node',
    run: async (where) => {
      const first = new HandProxy(null, `HTTP/1.1 302 Found\r\nLocation: ${where.trusted}/echo\r\n\r\n`);
      await withPeer(
        async (peer) => {
          begin(peer, `ws://127.0.0.1:${first.port}/`, where.trust);
          await exchange(peer, first);
        },
        { maxRedirects: 1 },
      );
      first.stop();
    },
  },
];

const { STATE_OPEN, STATE_CLOSED } = WebSocketPeer;
const unsafe = TLSOptions.clientUnsafe();

async function echo(
  peer: WebSocketPeer,
  where: Where,
  address: 'plain' | 'trusted',
  proxy: HandProxy | null,
): Promise<void> {
  begin(peer, `${where[address]}/echo`, where.trust);
  await exchange(peer, proxy);
}

/** Sends a message to `/echo` as soon as that is possible, and closes when it has come back. */
async function exchange(peer: WebSocketPeer, proxy: HandProxy | null): Promise<void> {
  const isAt = (state: number): boolean => (proxy?.poll() ?? true) && peer.getReadyState() === state;
  await pollUntil(peer, () => isAt(STATE_OPEN) || isAt(STATE_CLOSED), 'it has connected');
  equal(ending(peer), { code: -1, reason: '', failure: null }, 'how it connected');
  send(peer, 'hello');
  await pollUntil(peer, () => isAt(STATE_OPEN) && peer.getAvailablePacketCount() === 1, 'the echo is there');
  equal([...peer.packets()], ['hello'], 'echo');
  peer.close(4001, 'enough');
  await pollUntil(peer, () => isAt(STATE_CLOSED), 'it is CLOSED');
  equal(ending(peer), { code: 4001, reason: 'enough', failure: null }, 'ending');
}

async function makeServerOptions(): Promise<TLSOptions> {
  const key = new Crypto().generateEc();
  return TLSOptions.server(key, await new Crypto().generateSelfSignedCertificate(key));
}

/** A proxy for one connection, made of tickpeer's streams; or a server that sends `answer` to every request. */
class HandProxy {
  readonly requests: string[] = [];
  readonly #server = new TCPServer();
  readonly #tls: TLSOptions | null;
  readonly #answer: string | null;
  #client: StreamPeer | null = null;
  #upstream: StreamPeerTCP | null = null;
  #request = '';
  #hasTunnel = false;

  constructor(tls: TLSOptions | null, answer: string | null = null) {
    this.#tls = tls;
    this.#answer = answer;
    this.#server.listen(0, '127.0.0.1');
  }

  get port(): number {
    return this.#server.getLocalPort();
  }

  /** Always true, for conditions. */
  poll(): true {
    this.#client ??= this.#take();
    this.#client?.poll();
    this.#upstream?.poll();
    if (this.#hasTunnel) {
      this.#pump(this.#client, this.#upstream);
      this.#pump(this.#upstream, this.#client);
    } else if (this.#upstream !== null) {
      if (this.#upstream.getStatus() === StreamPeerTCP.STATUS_CONNECTED) this.#reply('HTTP/1.1 200 OK\r\n\r\n');
    } else if (this.#client !== null && this.requests.length === 0) {
      this.#read(this.#client);
    }
    return true;
  }

  stop(): void {
    this.#client?.destroy();
    this.#upstream?.destroy();
    this.#server.stop();
  }

  #take(): StreamPeer | null {
    const tcp = this.#server.takeConnection();
    if (tcp === null || this.#tls === null) return tcp;
    const tls = new StreamPeerTLS();
    tls.acceptStream(tcp, this.#tls);
    return tls;
  }

  #read(client: StreamPeer): void {
    this.#request += new TextDecoder().decode(client.getPartialData(65_536)[1]);
    if (!this.#request.endsWith('\r\n\r\n')) return;
    this.requests.push(this.#request);
    if (this.#answer !== null) {
      client.putData(new TextEncoder().encode(this.#answer));
      return;
    }
    const [, host = '', port = ''] = /^CONNECT ([^:]+):(\d+) /.exec(this.#request) ?? [];
    this.#upstream = new StreamPeerTCP();
    this.#upstream.connectToHost(host, Number(port));
  }

  #reply(answer: string): void {
    this.#client?.putData(new TextEncoder().encode(answer));
    this.#hasTunnel = true;
  }

  #pump(from: StreamPeer | null, to: StreamPeer | null): void {
    if (from === null || to === null) return;
    const [, data] = from.getPartialData(65_536);
    if (data.length > 0) to.putData(data);
  }
}
