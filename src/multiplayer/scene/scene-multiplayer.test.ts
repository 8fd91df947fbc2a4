import { describe, expect, expectTypeOf, test } from 'vitest';
import { FakeClock } from '../../../test/support/fake-clock.ts';
import { bytesOf } from '../../../test/support/frames.ts';
import { Player, table } from '../../../test/support/hub.ts';
import { ErrorCode } from '../../error-code.ts';
import {
  array,
  bool,
  dictionary,
  float,
  int,
  packedByteArray,
  string,
  Vector2,
  vector2,
  where,
} from '../../variant/index.ts';
import { ConnectionStatus, type RemoteMethod, RpcHandlerError, RpcMode, rpc, SceneMultiplayer } from '../index.ts';

/** What `run` throws. */
function caught(run: () => void): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error('it threw nothing');
}

describe('joining and leaving', () => {
  test('every peer learns of every other, in the engine’s order', () => {
    const clock = new FakeClock();
    const [server, five, seven] = [1, 5, 7].map((id) => new Player(id, clock)) as [Player, Player, Player];
    const settle = (): void => {
      for (let n = 0; n < 4; n++) for (const { multiplayer } of [server, five, seven]) multiplayer.poll();
    };
    five.peer.join(server.peer);
    settle();
    expect([server.news(), five.news()]).toEqual([['+ 5'], ['connected', '+ 1']]);
    seven.peer.join(server.peer);
    settle();
    expect([server.news(), five.news(), seven.news()]).toEqual([['+ 7'], ['+ 7'], ['connected', '+ 1', '+ 5']]);
    expect(five.peer.heard).toEqual([[1, '070107000000']]);
    expect(seven.peer.heard).toEqual([[1, '070105000000']]);
    expect([server.multiplayer.getPeers(), seven.multiplayer.getPeers()]).toEqual([
      [5, 7],
      [1, 5],
    ]);
    seven.peer.close();
    settle();
    expect([server.news(), five.news()]).toEqual([['- 7'], ['- 7']]);
    expect(five.peer.heard.at(-1)).toEqual([1, '070207000000']);
  });

  test('without relay clients do not learn of each other', () => {
    const clock = new FakeClock();
    const [server, five, seven] = [1, 5, 7].map((id) => new Player(id, clock)) as [Player, Player, Player];
    server.multiplayer.serverRelay = false;
    five.peer.join(server.peer);
    seven.peer.join(server.peer);
    for (let n = 0; n < 4; n++) for (const { multiplayer } of [server, five, seven]) multiplayer.poll();
    expect([five.news(), seven.multiplayer.getPeers()]).toEqual([['connected', '+ 1'], [1]]);
  });

  test('a client that loses its server forgets all peers', () => {
    const { server, clients, settle } = table([5, 7]);
    server.peer.close();
    settle();
    expect(clients[0]!.news()).toEqual(['- 1', 'lost']);
    expect(clients[0]!.multiplayer.getPeers()).toEqual([]);
  });

  test('disconnectPeer() emits no signal here, and announces it to the others', () => {
    const { server, clients, settle } = table([5, 7]);
    server.multiplayer.disconnectPeer(5);
    server.multiplayer.disconnectPeer(99);
    settle();
    expect([server.news(), clients[0]!.news(), clients[1]!.news()]).toEqual([[], ['- 1', 'lost'], ['- 5']]);
  });

  test('setting the same peer changes nothing, unless it was connected anew', () => {
    const { server, clients, settle } = table([5]);
    const { multiplayer, peer } = server;
    const main = multiplayer.node('Main', { a: rpc.anyPeer() });
    clients[0]!.multiplayer.node('Main', { a: rpc.anyPeer([], () => clients[0]!.told.push('called')) });
    multiplayer.multiplayerPeer = peer;
    expect(multiplayer.getPeers()).toEqual([5]);
    main.a.rpc();
    settle();
    expect(clients[0]!.news()).toEqual(['called']);
    peer.renew();
    multiplayer.multiplayerPeer = peer;
    expect(multiplayer.getPeers()).toEqual([]);
    const offline = new SceneMultiplayer();
    const before = offline.multiplayerPeer;
    offline.multiplayerPeer = before;
    expect(offline.multiplayerPeer).toBe(before);
    // As in the engine, also when it is not connected any more.
    peer.close();
    multiplayer.multiplayerPeer = peer;
  });

  test('the signals of an end have its reason', () => {
    const { server, clients, settle } = table([5]);
    const five = clients[0]!;
    const failure = { code: 'TICKPEER_CONNECTION_LOST', message: 'gone' } as const;
    const told: unknown[] = [];
    five.multiplayer.serverDisconnected.connect((why) => told.push(why));
    five.multiplayer.connectionFailed.connect((why) => told.push(why));
    server.multiplayer.peerDisconnected.connect((id, why) => told.push(id, why));
    five.peer.failure = failure;
    server.peer.peerDisconnected.emit(5, failure);
    expect(told.splice(0)).toEqual([5, failure]);
    five.peer.status = ConnectionStatus.CONNECTION_DISCONNECTED;
    settle();
    expect(told.splice(0)).toEqual([failure]);
    five.peer.status = ConnectionStatus.CONNECTION_CONNECTING;
    settle();
    five.peer.status = ConnectionStatus.CONNECTION_DISCONNECTED;
    settle();
    expect(told).toEqual([failure]);
  });

  test('without a peer, and with one that is not connected', () => {
    const multiplayer = new SceneMultiplayer();
    expect([multiplayer.getUniqueId(), multiplayer.isServer(), multiplayer.poll()]).toEqual([1, true, ErrorCode.OK]);
    multiplayer.multiplayerPeer = null;
    expect([multiplayer.hasMultiplayerPeer(), multiplayer.getUniqueId()]).toEqual([false, 0]);
    expect(multiplayer.poll()).toBe(ErrorCode.ERR_UNCONFIGURED);
    expect(multiplayer.sendBytes(bytesOf('00'))).toBe(ErrorCode.ERR_UNCONFIGURED);
    const { server } = table([]);
    server.peer.close();
    expect(() => {
      multiplayer.multiplayerPeer = server.peer;
    }).toThrow(TypeError);
  });
});

