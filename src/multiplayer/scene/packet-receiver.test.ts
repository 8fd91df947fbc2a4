import { describe, expect, test } from 'vitest';
import { bytesOf, hex } from '../../../test/support/frames.ts';
import { Signal } from '../signal.ts';
import { authPacket, SysCommand, sysPacket } from '../wire/sys-packet.ts';
import { Authentication } from './authentication.ts';
import { PacketReceiver, type PacketReceiverParts } from './packet-receiver.ts';
import type { RelayFilter } from './relay.ts';

const RAW = bytesOf('03aa');

/** A receiver of a side with the peers 1, 5 and 7, and in `log` all that it does. */
function make({ isServer = true, isRelaying = true, relayFilter = null as RelayFilter | null, admits = true } = {}) {
  const log: string[] = [];
  const authentication = new Authentication();
  const note = (what: string) => (from: number, packet: Uint8Array) => void log.push(`${what} ${from} ${hex(packet)}`);
  const [peerPacket, replicationPacket] = [
    new Signal<[number, Uint8Array<ArrayBuffer>]>(),
    new Signal<[number, Uint8Array<ArrayBuffer>]>(),
  ];
  peerPacket.connect(note('bytes'));
  replicationPacket.connect(note('replication'));
  const parts = {
    router: {
      isServer,
      isRelaying,
      peer: { getUniqueId: () => (isServer ? 1 : 9) },
      sendSystem: (ids: number[], packet: Uint8Array) => void log.push(`send ${ids.join()} ${hex(packet)}`),
    },
    members: {
      peers: new Set(isServer ? [5, 7, 8] : [1, 5, 7]),
      isHere: (id: number) => parts.members.peers.has(id),
      authentication,
      admit: (id: number) => void log.push(`admit ${id}`),
      admitIfComplete: (id: number) => void log.push(`admit if complete ${id}`),
      unlink: (id: number) => void log.push(`unlink ${id}`),
    },
    enforcer: {
      refuse: (from: number, { code }: { code: string }) => void log.push(`refuse ${from} ${code}`),
      admitsRelayed: (from: number, receivers: number, size: number) => {
        log.push(`relayed ${from} ${receivers} ${size}`);
        return admits;
      },
    },
    calls: {
      receiveCall: note('call'),
      receivePath: note('path'),
      receiveConfirmation: note('confirmation'),
    },
    replication: {
      receiveSpawn: note('spawn'),
      receiveDespawn: note('despawn'),
      receiveState: note('state'),
    },
    introductions: { hasUnknown: false, noteUse: () => {} },
    renumbering: null,
    running: { as: (_id: number, run: () => void) => run() },
    listener: { relayFilter, authCallback: note('auth'), peerPacket, replicationPacket },
  };
  // No other members are used.
  const receiver = new PacketReceiver(parts as unknown as PacketReceiverParts);
  const receive = (from: number, packet: Uint8Array): string[] => {
    receiver.receive(from, new Uint8Array(packet));
    return log.splice(0);
  };
  return { receive, authentication };
}

describe('a packet is dispatched by the low three bits of its first byte', () => {
  test.each([
    ['00', 'call 5 00'],
    ['e0', 'call 5 e0'],
    ['01', 'path 5 01'],
    ['02', 'confirmation 5 02'],
    ['03aa', 'bytes 5 aa'],
    ['04', 'replication 5 04', 'spawn 5 04'],
    ['05', 'replication 5 05', 'despawn 5 05'],
    ['06', 'replication 5 06', 'state 5 06'],
  ])('%s: %s', (packet, ...expected) => {
    expect(make().receive(5, bytesOf(packet))).toEqual(expected);
  });

  test.each([[''], ['03']])('"%s" is refused', (packet) => {
    expect(make().receive(5, bytesOf(packet))).toEqual(['refuse 5 TICKPEER_BAD_PACKET']);
  });

  test('one from a peer that has gone is dropped', () => {
    expect(make().receive(6, RAW)).toEqual([]);
  });
});

describe('while a peer is authenticated', () => {
  function pending() {
    const scene = make();
    scene.authentication.begin(6, 1000);
    return scene;
  }

  test('data reaches the program, and nothing else gets through', () => {
    const { receive } = pending();
    expect(receive(6, authPacket(bytesOf('aa')))).toEqual(['auth 6 aa']);
    for (const packet of [RAW, bytesOf(''), sysPacket(SysCommand.RELAY, 5, RAW)]) {
      expect(receive(6, packet)).toEqual(['refuse 6 TICKPEER_NOT_AUTHENTICATED']);
    }
  });

  test('a packet without data completes the other side, which sends no data after it', () => {
    const { receive, authentication } = pending();
    expect(receive(6, authPacket())).toEqual(['admit if complete 6']);
    expect(authentication.hasCompletedThere(6)).toBe(true);
    expect(receive(6, authPacket(bytesOf('aa')))).toEqual(['refuse 6 TICKPEER_NOT_AUTHENTICATED']);
  });

  test('data that comes after this side has accepted is ignored', () => {
    const { receive, authentication } = pending();
    authentication.completeHere(6);
    expect(receive(6, authPacket(bytesOf('aa')))).toEqual([]);
  });

  test('one that is admitted may repeat that it has completed, but has no data', () => {
    const { receive } = make();
    expect(receive(5, authPacket())).toEqual([]);
    expect(receive(5, authPacket(bytesOf('aa')))).toEqual(['refuse 5 TICKPEER_NOT_AUTHENTICATED']);
  });
});

