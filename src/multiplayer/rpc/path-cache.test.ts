import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { bytesOf } from '../../../test/support/frames.ts';
import { type Player, table } from '../../../test/support/hub.ts';
import { ErrorCode } from '../../error-code.ts';
import { md5 } from '../wire/md5.ts';
import type { AnyMethod } from './node-registry.ts';
import { PathCache } from './path-cache.ts';
import { rpc } from './rpc-method.ts';
import { RpcTable } from './rpc-table.ts';

const LIMITS = { cacheEntries: 2, packetsPerSecond: 1e6 };
const EMPTY = new RpcTable<AnyMethod>({});

const checksumOf = (...names: readonly string[]): string => md5(new TextEncoder().encode(names.join('')));
const hexOf = (text: string): string => Buffer.from(text).toString('hex');

/** SIMPLIFY_PATH and a call by that number, as an engine sends them; without a number, the call with its path. */
function introduce(number: number, path: string, checksum: string = checksumOf('hit')): Uint8Array {
  const id = number.toString(16).padStart(8, '0').match(/../g)!.reverse().join('');
  return bytesOf(`01${hexOf(checksum)}00${id}${hexOf(`${path}\0`)}`);
}

const callByNumber = (number: number): Uint8Array => Uint8Array.of(0x80, number, 0);
const callByPath = (path: string): Uint8Array => bytesOf(`a00600008000${hexOf(`${path}\0`)}`);

/** A server with nodes that share a declaration, and a client that is only packets. */
function game(limits: Partial<typeof LIMITS> = {}) {
  const { server, clients, clock, settle } = table([5], { limits: { ...LIMITS, ...limits } });
  const hits: string[] = [];
  const { multiplayer } = server;
  multiplayer.nodes('P/*', { hit: rpc.anyPeer([], () => hits.push(multiplayer.getCalledPath())) });
  const raw = server.peer.links.get(5)!;
  const send = (...packets: readonly Uint8Array[]): void => {
    for (const packet of packets) raw.putPacket(packet);
    settle();
  };
  const confirmed = (): string[] =>
    clients[0]!.peer.heard.splice(0).flatMap(([, packet]) => (packet.startsWith('02') ? [packet.slice(2, 6)] : []));
  return { server, clock, hits, send, confirmed };
}

describe('nodes that are freed and made again', () => {
  test.each([
    [1, 1],
    [2, 2],
    [3, 2],
  ])('%i nodes of 2: %i are confirmed, and all of them can be called', (count, confirmedCount) => {
    const { server, hits, send, confirmed } = game();
    for (let n = 1; n <= count; n++) {
      send(introduce(n, `P/${n}`), callByPath(`P/${n}`));
      send(n <= confirmedCount ? callByNumber(n) : callByPath(`P/${n}`));
    }
    expect(confirmed()).toEqual(['0101', '0102'].slice(0, confirmedCount));
    expect(hits).toEqual(Array.from({ length: count }, (_, n) => [`P/${n + 1}`, `P/${n + 1}`]).flat());
    expect(server.multiplayer.getPeers()).toEqual([5]);
    expect(server.news()).toEqual(count > 2 ? ['bad 5 TICKPEER_PEER_LIMIT'] : []);
  });

  test('1,000 nodes at one path, each freed and made again: the old number is released', () => {
    const { server, hits, send, confirmed } = game({ cacheEntries: 1 });
    for (let n = 1; n <= 1000; n++) send(introduce(n, 'P/1'));
    send(callByNumber(7), bytesOf('90e80300')); // one of those that went, and 1000
    expect(hits).toEqual(['P/1']);
    expect(confirmed()).toHaveLength(1000);
    expect(server.news()).toEqual(['bad 5 TICKPEER_RPC_UNKNOWN_NODE']);
    expect(server.multiplayer.getPeers()).toEqual([5]);
  });

  test('the same packet again is confirmed again; another path with that number is a bad packet', () => {
    const { server, hits, send, confirmed } = game({ cacheEntries: 1 });
    send(introduce(1, 'P/1'), introduce(1, 'P/1'), introduce(1, 'P/2'), callByNumber(1));
    expect(confirmed()).toEqual(['0101', '0101']);
    expect(server.news()).toEqual(['bad 5 TICKPEER_BAD_PACKET']);
    expect(hits).toEqual(['P/1']);
  });

  test('forgetNode() makes room for others, and until then nodes in use stay confirmed', () => {
    const { server, hits, send, confirmed } = game();
    send(introduce(1, 'P/1'), introduce(2, 'P/2'));
    server.multiplayer.forgetNode('P/1');
    send(callByNumber(1));
    expect(hits.splice(0)).toEqual(['P/1']);
    send(introduce(3, 'P/3'), callByNumber(3), callByNumber(2));
    expect(hits.splice(0)).toEqual(['P/3', 'P/2']);
    expect(confirmed()).toEqual(['0101', '0102', '0103']);
    send(callByNumber(1));
    expect([hits, server.news()]).toEqual([[], ['bad 5 TICKPEER_RPC_UNKNOWN_NODE']]);
    server.multiplayer.forgetNode('P/2');
    send(introduce(4, 'P/2'), introduce(5, 'P/5'));
    // P/2 was numbered anew after it was forgotten, so nothing can go.
    expect(confirmed()).toEqual(['0104']);
    send(callByNumber(4), callByPath('P/5'));
    expect(hits).toEqual(['P/2', 'P/5']);
  });

  test('a node that is used again here keeps the number that the other side has for it', () => {
    const { server, hits, send } = game();
    const { multiplayer } = server;
    const each = multiplayer.nodes('Q/*', { hit: rpc.anyPeer([], () => hits.push(multiplayer.getCalledPath())) });
    send(introduce(1, 'Q/1', checksumOf('hit')), introduce(2, 'P/2'));
    multiplayer.forgetNode('Q/1');
    expect(each.at('Q/1').hit.rpc()).toBe(ErrorCode.OK);
    // There is no room for it: neither of the two may go.
    send(introduce(3, 'P/3'), callByNumber(1), callByNumber(2));
    expect(hits).toEqual(['Q/1', 'P/2']);
    expect(server.news()).toEqual(['bad 5 TICKPEER_PEER_LIMIT']);
  });

  test('no number of a forgotten node is kept, in either direction', () => {
    const cache = new PathCache();
    const node = (path: string) => ({ path, table: EMPTY });
    for (let n = 1; n <= 1000; n++) {
      const path = `P/${n}`;
      const own = cache.numberOf(path);
      cache.tell(5, own);
      cache.confirm(5, own);
      expect(cache.learn(5, n, node(path), true, 10)).toBe(true);
      cache.forgetPath(path);
      expect([cache.isConfirmed(5, own), cache.pathOf(own)]).toEqual([false, '']);
    }
    expect(Array.from({ length: 1000 }, (_, n) => cache.nodeOf(5, n + 1)).filter(Boolean)).toHaveLength(10);
  });
});