describe('bytes', () => {
  test('to one, to all, to all but one; from clients through the server', () => {
    const { server, clients, settle } = table([5, 7, 9]);
    const [five, seven, nine] = clients as [Player, Player, Player];
    expect(server.multiplayer.sendBytes(bytesOf('aa'))).toBe(ErrorCode.OK);
    expect(server.multiplayer.sendBytes(bytesOf('bb'), -5)).toBe(ErrorCode.OK);
    expect(server.multiplayer.sendBytes(bytesOf('cc'), 9)).toBe(ErrorCode.OK);
    settle();
    expect([five.news(), seven.news(), nine.news()]).toEqual([
      ['bytes 1 aa'],
      ['bytes 1 aa', 'bytes 1 bb'],
      ['bytes 1 aa', 'bytes 1 bb', 'bytes 1 cc'],
    ]);
    for (const [text, id] of [
      ['d0', 0],
      ['d1', 1],
      ['d7', 7],
      ['e7', -7],
      ['e1', -1],
    ] as const) {
      expect(five.multiplayer.sendBytes(bytesOf(text), id)).toBe(ErrorCode.OK);
    }
    settle();
    expect([server.news(), five.news(), seven.news(), nine.news()]).toEqual([
      ['bytes 5 d0', 'bytes 5 d1', 'bytes 5 e7'],
      [],
      ['bytes 5 d0', 'bytes 5 d7', 'bytes 5 e1'],
      ['bytes 5 d0', 'bytes 5 e7', 'bytes 5 e1'],
    ]);
  });

  test('the returned codes', () => {
    const { server, clients } = table([5, 7]);
    const { multiplayer } = server;
    expect(multiplayer.sendBytes(new Uint8Array(0))).toBe(ErrorCode.ERR_INVALID_DATA);
    expect(multiplayer.sendBytes(bytesOf('aa'), 99)).toBe(ErrorCode.ERR_INVALID_PARAMETER);
    clients[0]!.multiplayer.serverRelay = false;
    expect(clients[0]!.multiplayer.sendBytes(bytesOf('aa'), 7)).toBe(ErrorCode.ERR_UNAVAILABLE);
  });

  test('a completeAuth whose packet is refused changes nothing: it can be called again, and the peer is not admitted before', () => {
    const { server, settle } = table([]);
    const { multiplayer, peer } = server;
    multiplayer.authCallback = () => {};
    const client = new Player(9, server.clock);
    client.multiplayer.authCallback = () => {};
    client.peer.join(peer);
    client.multiplayer.completeAuth(1);
    client.multiplayer.poll();
    settle();
    peer.refusal = ErrorCode.ERR_OUT_OF_MEMORY;
    expect(multiplayer.completeAuth(9)).toBe(ErrorCode.ERR_OUT_OF_MEMORY);
    expect([multiplayer.getPeers(), multiplayer.getAuthenticatingPeers()]).toEqual([[], [9]]);
    peer.refusal = ErrorCode.OK;
    expect(multiplayer.completeAuth(9)).toBe(ErrorCode.OK);
    client.multiplayer.poll();
    expect([multiplayer.getPeers(), client.multiplayer.getPeers()]).toEqual([[9], [1]]);
  });

  test('getLastFailure() is also that of the last sendAuth and completeAuth', () => {
    const { server, clients } = table([5]);
    const { multiplayer, peer } = server;
    const main = multiplayer.node('Main', { say: rpc.anyPeer([string]) });
    const code = (): string | null => multiplayer.getLastFailure()?.code ?? null;
    const failure = { code: 'TICKPEER_OUTBOUND_LIMIT', message: 'the buffer is full' } as const;
    expect([multiplayer.sendAuth(99, bytesOf('00')), code()]).toEqual([
      ErrorCode.ERR_INVALID_PARAMETER,
      'TICKPEER_UNKNOWN_PEER',
    ]);
    expect([main.say.rpc('x'), code()]).toEqual([ErrorCode.OK, null]);
    expect([multiplayer.completeAuth(99), code()]).toEqual([ErrorCode.ERR_INVALID_PARAMETER, 'TICKPEER_UNKNOWN_PEER']);
    multiplayer.authCallback = () => {};
    const late = new Player(9, server.clock);
    late.peer.join(peer);
    expect([multiplayer.sendAuth(9, bytesOf('')), code()]).toEqual([
      ErrorCode.ERR_INVALID_PARAMETER,
      'TICKPEER_UNAVAILABLE',
    ]);
    peer.refusal = ErrorCode.ERR_OUT_OF_MEMORY;
    peer.failure = failure;
    expect([multiplayer.sendAuth(9, bytesOf('00')), code()]).toEqual([ErrorCode.ERR_OUT_OF_MEMORY, failure.code]);
    expect([multiplayer.completeAuth(9), code()]).toEqual([ErrorCode.ERR_OUT_OF_MEMORY, failure.code]);
    peer.refusal = ErrorCode.OK;
    expect([multiplayer.completeAuth(9), code()]).toEqual([ErrorCode.OK, null]);
    expect([multiplayer.completeAuth(9), code()]).toEqual([ErrorCode.ERR_FILE_CANT_WRITE, 'TICKPEER_UNAVAILABLE']);
    expect([multiplayer.sendAuth(9, bytesOf('00')), code()]).toEqual([
      ErrorCode.ERR_FILE_CANT_WRITE,
      'TICKPEER_UNAVAILABLE',
    ]);
    clients[0]!.peer.close();
    peer.close();
    expect([multiplayer.sendAuth(9, bytesOf('00')), code()]).toEqual([ErrorCode.ERR_UNCONFIGURED, 'TICKPEER_NOT_OPEN']);
  });

  test('getLastFailure() is that of the last call or packet', () => {
    const { server, clients } = table([5, 7]);
    const { multiplayer, peer } = server;
    const main = multiplayer.node('Main', { say: rpc.anyPeer([string]), here: rpc.anyPeer([], { callLocal: true }) });
    const code = (): string | null => multiplayer.getLastFailure()?.code ?? null;
    const failure = { code: 'TICKPEER_OUTBOUND_LIMIT', message: 'the buffer is full' } as const;
    peer.refusal = ErrorCode.ERR_OUT_OF_MEMORY;
    peer.failure = failure;
    expect([main.say.rpcId(5, 'x'), multiplayer.getLastFailure()]).toEqual([ErrorCode.ERR_OUT_OF_MEMORY, failure]);
    expect([main.here.rpc(), code()]).toEqual([ErrorCode.ERR_OUT_OF_MEMORY, failure.code]);
    expect([multiplayer.sendBytes(bytesOf('00')), code()]).toEqual([ErrorCode.ERR_OUT_OF_MEMORY, failure.code]);
    peer.failure = null;
    expect([multiplayer.sendBytes(bytesOf('00')), code()]).toEqual([
      ErrorCode.ERR_OUT_OF_MEMORY,
      'TICKPEER_UNAVAILABLE',
    ]);
    peer.refusal = ErrorCode.OK;
    expect([main.say.rpc('x'), code()]).toEqual([ErrorCode.OK, null]);
    expect([main.say.rpcId(99, 'x'), code()]).toEqual([ErrorCode.ERR_INVALID_PARAMETER, 'TICKPEER_UNKNOWN_PEER']);
    expect([multiplayer.sendBytes(bytesOf('00'), 5), code()]).toEqual([ErrorCode.OK, null]);
    expect([multiplayer.sendBytes(bytesOf('00'), 99), code()]).toEqual([
      ErrorCode.ERR_INVALID_PARAMETER,
      'TICKPEER_UNKNOWN_PEER',
    ]);
    expect([multiplayer.sendBytes(bytesOf('')), code()]).toEqual([ErrorCode.ERR_INVALID_DATA, 'TICKPEER_UNAVAILABLE']);
    const client = clients[0]!.multiplayer;
    client.serverRelay = false;
    expect([client.sendBytes(bytesOf('aa'), 7), client.getLastFailure()?.code]).toEqual([
      ErrorCode.ERR_UNAVAILABLE,
      'TICKPEER_UNAVAILABLE',
    ]);
    peer.close();
    expect([main.say.rpc('x'), code()]).toEqual([ErrorCode.ERR_CONNECTION_ERROR, 'TICKPEER_NOT_OPEN']);
    expect([multiplayer.sendBytes(bytesOf('00')), code()]).toEqual([ErrorCode.ERR_UNCONFIGURED, 'TICKPEER_NOT_OPEN']);
    multiplayer.multiplayerPeer = null;
    expect([main.say.rpc('x'), code()]).toEqual([ErrorCode.ERR_UNCONFIGURED, 'TICKPEER_NOT_OPEN']);
  });

  test('relayFilter passes, replaces or refuses relayed packets', () => {
    const { server, clients, settle } = table([5, 7]);
    const [five, seven] = clients as [Player, Player];
    const seen: [number, number, string][] = [];
    server.multiplayer.relayFilter = (from, to, packet) => {
      seen.push([from, to, Buffer.from(packet).toString('hex')]);
      if (packet[1] === 0x01) return false;
      return packet[1] === 0x02 ? bytesOf('03ff') : true;
    };
    for (const text of ['00', '01', '02']) five.multiplayer.sendBytes(bytesOf(text), 7);
    five.multiplayer.sendBytes(bytesOf('02'));
    settle();
    expect(seen).toEqual([
      [5, 7, '0300'],
      [5, 7, '0301'],
      [5, 7, '0302'],
      [5, 0, '0302'],
    ]);
    expect([seven.news(), server.news()]).toEqual([['bytes 5 00', 'bytes 5 ff', 'bytes 5 ff'], ['bytes 5 ff']]);
  });

  test('the replacement that a filter returns is copied before the server itself receives it', () => {
    const { server, clients, settle } = table([5, 7]);
    const replacement = new Uint8Array(new SharedArrayBuffer(2));
    const heard: Uint8Array<ArrayBuffer>[] = [];
    server.multiplayer.peerPacket.connect((_id, packet) => heard.push(packet));
    server.multiplayer.relayFilter = () => {
      replacement.set([0x03, 0x41]);
      return replacement;
    };
    clients[0]?.multiplayer.sendBytes(bytesOf('00'));
    settle();
    replacement.fill(0);
    expect(heard.map((packet) => [packet.buffer instanceof ArrayBuffer, ...packet])).toEqual([[true, 0x41]]);
  });
});

