import { describe, expect, test } from 'vitest';
import { bytesOf } from '../../../test/support/frames.ts';
import { table } from '../../../test/support/hub.ts';
import { int } from '../../variant/index.ts';
import type { PeerLimits } from '../limits/peer-limits.ts';
import { md5 } from '../wire/md5.ts';
import { rpc } from './rpc-method.ts';

const hexOf = (text: string): string => Buffer.from(`${text}\0`).toString('hex');
const METHODS = ['any', 'authority', 'disabled', 'missing', 'number', 'server'] as const;
const CHECKSUM = md5(new TextEncoder().encode(METHODS.join('')));

/** A call without arguments, by the node's path. Methods are numbered in the order of their names. */
function call(path: string, method: number): Uint8Array {
  return bytesOf(`a006000080${method.toString(16).padStart(2, '0')}${hexOf(path)}`);
}

/** SIMPLIFY_PATH: gives the node at `path` a number below 256. */
function introduce(number: number, path: string, checksum: string = CHECKSUM): Uint8Array {
  const digits = Buffer.from(checksum).toString('hex');
  return bytesOf(`01${digits}00${number.toString(16).padStart(2, '0')}000000${hexOf(path)}`);
}

/** A server with a node at each of `paths`, and client 5, whose packets the test makes. */
function serve(paths: readonly string[] = ['Main'], limits: PeerLimits = {}) {
  const { server, clients, settle } = table([5], { limits });
  const { multiplayer } = server;
  const ran: string[] = [];
  const run = (name: string) => (from: number) => void ran.push(`${name} of ${multiplayer.getCalledPath()} by ${from}`);
  for (const path of paths) {
    multiplayer.node(path, {
      any: rpc.anyPeer([], run('any')),
      authority: rpc.authority([], run('authority')),
      disabled: rpc.disabled([], run('disabled')),
      missing: rpc.anyPeer(),
      number: rpc.anyPeer([int], run('number')),
      server: rpc.server([], run('server')),
    });
  }
  const raw = server.peer.links.get(5)!;
  const receive = (...packets: readonly Uint8Array[]): string[] => {
    for (const packet of packets) raw.putPacket(packet);
    settle();
    return server.news();
  };
  /** The numbers that were confirmed to the client, and whether the checksums were equal. */
  const confirmed = (): string[] =>
    clients[0]!.peer.heard.splice(0).flatMap(([, packet]) => (packet.startsWith('02') ? [packet.slice(2, 6)] : []));
  return { multiplayer, ran, receive, confirmed };
}

describe('a call', () => {
  test('runs the method, by path or by number', () => {
    const { ran, receive } = serve();
    expect(receive(call('Main', 0), introduce(7, 'Main'), bytesOf('800700'))).toEqual([]);
    expect(ran).toEqual(['any of Main by 5', 'any of Main by 5']);
  });

  test.each<[what: string, packet: Uint8Array, code: string]>([
    ['without a method', bytesOf('8001'), 'TICKPEER_BAD_PACKET'],
    ['with a number of unknown width', bytesOf('b0010000000000'), 'TICKPEER_BAD_PACKET'],
    ['with a path behind its end', bytesOf('a00700008000'), 'TICKPEER_BAD_PACKET'],
    ['with a path that is not UTF-8', bytesOf('a00600008000ff00'), 'TICKPEER_BAD_PACKET'],
    ['of a node that is not declared', call('Other', 0), 'TICKPEER_RPC_UNKNOWN_NODE'],
    ['of a number that was not given', bytesOf('800700'), 'TICKPEER_RPC_UNKNOWN_NODE'],
    ['of a method behind the last', call('Main', METHODS.length), 'TICKPEER_RPC_UNKNOWN_METHOD'],
    ['of a method without a handler', call('Main', 3), 'TICKPEER_RPC_UNKNOWN_METHOD'],
    ['of a disabled method', call('Main', 2), 'TICKPEER_RPC_NOT_ALLOWED'],
    ['of a method of the authority', call('Main', 1), 'TICKPEER_RPC_NOT_ALLOWED'],
    ['of a method of the server', call('Main', 5), 'TICKPEER_RPC_NOT_ALLOWED'],
    ['without the argument that it takes', call('Main', 4), 'TICKPEER_RPC_ARGUMENTS'],
  ])('%s is refused', (_, packet, code) => {
    const { ran, receive } = serve();
    expect(receive(packet)).toEqual([`bad 5 ${code}`]);
    expect(ran).toEqual([]);
  });

  test('a client that is the authority may call the authority’s methods, but not the server’s', () => {
    const { multiplayer, ran, receive } = serve();
    multiplayer.setMultiplayerAuthority('Main', 5);
    expect(receive(call('Main', 1), call('Main', 5))).toEqual(['bad 5 TICKPEER_RPC_NOT_ALLOWED']);
    expect(ran).toEqual(['authority of Main by 5']);
  });
});

test('a path has at most pathLength bytes: one below, on and above it', () => {
  const paths = ['abc', 'abcd', 'abcde'];
  const { ran, receive } = serve(paths, { pathLength: 4 });
  expect(receive(...paths.map((path) => call(path, 0)))).toEqual(['bad 5 TICKPEER_RPC_UNKNOWN_NODE']);
  expect(ran).toEqual(['any of abc by 5', 'any of abcd by 5']);
});

describe('a number for a node', () => {
  test('is confirmed, and the confirmation says whether the methods are the same', () => {
    const { receive, confirmed } = serve(['A', 'B']);
    expect(receive(introduce(1, 'A'), introduce(2, 'B', '0'.repeat(32)))).toEqual(['differs 5 TICKPEER_RPC_CHECKSUM']);
    expect(confirmed()).toEqual(['0101', '0002']);
  });

  test('is refused for calls when the methods differ', () => {
    const { ran, receive } = serve();
    receive(introduce(1, 'Main', '0'.repeat(32)));
    expect(receive(bytesOf('800100'))).toEqual(['bad 5 TICKPEER_RPC_CHECKSUM']);
    expect(ran).toEqual([]);
  });

  test('that belongs to another node already is a bad packet', () => {
    const { receive, confirmed } = serve(['A', 'B']);
    expect(receive(introduce(1, 'A'), introduce(1, 'B'))).toEqual(['bad 5 TICKPEER_BAD_PACKET']);
    expect(confirmed()).toEqual(['0101']);
  });

  test.each([
    [1, []],
    [2, []],
    [3, ['bad 5 TICKPEER_PEER_LIMIT']],
  ])('number %i of cacheEntries, 2', (count, news) => {
    const paths = ['A', 'B', 'C'].slice(0, count);
    const { receive, confirmed } = serve(paths, { cacheEntries: 2 });
    expect(receive(...paths.map((path, at) => introduce(at + 1, path)))).toEqual(news);
    expect(confirmed()).toEqual(['0101', '0102'].slice(0, count));
  });
});

test.each([5, 7])('a confirmation of %i bytes is a bad packet', (size) => {
  const { receive } = serve();
  expect(receive(Uint8Array.of(2, 1, 1, 0, 0, 0, 0).subarray(0, size))).toEqual(['bad 5 TICKPEER_BAD_PACKET']);
});