describe('checksums that differ', () => {
  test('are reported once for all nodes with the same methods', () => {
    const methods = Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`method_${n}`, rpc.anyPeer()]));
    const { server, send } = game({ cacheEntries: 4096 });
    server.multiplayer.nodes('Q/*', methods);
    const messages: string[] = [];
    server.multiplayer.checksumMismatch.connect((_id, { message }) => messages.push(message));
    send(...Array.from({ length: 200 }, (_, n) => introduce(n + 1, `Q/${n}`, checksumOf(`${n}`))));
    expect(server.news()).toEqual(['', ' x10', ' x100'].map((count) => `differs 5 TICKPEER_RPC_CHECKSUM${count}`));
    expect(messages[0]).toContain('method_0, method_1, method_10,');
    expect(server.multiplayer.getPeerStatistics(5)).toMatchObject({ badPackets: 0, refusedPackets: 200 });
    expect(server.multiplayer.getPeers()).toEqual([5]);
  });

  test('the explanation is made once, for any number of checksums', () => {
    const names = Array.from({ length: 100 }, (_, n) => `method_${n}`);
    const table = new RpcTable(Object.fromEntries(names.map((name) => [name, rpc.anyPeer()])));
    const checksums = names.map((name) => checksumOf(name));
    // Each checksum of ours encodes the names: that is the work that is counted.
    const encode = vi.spyOn(TextEncoder.prototype, 'encode');
    onTestFinished(() => encode.mockRestore());
    table.explain('0'.repeat(32));
    expect(encode.mock.calls.length).toBeGreaterThanOrEqual(100);
    encode.mockClear();
    for (const other of checksums) table.explain(other);
    expect(encode).not.toHaveBeenCalled();
  });

  test('the report names the methods that the other side lacks', () => {
    const table = new RpcTable({ a: rpc.anyPeer(), b: rpc.anyPeer(), c: rpc.anyPeer() });
    expect(table.explain(checksumOf('a', 'c'))).toContain('The other side lacks "b".');
    expect(table.explain(checksumOf())).toContain('no RPC methods');
    expect(table.explain(checksumOf('z'))).toMatch(/there the checksum is [0-9a-f]{32}\.$/);
  });

  test('count also where there is no room for the number', () => {
    const { server, hits, send } = game({ cacheEntries: 1 });
    send(introduce(1, 'P/1'), introduce(2, 'P/2', checksumOf('other')), callByPath('P/2'), callByNumber(1));
    expect(hits).toEqual(['P/1']);
    expect(server.news()).toEqual([
      'bad 5 TICKPEER_PEER_LIMIT',
      'differs 5 TICKPEER_RPC_CHECKSUM',
      'bad 5 TICKPEER_RPC_CHECKSUM',
    ]);
  });

  test('a node that is made again with the right methods can be called', () => {
    const { hits, send } = game();
    send(introduce(1, 'P/1', checksumOf('other')), callByNumber(1), introduce(2, 'P/1'), callByNumber(2));
    expect(hits).toEqual(['P/1']);
  });

  const node = (path: string) => ({ path, table: EMPTY });
  const OTHER = new RpcTable<AnyMethod>({ a: rpc.anyPeer() });

  test('end when every node that differed was made again with the right methods', () => {
    const cache = new PathCache();
    cache.learn(5, 1, node('P/1'), false, 10);
    cache.learn(5, 2, node('P/2'), false, 10);
    expect([cache.hasDifferent, cache.hasSameMethods(5, node('P/3'))]).toEqual([true, false]);
    cache.learn(5, 3, node('P/1'), true, 10);
    expect([cache.hasDifferent, cache.hasSameMethods(5, node('P/3'))]).toEqual([true, false]);
    cache.learn(5, 4, node('P/2'), true, 10);
    expect([cache.hasDifferent, cache.hasSameMethods(5, node('P/3'))]).toEqual([false, true]);
  });

  test('are those of one declaration at one peer, and end when that peer leaves', () => {
    const cache = new PathCache();
    cache.learn(5, 1, node('P/1'), false, 10);
    expect([5, 6].map((id) => cache.hasSameMethods(id, node('P/2')))).toEqual([false, true]);
    expect(cache.hasSameMethods(5, { path: 'Q/1', table: OTHER })).toBe(true);
    cache.differ(6, node('P/1'));
    cache.forget(5);
    expect([cache.hasDifferent, cache.hasSameMethods(6, node('P/2'))]).toEqual([true, false]);
    cache.forget(6);
    expect([cache.hasDifferent, cache.hasSameMethods(6, node('P/2'))]).toEqual([false, true]);
  });

  test('that the other side reports end when it numbers the node with the right methods', () => {
    const cache = new PathCache();
    cache.differ(5, node('P/1'));
    expect(cache.hasSameMethods(5, node('P/1'))).toBe(false);
    cache.learn(5, 1, node('P/1'), true, 10);
    expect([cache.hasDifferent, cache.hasSameMethods(5, node('P/1')), cache.hasSameMethods(5, node('P/2'))]).toEqual([
      false,
      true,
      true,
    ]);
  });

  test.each([
    [
      'numbered there and forgotten here, then removed because the cache is full',
      (cache: PathCache) => {
        cache.learn(5, 1, node('P/1'), false, 1);
        cache.forgetPath('P/1');
        expect(cache.learn(5, 2, { path: 'Q/1', table: OTHER }, true, 1)).toBe(true);
      },
    ],
    [
      'never numbered, because the cache is full',
      (cache: PathCache) => {
        cache.learn(5, 1, { path: 'Q/1', table: OTHER }, true, 1);
        expect(cache.learn(5, 2, node('P/1'), false, 1)).toBe(false);
      },
    ],
    [
      'reported by the other side, and forgotten here',
      (cache: PathCache) => {
        cache.differ(5, node('P/1'));
        cache.forgetPath('P/1');
      },
    ],
  ])('stay for a node that was %s, because it may still exist and be called by its path', (_name, prepare) => {
    const cache = new PathCache();
    prepare(cache);
    expect([cache.hasDifferent, cache.hasSameMethods(5, node('P/1')), cache.hasSameMethods(5, node('P/2'))]).toEqual([
      true,
      false,
      false,
    ]);
    cache.forget(5);
    expect(cache.hasDifferent).toBe(false);
  });

  test('a mismatch that the other side reports is reported once, too', () => {
    const { server, clients, settle } = table([5], { limits: { ...LIMITS, cacheEntries: 100 } });
    const declare = ({ multiplayer }: Player, methods: Parameters<typeof multiplayer.nodes>[1]) =>
      multiplayer.nodes('P/*', methods);
    const home = declare(server, { hit: rpc.anyPeer() });
    declare(clients[0]!, { other: rpc.anyPeer([], () => undefined) });
    for (let n = 0; n < 20; n++) {
      const { hit } = home.at(`P/${n}`);
      (hit as { rpc: () => number }).rpc();
      settle();
    }
    // Then no node with these methods is called there any more.
    expect(server.news()).toEqual(['differs 5 TICKPEER_RPC_CHECKSUM']);
  });
});