describe('authentication', () => {
  function meet(decide: (server: SceneMultiplayer, client: SceneMultiplayer) => void) {
    const clock = new FakeClock();
    const [server, five] = [new Player(1, clock), new Player(5, clock)];
    decide(server.multiplayer, five.multiplayer);
    const settle = (): void => {
      for (let n = 0; n < 4; n++) for (const { multiplayer } of [server, five]) multiplayer.poll();
    };
    five.peer.join(server.peer);
    settle();
    return { server, five, clock, settle };
  }

  test('the peer is admitted when both sides have completed', () => {
    const heard: string[] = [];
    const { server, five, settle } = meet((one, other) => {
      one.authCallback = (id, data) => {
        heard.push(`server ${id} ${Buffer.from(data)}`);
        one.completeAuth(id);
      };
      other.authCallback = (id, data) => heard.push(`client ${id} ${Buffer.from(data)}`);
    });
    expect([server.news(), five.news()]).toEqual([['auth 5'], ['auth 1']]);
    expect([server.multiplayer.getAuthenticatingPeers(), server.multiplayer.getPeers()]).toEqual([[5], []]);
    expect(five.multiplayer.sendBytes(bytesOf('aa'))).toBe(ErrorCode.OK);
    settle();
    expect(server.news()).toEqual(['bad 5 TICKPEER_NOT_AUTHENTICATED']);
    expect(five.multiplayer.sendAuth(1, bytesOf(''))).toBe(ErrorCode.ERR_INVALID_PARAMETER);
    expect(five.multiplayer.sendAuth(9, bytesOf('00'))).toBe(ErrorCode.ERR_INVALID_PARAMETER);
    expect(five.multiplayer.sendAuth(1, new TextEncoder().encode('secret'))).toBe(ErrorCode.OK);
    settle();
    expect(heard).toEqual(['server 5 secret']);
    expect(server.news()).toEqual([]);
    expect(server.multiplayer.sendAuth(5, bytesOf('00'))).toBe(ErrorCode.ERR_FILE_CANT_WRITE);
    expect(server.multiplayer.completeAuth(5)).toBe(ErrorCode.ERR_FILE_CANT_WRITE);
    expect(five.multiplayer.completeAuth(1)).toBe(ErrorCode.OK);
    settle();
    expect([server.news(), five.news()]).toEqual([['+ 5'], ['connected', '+ 1']]);
    expect(server.multiplayer.getAuthenticatingPeers()).toEqual([]);
    expect(five.multiplayer.completeAuth(1)).toBe(ErrorCode.ERR_INVALID_PARAMETER);
  });

  test.each([
    [2999, false],
    [3000, true],
  ])('after %i ms it has failed: %s', (wait, hasFailed) => {
    const { server, five, clock, settle } = meet((one) => {
      one.authCallback = () => undefined;
    });
    for (let at = 0; at < wait; at += 200) {
      clock.advance(Math.min(200, wait - at));
      settle();
    }
    expect(server.news()).toEqual(hasFailed ? ['auth 5', 'auth failed 5 TICKPEER_AUTH_TIMEOUT'] : ['auth 5']);
    expect(five.news().includes('lost')).toBe(hasFailed);
  });

  test('there is no time limit with 0, and a lost link has failed', () => {
    const { server, five, clock, settle } = meet((one) => {
      one.authCallback = () => undefined;
      one.authTimeout = 0;
    });
    clock.advance(1e9);
    settle();
    expect(server.news()).toEqual(['auth 5']);
    five.peer.close();
    settle();
    expect(server.news()).toEqual(['auth failed 5']);
    expect(() => {
      server.multiplayer.authTimeout = -1;
    }).toThrow(RangeError);
  });
});