describe('who comes and goes', () => {
  test('is told to a client by the server', () => {
    const { receive } = make({ isServer: false });
    expect(receive(1, sysPacket(SysCommand.ADD_PEER, 6))).toEqual(['admit 6']);
    expect(receive(1, sysPacket(SysCommand.DEL_PEER, 5))).toEqual(['unlink 5']);
  });

  test('changes nothing where a known peer is added, an unknown one removed, or this side itself is named', () => {
    const { receive } = make({ isServer: false });
    expect(receive(1, sysPacket(SysCommand.ADD_PEER, 5))).toEqual([]);
    expect(receive(1, sysPacket(SysCommand.ADD_PEER, 9))).toEqual([]);
    expect(receive(1, sysPacket(SysCommand.DEL_PEER, 6))).toEqual([]);
  });

  test.each([
    ['to a server', { isServer: true }, 5, 6],
    ['by a client', { isServer: false }, 5, 6],
    ['without relay', { isServer: false, isRelaying: false }, 1, 6],
    ['about the server', { isServer: false }, 1, 1],
    ['about id 0', { isServer: false }, 1, 0],
  ] as const)('is refused %s', (_name, side, from, id) => {
    const { receive } = make(side);
    for (const command of [SysCommand.ADD_PEER, SysCommand.DEL_PEER]) {
      expect(receive(from, sysPacket(command, id))).toEqual([`refuse ${from} TICKPEER_BAD_PACKET`]);
    }
  });

  test('is refused with an unknown command, and with five bytes, one less than it needs', () => {
    const { receive } = make({ isServer: false });
    expect(receive(1, sysPacket(4 as SysCommand, 6))).toEqual(['refuse 1 TICKPEER_BAD_PACKET']);
    expect(receive(1, sysPacket(SysCommand.ADD_PEER, 6).subarray(0, 5))).toEqual(['refuse 1 TICKPEER_BAD_PACKET']);
  });
});

describe('a server relays', () => {
  const from5 = hex(sysPacket(SysCommand.RELAY, 5, RAW));

  test.each([
    ['one', 7, ['relayed 5 1 2', `send 7 ${from5}`]],
    ['one that has gone', 6, ['relayed 5 0 2']],
    ['all', 0, ['relayed 5 2 2', `send 7,8 ${from5}`, 'bytes 5 aa']],
    ['all but one', -7, ['relayed 5 1 2', `send 8 ${from5}`, 'bytes 5 aa']],
    ['all but itself', -1, ['relayed 5 2 2', `send 7,8 ${from5}`]],
  ])('to %s', (_name, to, expected) => {
    expect(make().receive(5, sysPacket(SysCommand.RELAY, to, RAW))).toEqual(expected);
  });

  test('nothing beyond the limits, and nothing with serverRelay off', () => {
    const packet = sysPacket(SysCommand.RELAY, 7, RAW);
    expect(make({ admits: false }).receive(5, packet)).toEqual(['relayed 5 1 2']);
    expect(make({ isRelaying: false }).receive(5, packet)).toEqual(['refuse 5 TICKPEER_RELAY_OFF']);
  });

  test.each([[''], ['07'], [hex(sysPacket(SysCommand.RELAY, 7, RAW))]])('not the packet "%s"', (inner) => {
    const packet = sysPacket(SysCommand.RELAY, 7, bytesOf(inner));
    expect(make().receive(5, packet)).toEqual(['refuse 5 TICKPEER_BAD_PACKET']);
  });

  test('what the filter lets through, or puts in its place', () => {
    const asked: unknown[] = [];
    const blocked = make({
      relayFilter: (...args) => {
        asked.push(args);
        return false;
      },
    });
    expect(blocked.receive(5, sysPacket(SysCommand.RELAY, 0, RAW))).toEqual(['relayed 5 2 2']);
    expect(asked).toEqual([[5, 0, RAW]]);
    const replaced = make({ relayFilter: () => bytesOf('03bb') });
    expect(replaced.receive(5, sysPacket(SysCommand.RELAY, 0, RAW))).toEqual([
      'relayed 5 2 2',
      `send 7,8 ${hex(sysPacket(SysCommand.RELAY, 5, bytesOf('03bb')))}`,
      'bytes 5 bb',
    ]);
  });
});

test('a client takes relayed packets from the server alone, and from peers that it knows', () => {
  const { receive } = make({ isServer: false });
  expect(receive(1, sysPacket(SysCommand.RELAY, 5, RAW))).toEqual(['bytes 5 aa']);
  expect(receive(1, sysPacket(SysCommand.RELAY, 6, RAW))).toEqual(['refuse 1 TICKPEER_BAD_PACKET']);
  expect(receive(5, sysPacket(SysCommand.RELAY, 7, RAW))).toEqual(['refuse 5 TICKPEER_BAD_PACKET']);
});
