import { rpc, SceneMultiplayer, WebSocketMultiplayerPeer } from 'tickpeer/multiplayer';
import { int } from 'tickpeer/variant';
import { expect, onTestFinished, test } from 'vitest';
import { simplifyPathPacket } from '../../src/multiplayer/wire/path-packet.ts';
import { drive } from '../support/peers.ts';

const utf8 = new TextEncoder();

/** A game with a client that always waits for one answer, while another client attacks; and the number of reports. */
async function besiege(name: string, packets: readonly Uint8Array[]): Promise<number> {
  const peers = Array.from({ length: 3 }, () => new WebSocketMultiplayerPeer({ outboundBufferSize: 0 }));
  const [serverPeer, honestPeer, attacker] = peers as [(typeof peers)[0], (typeof peers)[0], (typeof peers)[0]];
  for (const peer of peers) onTestFinished(() => peer.close());
  serverPeer.createServer(0, '127.0.0.1');
  const url = `ws://127.0.0.1:${serverPeer.getLocalPort()}`;
  honestPeer.createClient(url);
  attacker.createClient(url);
  const [server, honest] = [new SceneMultiplayer(), new SceneMultiplayer()];
  server.multiplayerPeer = serverPeer;
  honest.multiplayerPeer = honestPeer;
  const methods = Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`method_${n}`, rpc.anyPeer()]));
  server.nodes('Players/*', methods);
  let told = 0;
  server.badPacket.connect(() => told++);
  server.checksumMismatch.connect(() => told++);
  let count = 0;
  let sentAt = 0;
  let worstDelay = 0;
  const home = server.node('Main', {
    ask: rpc.anyPeer([int], (from, n) => home.answer.rpcId(from, n)),
    answer: rpc.authority([int]),
  });
  const away = honest.node('Main', {
    ask: rpc.anyPeer([int]),
    answer: rpc.authority([int], (_from, n) => {
      worstDelay = Math.max(worstDelay, performance.now() - sentAt);
      count = n;
      sentAt = performance.now();
      away.ask.rpcId(1, n + 1);
    }),
  });
  await drive([server, honest, attacker], () => server.getPeers().length === 2 && honest.getPeers().length === 2);
  sentAt = performance.now();
  away.ask.rpcId(1, 1);
  // Within the limits: 1,500 in a second.
  const id = attacker.getUniqueId();
  let sent = 0;
  const begin = performance.now();
  await drive(
    [server, honest, attacker],
    () => {
      const due = Math.min(packets.length, ((performance.now() - begin) / 1000) * 1500);
      while (sent < due) attacker.putPacket(packets[sent++]!);
      return (server.getPeerStatistics(id)?.packets ?? 0) >= packets.length;
    },
    30_000,
  );
  if (process.env['TICKPEER_FIGURES'] !== undefined) {
    process.stdout.write(`${name.padEnd(46)} worst answer ${worstDelay.toFixed(0).padStart(5)} ms, ${count} answers\n`);
  }
  expect(count).toBeGreaterThan(0);
  expect(worstDelay).toBeLessThan(3000);
  expect(server.getPeers()).toContain(id);
  return told;
}

test('introductions of nodes whose methods differ', async () => {
  const packets = Array.from({ length: 3000 }, (_, n) =>
    simplifyPathPacket(n.toString(16).padStart(32, '0'), n + 1, utf8.encode(`Players/${n}\0`)),
  );
  // The 1st, 10th, 100th and 1000th.
  expect(await besiege('3,000 checksums that differ', packets)).toBe(4);
}, 60_000);

test('calls to unknown nodes', async () => {
  const packets = Array.from({ length: 3000 }, (_, n) =>
    Uint8Array.of(0xa0, 6, 0, 0, 0x80, 0, ...utf8.encode(`${'x'.repeat(1000)}${n}\0`)),
  );
  // 32 paths, and of all others the 1st, 10th, 100th and 1000th.
  expect(await besiege('3,000 calls to unknown nodes of 1,000 letters', packets)).toBe(36);
}, 60_000);