describe('calls', () => {
  /** The same declaration on all sides, each noting what it hears. */
  function game(player: Player) {
    const note =
      (name: string) =>
      (from: number, ...args: readonly unknown[]): void => {
        const { multiplayer } = player;
        player.told.push(
          `${name}(${args.join()}) by ${from}/${multiplayer.getRemoteSenderId()} on ${multiplayer.getCalledPath()}`,
        );
      };
    const main = player.multiplayer.node('Main', {
      move: rpc.anyPeer([vector2], note('move')),
      say: rpc.anyPeer([string], note('say'), { callLocal: true }),
      state: rpc.authority([dictionary({ hp: int, name: string })], (from, { hp, name }) => {
        player.told.push(`state ${hp} ${name} by ${from}`);
      }),
      boss: rpc.server([], note('boss')),
      off: rpc.disabled([], note('off')),
      todo: rpc.anyPeer([int]),
    });
    const players = player.multiplayer.nodes('Players/*', { hit: rpc.anyPeer([int, bool], note('hit')) });
    return { main, players };
  }

  test('to all, to one, to oneself, to all but one', () => {
    const { server, clients, settle } = table([5, 7]);
    const [five, seven] = clients as [Player, Player];
    const [home, , away] = [server, five, seven].map(game) as [
      ReturnType<typeof game>,
      ReturnType<typeof game>,
      ReturnType<typeof game>,
    ];
    expect(home.main.move.rpc(new Vector2(1, 2))).toBe(ErrorCode.OK);
    expect(home.main.say.rpcId(-5, 'not five')).toBe(ErrorCode.OK);
    expect(home.main.state.rpcId(5, { hp: 3, name: 'x' })).toBe(ErrorCode.OK);
    expect(away.main.say.rpc('all')).toBe(ErrorCode.OK);
    expect(away.main.say.rpcId(7, 'me')).toBe(ErrorCode.OK);
    expect(away.main.move.rpcId(7, new Vector2())).toBe(ErrorCode.ERR_INVALID_PARAMETER);
    expect(away.main.move.rpcId(99, new Vector2())).toBe(ErrorCode.ERR_INVALID_PARAMETER);
    expect(seven.multiplayer.getLastFailure()?.code).toBe('TICKPEER_UNKNOWN_PEER');
    settle();
    expect(server.news()).toEqual(['say(not five) by 1/1 on Main', 'say(all) by 7/7 on Main']);
    expect(five.news()).toEqual(['move(Vector2(1, 2)) by 1/1 on Main', 'state 3 x by 1', 'say(all) by 7/7 on Main']);
    expect(seven.news()).toEqual([
      'say(all) by 7/7 on Main',
      'say(me) by 7/7 on Main',
      'move(Vector2(1, 2)) by 1/1 on Main',
      'say(not five) by 1/1 on Main',
    ]);
    expect(server.multiplayer.getRemoteSenderId()).toBe(0);
  });

  test('arguments of any size, which the handler may keep', () => {
    const { server, clients, settle } = table([5]);
    const kept: unknown[][] = [];
    const schemas = [string, int, int, packedByteArray, vector2] as const;
    server.multiplayer.node('Main', { keep: rpc.anyPeer(schemas, (_from, ...args) => kept.push(args)) });
    const away = clients[0]!.multiplayer.node('Main', { keep: rpc.anyPeer(schemas) });
    const call = (size: number, one: number, two: number) =>
      ['x'.repeat(size), one, two, new Uint8Array(4).fill(kept.length), new Vector2(size, 1)] as const;
    const calls: ReturnType<typeof call>[] = [];
    // The integers take 2, 3 and 5 bytes: 511, 512 and 513 in all, which is where short calls end.
    const sizes = [
      [0, 1, 1],
      [468, 1, 70_000],
      [468, 300, 70_000],
      [472, 1, 300],
      [3, 1, 1],
      [100_000, 1, 1],
      [2, 1, 1],
    ];
    for (const [size = 0, one = 0, two = 0] of sizes) {
      calls.push(call(size, one, two));
      away.keep.rpcId(1, ...calls.at(-1)!);
      settle();
    }
    expect(kept).toEqual(calls);
    const lengths = server.peer.heard.map(([, packet]) => packet.length / 2);
    expect(lengths).toEqual(expect.arrayContaining([511, 512, 513]));
  });

  test('a schema’s test can poll while the arguments are read', () => {
    const { server, clients, settle } = table([5]);
    const polls = where(vector2, () => server.multiplayer.poll() === ErrorCode.OK, 'a vector');
    const told: string[] = [];
    server.multiplayer.node('Main', {
      move: rpc.anyPeer([polls, vector2], (_from, one, two) => told.push(`${one} ${two}`)),
    });
    const away = clients[0]!.multiplayer.node('Main', { move: rpc.anyPeer([vector2, vector2]) });
    for (let n = 0; n < 3; n++) away.move.rpcId(1, new Vector2(n, 1), new Vector2(n, 2));
    settle();
    expect(told.sort()).toEqual([0, 1, 2].map((n) => `Vector2(${n}, 1) Vector2(${n}, 2)`));
  });

  test('the path is sent once, then a number', () => {
    const { server, clients, settle } = table([5]);
    const [home] = [server, clients[0]!].map(game);
    home!.main.boss.rpc();
    home!.main.boss.rpc();
    settle();
    home!.main.boss.rpc();
    settle();
    const heard = clients[0]!.peer.heard.map(([, packet]) => packet);
    expect(heard[0]).toMatch(/^01[0-9a-f]{64}00010000004d61696e00$/);
    expect(heard.slice(1)).toEqual(['a006000080004d61696e00', 'a006000080004d61696e00', '800100']);
    expect(server.peer.heard.map(([, packet]) => packet)).toEqual(['020101000000']);
  });

  test('nodes can share a declaration', () => {
    const { server, clients, settle } = table([5]);
    const [home, away] = [server, clients[0]!].map(game);
    home!.players.at('Players/7').hit.rpc(3, true);
    away!.players.at('Players/Ann').hit.rpcId(1, -1, false);
    settle();
    expect(clients[0]!.news()).toEqual(['hit(3,true) by 1/1 on Players/7']);
    expect(server.news()).toEqual(['hit(-1,false) by 5/5 on Players/Ann']);
    for (const path of ['Players', 'Players/', 'Players/.', 'Players/..', 'Players/a/b', 'Other/7']) {
      expect(() => home!.players.at(path)).toThrow(TypeError);
    }
  });

  test('only peers that may call are obeyed', () => {
    const { server, clients, settle } = table([5, 7]);
    const [home, away] = [server, clients[0]!, clients[1]!].map(game);
    away!.main.state.rpc({ hp: 1, name: 'thief' });
    away!.main.boss.rpcId(1);
    home!.main.off.rpc();
    away!.main.todo.rpcId(1, 4);
    settle();
    expect(server.news()).toEqual([
      'bad 5 TICKPEER_RPC_NOT_ALLOWED',
      'bad 5 TICKPEER_RPC_NOT_ALLOWED',
      'bad 5 TICKPEER_RPC_UNKNOWN_METHOD',
    ]);
    expect(clients[1]!.news().sort()).toEqual(['bad 1 TICKPEER_RPC_NOT_ALLOWED', 'bad 5 TICKPEER_RPC_NOT_ALLOWED']);
    server.multiplayer.setMultiplayerAuthority('Main', 5);
    expect(server.multiplayer.getMultiplayerAuthority('Main')).toBe(5);
    away!.main.state.rpcId(1, { hp: 1, name: 'owner' });
    settle();
    expect(server.news()).toEqual(['state 1 owner by 5']);
  });

  test('arguments that do not match are neither handled nor sent', () => {
    const { server, clients, settle } = table([5]);
    game(server);
    const { multiplayer } = clients[0]!;
    const main = multiplayer.node('Main', {
      move: rpc.anyPeer([string]),
      say: rpc.anyPeer([string, string]),
      state: rpc.authority([]),
      boss: rpc.server([]),
      off: rpc.disabled([]),
      todo: rpc.anyPeer([int]),
    });
    main.move.rpcId(1, 'not a vector');
    main.say.rpcId(1, 'one', 'too many');
    settle();
    expect(server.news()).toEqual(['bad 5 TICKPEER_RPC_ARGUMENTS', 'bad 5 TICKPEER_RPC_ARGUMENTS']);
    const wrong = main.move as unknown as RemoteMethod<readonly unknown[]>;
    expect(() => wrong.rpcId(1, 5)).toThrow(TypeError);
    expect(() => wrong.rpcId(1)).toThrow(TypeError);
    settle();
    expect(server.news()).toEqual([]);
  });

  test('when the methods differ, both sides get the two lists, and nothing is called', () => {
    const { server, clients, settle } = table([5]);
    const called: number[] = [];
    server.multiplayer.node('Main', {
      a: rpc.anyPeer([], (from) => called.push(from)),
      c: rpc.anyPeer([], (from) => called.push(from)),
    });
    const main = clients[0]!.multiplayer.node('Main', { a: rpc.anyPeer(), b: rpc.anyPeer(), c: rpc.anyPeer() });
    const messages: string[] = [];
    server.multiplayer.checksumMismatch.connect((_id, { message }) => messages.push(message));
    expect(main.b.rpcId(1)).toBe(ErrorCode.OK);
    settle();
    expect(main.b.rpcId(1)).toBe(ErrorCode.ERR_UNAVAILABLE);
    settle();
    expect(server.news()).toEqual([
      'differs 5 TICKPEER_RPC_CHECKSUM',
      'bad 5 TICKPEER_RPC_CHECKSUM', // the first of two calls
    ]);
    expect(clients[0]!.news()).toEqual(['differs 1 TICKPEER_RPC_CHECKSUM']);
    expect(messages[0]).toContain('[a, c]');
    expect(called).toEqual([]);
  });

  test('nodes and methods that are not declared cannot be called', () => {
    const { server, clients, settle } = table([5]);
    game(server);
    const { multiplayer } = clients[0]!;
    const other = multiplayer.node('Main/Secret', { boss: rpc.anyPeer() });
    const deep = multiplayer.nodes('Players/*/*', { hit: rpc.anyPeer() });
    other.boss.rpcId(1);
    deep.at('Players/a/b').hit.rpcId(1);
    settle();
    // Once for each path: its introduction and the call are of one kind.
    expect(server.news()).toEqual(Array(2).fill('bad 5 TICKPEER_RPC_UNKNOWN_NODE'));
    expect(server.multiplayer.getPeerStatistics(5)).toMatchObject({ badPackets: 0, refusedPackets: 4 });
    for (const path of ['', '/root/Main', 'a//b', '../x', 'a/*', 'a:b', 'Main']) {
      expect(() => server.multiplayer.node(path, {}), path).toThrow(TypeError);
    }
  });

  test('a path from the root of the tree is the same node', () => {
    const { server, settle } = table([5]);
    game(server);
    // boss is 0, hit by path form: /root/Main, method todo (5), one argument.
    const path = Buffer.from('/root/Main\0').toString('hex');
    server.peer.links.get(5)!.setTargetPeer(1);
    server.peer.links.get(5)!.putPacket(bytesOf(`2009000080040102${'07'}${path}`));
    settle();
    expect(server.news()).toHaveLength(1);
  });

  test('a handler that throws ends the poll; the next poll continues after it', () => {
    const { server, clients, settle } = table([5]);
    const heard: number[] = [];
    const declare = (player: Player) =>
      player.multiplayer.node('Main', {
        n: rpc.anyPeer([int], (_from, n) => {
          heard.push(n);
          if (n === 1) throw new Error('on purpose');
        }),
      });
    declare(server);
    const main = declare(clients[0]!);
    for (const n of [0, 1, 2]) main.n.rpcId(1, n);
    const error = caught(settle);
    expect(error).toBeInstanceOf(RpcHandlerError);
    expect(error).toMatchObject({ path: 'Main', method: 'n', from: 5, cause: { message: 'on purpose' } });
    expect(`${error}`).toBe('RpcHandlerError: "n" of "Main", called by 5: on purpose');
    expect(server.multiplayer.getRemoteSenderId()).toBe(0);
    settle();
    expect(heard).toEqual([0, 1, 2]);
  });

  test('a handler that calls with a wrong argument: node, method and argument of that call, and of the one that it handled', () => {
    const { server, clients, settle } = table([5]);
    const other = server.multiplayer.node('Other', { hit: rpc.anyPeer([int, float]) });
    const wrong: unknown = true;
    server.multiplayer.node('Main', { n: rpc.anyPeer([], () => void other.hit.rpc(1, wrong as number)) });
    clients[0]!.multiplayer.node('Main', { n: rpc.anyPeer() }).n.rpcId(1);
    const error = caught(settle);
    expect(error).toMatchObject({ path: 'Main', method: 'n', from: 5 });
    expect(`${error}`).toMatch(/"n" of "Main", called by 5: .*"hit" of "Other".*argument 2.*expected float, got bool/);
  });

  test('a handler that our own call runs locally: the same, and the others have been called', () => {
    const { server, clients, settle } = table([5]);
    const heard: number[] = [];
    const cause: unknown = 'no Error';
    const throws = (): void => {
      throw cause;
    };
    const { a } = server.multiplayer.node('Main', { a: rpc.anyPeer([], throws, { callLocal: true }) });
    clients[0]!.multiplayer.node('Main', { a: rpc.anyPeer([], (from) => heard.push(from)) });
    expect(caught(() => a.rpc())).toMatchObject({
      message: '"a" of "Main", called by 1: no Error',
      cause,
    });
    settle();
    expect(heard).toEqual([1]);
  });

  test('bytes are sent unchanged, and an empty array arrives as an empty array', () => {
    const { server, clients, settle } = table([5]);
    const heard: Uint8Array[] = [];
    const declare = (player: Player) =>
      player.multiplayer.node('Main', { raw: rpc.anyPeer([packedByteArray], (_from, data) => heard.push(data)) });
    declare(server);
    const main = declare(clients[0]!);
    main.raw.rpcId(1, bytesOf('010203'));
    main.raw.rpcId(1, bytesOf(''));
    settle();
    expect(heard).toEqual([bytesOf('010203'), bytesOf('')]);
    expect(server.peer.heard.map(([, packet]) => packet).slice(1)).toEqual([
      'a009000080000102034d61696e00',
      '200f00008000011d000000000000004d61696e00',
    ]);
  });

  test('a checksum that differs is reported once, and a malformed one is a bad packet', () => {
    const { server, settle } = table([5]);
    server.multiplayer.node('Main', { a: rpc.anyPeer() });
    const raw = server.peer.links.get(5)!;
    const path = Buffer.from('Main\0').toString('hex');
    for (const number of ['01', '02']) raw.putPacket(bytesOf(`01${'61'.repeat(32)}00${number}000000${path}`));
    raw.putPacket(bytesOf(`01${'1b'.repeat(32)}0003000000${path}`));
    settle();
    expect(server.news()).toEqual(['differs 5 TICKPEER_RPC_CHECKSUM', 'bad 5 TICKPEER_BAD_PACKET']);
  });

  test('a node that is forgotten is introduced again, with another number', () => {
    const { server, clients, settle } = table([5]);
    const [home] = [server, clients[0]!].map(game);
    const player = home!.players.at('Players/7');
    player.hit.rpc(1, true);
    server.multiplayer.setMultiplayerAuthority('Players/7', 5);
    settle();
    server.multiplayer.forgetNode('Players/7');
    expect(server.multiplayer.getMultiplayerAuthority('Players/7')).toBe(1);
    player.hit.rpc(2, true);
    settle();
    const numbers = clients[0]!.peer.heard
      .filter(([, packet]) => packet.startsWith('01'))
      .map(([, packet]) => packet.slice(68, 76));
    expect(numbers).toEqual(['01000000', '02000000']);
    expect(clients[0]!.news()).toEqual(['hit(1,true) by 1/1 on Players/7', 'hit(2,true) by 1/1 on Players/7']);
  });

  test('without a peer nothing is called, and a target must be an id', () => {
    const { server } = table([]);
    const { main } = game(server);
    expect(() => main.say.rpcId(Number.NaN, 'x')).toThrow(TypeError);
    expect(() => server.multiplayer.sendBytes(bytesOf('00'), Number.NaN)).toThrow(TypeError);
    server.multiplayer.multiplayerPeer = null;
    expect(main.say.rpc('x')).toBe(ErrorCode.ERR_UNCONFIGURED);
    expect(server.news()).toEqual([]);
  });

  test('the arguments have static types', () => {
    const multiplayer = new SceneMultiplayer();
    const main = multiplayer.node('Main', {
      a: rpc.anyPeer([vector2, float, array(int)], (from, at, by, list) => {
        expectTypeOf(from).toEqualTypeOf<number>();
        expectTypeOf(at).toEqualTypeOf<Vector2>();
        expectTypeOf(by).toEqualTypeOf<number>();
        expectTypeOf(list).toEqualTypeOf<number[]>();
      }),
      b: rpc.authority([dictionary({ hp: int })], { transferMode: 'unreliable' }),
      c: rpc.anyPeer(),
    });
    expectTypeOf(main.a.rpc).parameters.toEqualTypeOf<[Vector2, number, number[]]>();
    expectTypeOf(main.b.rpcId).parameters.toEqualTypeOf<[number, { hp: number }]>();
    expectTypeOf(main.c.rpc).parameters.toEqualTypeOf<[]>();
    expect(Object.keys(main)).toEqual(['a', 'b', 'c']);
    expect(rpc.anyPeer().mode).toBe(RpcMode.RPC_MODE_ANY_PEER);
  });
});

describe('limits', () => {
  const LIMITS = { packetsPerSecond: 10, bytesPerSecond: 100, badPackets: 3, cacheEntries: 2, pathLength: 8 };

  test.each([
    [9, false],
    [10, false],
    [11, true],
  ])('%i packets at once of 10 a second', (count, isTooMuch) => {
    const { server, clients, settle } = table([5, 7], { limits: LIMITS });
    for (let n = 0; n < count; n++) clients[0]!.multiplayer.sendBytes(bytesOf('aa'), 1);
    settle();
    const news = server.news();
    expect(news.filter((line) => line === 'bytes 5 aa')).toHaveLength(Math.min(count, 10));
    expect(news.filter((line) => !line.startsWith('bytes'))).toEqual(
      isTooMuch ? ['misbehaved 5 TICKPEER_PEER_LIMIT', '- 5 TICKPEER_PEER_LIMIT'] : [],
    );
    expect(clients[1]!.news()).toEqual(isTooMuch ? ['- 5'] : []);
  });

  test('the allowance refills with time', () => {
    const { server, clients, clock, settle } = table([5], { limits: LIMITS });
    for (let second = 0; second < 3; second++) {
      for (let n = 0; n < 10; n++) clients[0]!.multiplayer.sendBytes(bytesOf('aa'), 1);
      settle();
      clock.advance(1000);
    }
    expect(server.news()).toHaveLength(30);
    expect(server.multiplayer.getPeerStatistics(5)).toEqual({
      packets: 30,
      bytes: 60,
      badPackets: 0,
      refusedPackets: 0,
      relayedPackets: 0,
      isAsleep: false,
      waitingPackets: 0,
      waitingBytes: 0,
    });
    expect(server.multiplayer.getPeerStatistics(6)).toBeNull();
  });

  test.each([
    [98, false],
    [99, false],
    [100, true],
  ])('%i bytes and the command, of 100 a second', (size, isTooMuch) => {
    const { server, clients, settle } = table([5], { limits: LIMITS });
    clients[0]!.multiplayer.sendBytes(new Uint8Array(size), 1);
    settle();
    expect(server.news().includes('- 5 TICKPEER_PEER_LIMIT')).toBe(isTooMuch);
  });

  test.each([
    [2, false],
    [3, false],
    [4, true],
  ])('%i bad packets of 3', (count, isTooMuch) => {
    const { server, settle } = table([5], { limits: LIMITS });
    const raw = server.peer.links.get(5)!;
    for (let n = 0; n < count; n++) raw.putPacket(bytesOf('07'));
    settle();
    expect(server.news().includes('misbehaved 5 TICKPEER_PEER_LIMIT')).toBe(isTooMuch);
  });

  test.each([
    [7, 'no node is declared at "xxxxxxx"'],
    [8, 'no node is declared at "xxxxxxxx"'],
    [9, 'no node is declared at a path of more than pathLength, 8 bytes'],
  ])('a path of %i bytes of 8', (size, expected) => {
    const { server, settle } = table([5], { limits: LIMITS });
    const messages: string[] = [];
    server.multiplayer.badPacket.connect((_id, { message }) => messages.push(message));
    const path = Buffer.from(`${'x'.repeat(size)}\0`).toString('hex');
    server.peer.links.get(5)!.putPacket(bytesOf(`01${'61'.repeat(32)}0001000000${path}`));
    settle();
    expect(messages).toEqual([expected]);
    expect(server.multiplayer.getPeers()).toEqual([5]);
  });

  test('can be reported only', () => {
    const { server, clients, settle } = table([5], { limits: { ...LIMITS, disconnect: false } });
    for (let n = 0; n < 11; n++) clients[0]!.multiplayer.sendBytes(bytesOf('aa'), 1);
    settle();
    expect(server.news().slice(-2)).toEqual(['misbehaved 5 TICKPEER_PEER_LIMIT', 'bytes 5 aa']);
    expect(server.multiplayer.getPeers()).toEqual([5]);
    for (const limits of [{ badPackets: 0 }, { pathLength: Number.NaN }]) {
      expect(() => new SceneMultiplayer({ limits })).toThrow(RangeError);
    }
  });
});

describe('unknown and malformed packets', () => {
  test.each([
    ['an empty packet', ''],
    ['SYS without a sub-command', '07'],
    ['SYS too short', '0701050000'],
    ['an unknown sub-command', '070905000000'],
    ['ADD from a client', '070108000000'],
    ['DEL from a client', '070205000000'],
    ['an empty RELAY', '070300000000'],
    ['a nested SYS', '070300000000070000000000'],
    ['RAW without bytes', '03'],
    ['a call that is cut off', '00'],
    ['a width that is none', '30010000'],
    ['a path outside of the packet', '20ff00008000'],
    ['a path before its own header', '2001000080000000'],
    ['an unknown number', '000900'],
    ['a path without a checksum', '0161'],
    ['a confirmation that is too short', '0201'],
    ['a confirmation that is too long', '02010100000000'],
  ])('%s is refused', (_name, packet) => {
    const { server, settle } = table([5]);
    server.multiplayer.node('Main', { a: rpc.anyPeer([], () => undefined) });
    server.peer.links.get(5)!.putPacket(bytesOf(packet));
    // putPacket sends no empty one.
    if (packet === '') return;
    settle();
    expect(server.news()).toEqual([expect.stringMatching(/^bad 5 TICKPEER_(BAD_PACKET|RPC_UNKNOWN_NODE)$/)]);
    expect(server.multiplayer.getPeers()).toEqual([5]);
  });

  test('a confirmation of an unknown number, and a relay to an unknown peer, are ignored', () => {
    const { server, settle } = table([5]);
    const raw = server.peer.links.get(5)!;
    for (const packet of ['020163000000', '070363000000030a', '0700']) raw.putPacket(bytesOf(packet));
    settle();
    expect(server.news()).toEqual([]);
  });

  test('packets of the engine’s replication are passed to the program', () => {
    const { server, settle } = table([5]);
    server.peer.links.get(5)!.putPacket(bytesOf('0501000000'));
    settle();
    expect(server.news()).toEqual(['replication 5 0501000000', 'bad 5 TICKPEER_REPLICATION_UNDECLARED']);
  });
});
