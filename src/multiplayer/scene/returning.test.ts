import { describe, expect, test } from 'vitest';
import { type CutGuest, CutServer, guestMain, serverMain } from '../../../test/support/cut.ts';
import { ErrorCode } from '../../error-code.ts';
import { int, string } from '../../variant/index.ts';
import { WebSocketPeer } from '../../websocket/index.ts';
import { rpc, SceneMultiplayer } from '../index.ts';

describe('a player whose connection was cut', () => {
  test('comes back with its id, and gets what it has missed, in order', () => {
    const server = new CutServer();
    const main = serverMain(server);
    const [ada, bob] = [server.enter(), server.enter()];
    const heard = guestMain(ada);
    guestMain(bob);
    const token = server.tokenOf(ada);
    main.say.rpcId(ada.id, 'before');
    server.settle();
    for (const one of [server, ada, bob]) one.news();
    const { id } = ada;
    server.cut(ada);
    expect(server.news()).toEqual([`away ${id} TICKPEER_CONNECTION_RESET`]);
    expect(server.multiplayer.getPeers()).toEqual([id, bob.id]);
    expect(server.multiplayer.getAwayPeers()).toEqual([id]);
    for (const text of ['one', 'two', 'three']) expect(main.say.rpcId(id, text)).toBe(ErrorCode.OK);
    expect(main.say.rpc('to all')).toBe(ErrorCode.OK);
    server.settle();
    server.reconnect(ada, token);
    expect(server.news()).toEqual([`back ${id} 0`]);
    expect(ada.news()).toEqual(['-1', 'lost', '+1', `+${bob.id}`]);
    expect(ada.multiplayer.getUniqueId()).toBe(id);
    expect(heard).toEqual(['before', 'one', 'two', 'three', 'to all']);
    expect(bob.news()).toEqual([]);
    expect(server.multiplayer.getAwayPeers()).toEqual([]);
    main.say.rpcId(id, 'after');
    server.settle();
    expect(heard.at(-1)).toBe('after');
  });

  test('what its handlers of peerBack send comes after what it has missed', () => {
    const server = new CutServer();
    const main = serverMain(server);
    server.multiplayer.peerBack.connect((id) => void main.say.rpcId(id, 'welcome'));
    const ada = server.enter();
    const token = server.tokenOf(ada);
    server.cut(ada);
    main.say.rpcId(ada.id, 'missed');
    server.guests.pop();
    const again = server.guest(token);
    const heard = guestMain(again);
    server.settle();
    expect(heard).toEqual(['missed', 'welcome']);
  });

  test('bytes wait, too; calls that are unreliable do not', () => {
    const server = new CutServer();
    const main = server.multiplayer.node('Main', { state: rpc.authority([int], { transferMode: 'unreliable' }) });
    const ada = server.enter();
    const token = server.tokenOf(ada);
    server.cut(ada);
    expect(main.state.rpcId(ada.id, 1)).toBe(ErrorCode.OK);
    expect(server.multiplayer.sendBytes(Uint8Array.of(7, 8), ada.id)).toBe(ErrorCode.OK);
    const seen: unknown[] = [];
    ada.multiplayer.node('Main', {
      state: rpc.authority([int], (_, n) => void seen.push(n), { transferMode: 'unreliable' }),
    });
    ada.multiplayer.peerPacket.connect((_, bytes) => void seen.push([...bytes]));
    server.reconnect(ada, token);
    expect(seen).toEqual([[7, 8]]);
  });

  test('may be cut again while it comes back: nothing that waits is lost', () => {
    const server = new CutServer();
    const main = serverMain(server);
    const ada = server.enter();
    const heard = guestMain(ada);
    const token = server.tokenOf(ada);
    server.cut(ada);
    main.say.rpcId(ada.id, 'one');
    ada.connect(token);
    while (server.multiplayer.getAwayPeers().length > 0) server.turn();
    server.cut(ada);
    main.say.rpcId(ada.id, 'two');
    expect(heard).toEqual([]);
    server.reconnect(ada, token); // it has got no other
    expect(heard).toEqual(['one', 'two']);
  });

  test('gets calls by a number that it was told on an earlier connection, and cut again', () => {
    const server = new CutServer();
    const main = serverMain(server);
    const ada = server.enter();
    const heard = guestMain(ada);
    const token = server.tokenOf(ada);
    server.cut(ada);
    main.say.rpcId(ada.id, 'one');
    ada.connect(token);
    while (server.multiplayer.getAwayPeers().length > 0) server.turn();
    main.say.rpcId(ada.id, 'two'); // introduces the path, and waits
    server.turn();
    server.cut(ada);
    main.say.rpcId(ada.id, 'three');
    server.reconnect(ada, token);
    main.say.rpcId(ada.id, 'four');
    server.settle();
    main.say.rpcId(ada.id, 'five');
    server.settle();
    expect(heard.slice(-3)).toEqual(['three', 'four', 'five']);
    expect(ada.news().filter((line) => line.startsWith('TICKPEER'))).toEqual([]);
  });

  test('calls the server again', () => {
    const server = new CutServer();
    const asked: string[] = [];
    server.multiplayer.node('Main', {
      say: rpc.authority([string]),
      ask: rpc.anyPeer([string], (from, text) => void asked.push(`${from} ${text}`)),
    });
    const ada = server.enter();
    const node = ada.multiplayer.node('Main', { say: rpc.authority([string]), ask: rpc.anyPeer([string]) });
    const ask = (text: string): void => {
      for (let time = 0; time < 2; time++) {
        node.ask.rpcId(1, text);
        server.settle();
      }
    };
    ask('before');
    const token = server.tokenOf(ada);
    server.cut(ada);
    server.reconnect(ada, token);
    ask('after');
    const { id } = ada;
    expect(asked).toEqual([`${id} before`, `${id} before`, `${id} after`, `${id} after`]);
    expect(server.news().filter((line) => line.startsWith('bad'))).toEqual([]);
  });

  test('stays for the grace time, and not longer', () => {
    const server = new CutServer({ returning: { graceTime: 5 } });
    const [ada, bob] = [server.enter(), server.enter()];
    const token = server.tokenOf(ada);
    for (const one of [server, bob]) one.news();
    server.cut(ada);
    server.news();
    const cutFor = 20; // the second turn of `cut`
    server.turn(5000 - cutFor - 1);
    expect([server.news(), bob.news()]).toEqual([[], []]);
    server.turn(1);
    server.settle();
    expect([server.news(), bob.news()]).toEqual([[`- ${ada.id} TICKPEER_CONNECTION_RESET`], [`-${ada.id}`]]);
    expect(server.multiplayer.getPeers()).toEqual([bob.id]);
    server.reconnect(ada, token);
    expect([ada.socket.getCloseCode(), ada.socket.getCloseReason()]).toEqual([
      4401,
      'the token is not valid, or no longer',
    ]);
    expect(server.news()).toEqual([]);
  });

  test('is ended by disconnectPeer, and then does not come back', () => {
    const server = new CutServer();
    const [ada, bob] = [server.enter(), server.enter()];
    const token = server.tokenOf(ada);
    server.cut(ada);
    for (const one of [server, bob]) one.news();
    server.multiplayer.disconnectPeer(ada.id);
    server.settle();
    expect([server.news(), bob.news()]).toEqual([[], [`-${ada.id}`]]);
    server.reconnect(ada, token);
    expect(ada.socket.getCloseCode()).toBe(4401);
  });

  test('is announced to a player who joins meanwhile, and the other way round', () => {
    const server = new CutServer();
    const ada = server.enter();
    const token = server.tokenOf(ada);
    server.cut(ada);
    const bob = server.enter();
    expect(bob.news()).toEqual(['+1', `+${ada.id}`]);
    ada.news();
    server.reconnect(ada, token);
    expect(ada.news()).toEqual(['+1', `+${bob.id}`]);
    expect(bob.news()).toEqual([]);
  });

  test('without relay it comes back, too', () => {
    const server = new CutServer();
    server.multiplayer.serverRelay = false;
    const ada = server.enter();
    const token = server.tokenOf(ada);
    server.cut(ada);
    server.news();
    server.reconnect(ada, token);
    expect(server.news()).toEqual([`back ${ada.id} 0`]);
  });
});

describe('who leaves for good', () => {
  test.each([
    [1000, 'gone'],
    [1001, 'away'],
    [3999, 'away'],
    [4000, 'gone'],
    [4999, 'gone'],
  ])('closed with %i: %s', (code, what) => {
    const server = new CutServer();
    const ada = server.enter();
    server.tokenOf(ada);
    server.news();
    ada.socket.close(code);
    server.settle();
    expect(server.news()).toEqual([what === 'away' ? `away ${ada.id}` : `- ${ada.id}`]);
  });

  test('who was given no token', () => {
    const server = new CutServer();
    const ada = server.enter();
    server.news();
    server.cut(ada);
    expect(server.news()).toEqual([`- ${ada.id} TICKPEER_CONNECTION_RESET`]);
    expect(server.multiplayer.getAwayPeers()).toEqual([]);
  });

  test('all of them, without the option', () => {
    const server = new CutServer({ returning: false });
    const ada = server.enter();
    expect(server.multiplayer.getReturnToken(ada.id)).toBeNull();
    server.news();
    server.cut(ada);
    expect(server.news()).toEqual([`- ${ada.id} TICKPEER_CONNECTION_RESET`]);
    // A token of another program in the URL means nothing.
    server.reconnect(ada, 'abc');
    expect(ada.multiplayer.getUniqueId()).not.toBe(0);
  });

  test('the server’s own peers are forgotten without a signal when it gets another MultiplayerPeer', () => {
    const server = new CutServer();
    const ada = server.enter();
    const token = server.tokenOf(ada);
    server.cut(ada);
    server.news();
    server.multiplayer.multiplayerPeer = null;
    expect(server.multiplayer.getAwayPeers()).toEqual([]);
    server.multiplayer.multiplayerPeer = server.peer;
    server.reconnect(ada, token);
    expect(ada.socket.getCloseCode()).toBe(4401);
  });
});

describe('tokens', () => {
  test('one until it is used, then another one', () => {
    const server = new CutServer();
    const ada = server.enter();
    const first = server.tokenOf(ada);
    expect(first).toMatch(/^[0-9a-f]{48}$/);
    expect(server.tokenOf(ada)).toBe(first);
    server.cut(ada);
    expect(server.multiplayer.getReturnToken(ada.id)).toBeNull();
    server.reconnect(ada, first);
    const second = server.tokenOf(ada);
    expect(second).not.toBe(first);
    server.settle();
    server.cut(ada);
    server.reconnect(ada, first);
    expect(ada.socket.getCloseCode()).toBe(4401);
    server.reconnect(ada, second);
    expect(server.news().slice(-1)).toEqual([`back ${ada.id} 0`]);
  });

  test('the old one is valid until the game has got the new one', () => {
    const server = new CutServer();
    const main = serverMain(server);
    server.multiplayer.peerBack.connect((id) => void main.say.rpcId(id, server.multiplayer.getReturnToken(id)!));
    const ada = server.enter();
    const first = server.tokenOf(ada);
    server.cut(ada);
    ada.connect(first);
    while (server.multiplayer.getAwayPeers().length > 0) server.turn();
    server.cut(ada); // before the new token has arrived
    server.news();
    const heard = guestMain(ada);
    server.reconnect(ada, first);
    expect(server.news()).toEqual([`back ${ada.id} 0`]);
    expect(heard).toHaveLength(2); // that of the cut return as well
    expect(heard[0]).toBe(heard[1]);
    server.cut(ada);
    server.reconnect(ada, first);
    expect(ada.socket.getCloseCode()).toBe(4401);
    server.reconnect(ada, heard[0]!);
    expect(server.news().slice(-1)).toEqual([`back ${ada.id} 0`]);
  });

  test.each([
    ['text', 'abc'],
    ['of another player', '00000005'.padEnd(48, '0')],
    ['with a secret that is wrong', null],
    ['too long', '0'.repeat(5000)],
  ])('%s is refused with 4401', (_, wrong) => {
    const server = new CutServer();
    const ada = server.enter();
    const token = server.tokenOf(ada);
    server.cut(ada);
    server.news();
    const last = token.endsWith('0') ? '1' : '0';
    const stranger = server.guest(wrong ?? token.slice(0, -1) + last);
    server.settle();
    expect(stranger.socket.getCloseCode()).toBe(4401);
    expect(server.news()).toEqual([]);
    server.reconnect(ada, token);
    expect(server.news()).toEqual([`back ${ada.id} 0`]);
  });

  test('a new client never gets the id of a player that is away', () => {
    const server = new CutServer();
    const ada = server.enter();
    server.tokenOf(ada);
    server.cut(ada);
    const ids = [ada.id, ada.id, 77];
    server.peer.generateUniqueId = () => ids.shift()!;
    expect(server.enter().id).toBe(77);
    server.peer.generateUniqueId = () => ada.id;
    const stranger = server.guest();
    server.settle();
    expect([stranger.id, stranger.socket.getCloseCode()]).toEqual([0, 1008]);
  });

  test('work while new connections are refused', () => {
    const server = new CutServer();
    const ada = server.enter();
    const token = server.tokenOf(ada);
    server.multiplayer.refuseNewConnections = true;
    server.cut(ada);
    server.news();
    server.reconnect(ada, token);
    expect(server.news()).toEqual([`back ${ada.id} 0`]);
    const stranger = server.guest();
    server.settle();
    expect(stranger.socket.getCloseCode()).toBe(1008);
  });

  test('there is none for this side, for unknown ids, and on a client', () => {
    const server = new CutServer();
    const ada = server.enter();
    expect([1, 0, 99].map((id) => server.multiplayer.getReturnToken(id))).toEqual([null, null, null]);
    expect(ada.multiplayer.getReturnToken(1)).toBeNull();
  });
});

test('a connection that still looks alive is replaced, and closed with 4412', () => {
  const server = new CutServer();
  const main = serverMain(server);
  const ada = server.enter();
  const token = server.tokenOf(ada);
  const { socket } = ada;
  const near = ada.stream;
  server.news();
  ada.connect(token);
  const heard = guestMain(ada);
  server.settle();
  expect(server.news()).toEqual([`away ${ada.id}`, `back ${ada.id} 0`]);
  main.say.rpcId(ada.id, 'here');
  server.settle();
  expect(heard).toEqual(['here']);
  // The old connection comes to life again.
  for (let turn = 0; turn < 4; turn++) {
    near.poll();
    server.clock.endTurn();
    socket.poll();
    server.turn();
  }
  expect(socket.getCloseCode()).toBe(4412);
  expect(server.news()).toEqual([]);
});

describe('a player that has left for good, and whose token comes at once on another connection', () => {
  test.each([
    { why: 'it has closed with 1000', leave: (_: CutServer, { socket }: CutGuest) => void socket.close(1000) },
    {
      why: 'its socket was closed with 4000',
      leave: ({ peer }: CutServer, { id }: CutGuest) => void peer.getPeer(id)?.close(4000),
    },
    {
      why: 'its peer was disconnected',
      leave: ({ multiplayer }: CutServer, { id }: CutGuest) => void multiplayer.multiplayerPeer?.disconnectPeer(id),
    },
    {
      why: 'it was kicked',
      leave: ({ multiplayer }: CutServer, { id }: CutGuest) => void multiplayer.disconnectPeer(id),
    },
    {
      why: 'it is kicked when it goes away',
      leave: ({ multiplayer }: CutServer) => void multiplayer.peerAway.connect((id) => multiplayer.disconnectPeer(id)),
    },
  ])('is refused with 4401: $why', ({ leave }) => {
    const server = new CutServer();
    const ada = server.enter();
    const token = server.tokenOf(ada);
    server.news();
    leave(server, ada);
    const again = server.guest(token);
    server.settle();
    expect(again.socket.getCloseCode()).toBe(4401);
    expect([server.multiplayer.getPeers(), server.news().includes(`+ ${ada.id}`)]).toEqual([[], false]);
  });
});

describe('limits of what waits', () => {
  /** How many of `count` calls arrive after a return, and how many are said to be lost. */
  function miss(returning: { heldPackets?: number; heldBytes?: number }, calls: readonly string[]) {
    const server = new CutServer({ returning });
    const main = serverMain(server);
    const ada = server.enter();
    const heard = guestMain(ada);
    const token = server.tokenOf(ada);
    server.cut(ada);
    for (const text of calls) expect(main.say.rpcId(ada.id, text)).toBe(ErrorCode.OK);
    server.news();
    server.reconnect(ada, token);
    expect(server.news()).toEqual([`back ${ada.id} ${calls.length - heard.length}`]);
    return heard.length;
  }

  test.each([
    [1, 1],
    [2, 2],
    [3, 3],
    [4, 0],
    [5, 0],
  ])('heldPackets 3: of %i calls, %i arrive', (calls, arrive) => {
    expect(miss({ heldPackets: 3 }, Array.from({ length: calls }, String))).toBe(arrive);
  });

  test.each([
    [99, 0],
    [100, 1],
    [101, 1],
  ])('heldBytes %i: of a packet of 100 bytes, %i arrive', (heldBytes, arrive) => {
    const server = new CutServer({ returning: { heldBytes } });
    const ada = server.enter();
    const sizes: number[] = [];
    ada.multiplayer.peerPacket.connect((_, bytes) => void sizes.push(bytes.length));
    const token = server.tokenOf(ada);
    server.cut(ada);
    // Behind the byte of its command.
    server.multiplayer.sendBytes(new Uint8Array(99), ada.id);
    server.news();
    server.reconnect(ada, token);
    expect([sizes.length, server.news()]).toEqual([arrive, [`back ${ada.id} ${1 - arrive}`]]);
  });

  test('0 packets: nothing waits', () => {
    expect(miss({ heldPackets: 0 }, ['x'])).toBe(0);
  });

  test('more than the buffer of the connection takes at once arrives bit by bit, with what is called meanwhile', () => {
    const server = new CutServer({}, 2048, 512);
    const main = serverMain(server);
    const ada = server.enter();
    const heard = guestMain(ada);
    const token = server.tokenOf(ada);
    server.cut(ada);
    const calls = Array.from({ length: 60 }, (_, index) => `${index} ${'x'.repeat(200)}`);
    for (const text of calls.slice(0, 50)) main.say.rpcId(ada.id, text);
    ada.connect(token);
    let next = 50;
    for (let turn = 0; turn < 400 && heard.length < 60; turn++) {
      server.turn();
      if (server.multiplayer.getAwayPeers().length === 0 && next < 60) main.say.rpcId(ada.id, calls[next++]!);
    }
    expect(heard).toEqual(calls);
  });

  test('a call that no buffer takes is told as refused, and those behind it arrive', () => {
    const server = new CutServer({}, 1024);
    const main = server.multiplayer.node('Main', {
      say: rpc.authority([string]),
      ask: rpc.anyPeer([string]),
    });
    const ada = server.enter();
    const heard = guestMain(ada);
    const refused: string[] = [];
    server.peer.packetRefused.connect((id, _, failure) => void refused.push(`${id} ${failure?.code}`));
    const token = server.tokenOf(ada);
    server.cut(ada);
    for (const text of ['one', 'x'.repeat(2000), 'two']) main.say.rpcId(ada.id, text);
    server.reconnect(ada, token);
    expect(heard).toEqual(['one', 'two']);
    expect(refused).toContain(`${ada.id} TICKPEER_OUTBOUND_LIMIT`);
  });
});

test('the options are checked', () => {
  const make = (returning: object): (() => SceneMultiplayer) => {
    return () => new SceneMultiplayer({ returning });
  };
  for (const wrong of [{ graceTime: 0 }, { graceTime: -1 }, { graceTime: Number.NaN }, { heldPackets: -1 }]) {
    expect(make(wrong)).toThrow(RangeError);
  }
  expect(make({ heldBytes: Number.NaN })).toThrow(RangeError);
  expect(() => new SceneMultiplayer({ returning: 'yes' as never })).toThrow(TypeError);
  expect(make({ graceTime: Number.POSITIVE_INFINITY, heldPackets: 0, heldBytes: 0 })).not.toThrow();
});

describe('with authentication', () => {
  function start() {
    const server = new CutServer({ limits: { packetsPerSecond: 50 } });
    server.multiplayer.authCallback = (id, data) => {
      if (data[0] === 1) server.multiplayer.completeAuth(id);
    };
    const prepare = (guest: CutGuest, answer: number): CutGuest => {
      guest.multiplayer.authCallback = () => undefined;
      guest.multiplayer.peerAuthenticating.connect((id) => {
        guest.multiplayer.sendAuth(id, Uint8Array.of(answer));
        guest.multiplayer.completeAuth(id);
      });
      return guest;
    };
    return { server, prepare };
  }

  test('a player who comes back is authenticated as well', () => {
    const { server, prepare } = start();
    const ada = prepare(server.guest(), 1);
    server.settle();
    const token = server.tokenOf(ada);
    server.cut(ada);
    server.news();
    ada.connect(token);
    server.settle();
    expect(server.news()).toEqual([`back ${ada.id} 0`]);
  });

  test('who fails stays away, and may try again', () => {
    const { server, prepare } = start();
    server.multiplayer.authTimeout = 1;
    const ada = prepare(server.guest(), 1);
    server.settle();
    const token = server.tokenOf(ada);
    server.cut(ada);
    server.news();
    server.guests.pop();
    const thief = prepare(server.guest(token), 2);
    server.settle(80);
    expect(server.news()).toEqual([]);
    expect(server.multiplayer.getAwayPeers()).toEqual([ada.id]);
    expect(thief.socket.getCloseCode()).not.toBe(-1);
    server.guests.push(ada);
    ada.connect(token);
    server.settle();
    expect(server.news()).toEqual([`back ${ada.id} 0`]);
  });

  /** A player with a connection that looks alive, and somebody with its token. */
  function steal() {
    const { server, prepare } = start();
    server.multiplayer.authTimeout = 1;
    const ada = prepare(server.guest(), 1);
    server.settle();
    const token = server.tokenOf(ada);
    server.multiplayer.sendBytes(Uint8Array.of(1), ada.id);
    server.settle();
    server.news();
    const heard: number[] = [];
    ada.multiplayer.peerPacket.connect((_, [byte]) => void heard.push(byte!));
    return { server, prepare, ada, token, heard };
  }

  test('whose token somebody else has, who fails, is asked to come again, and loses nothing', () => {
    const { server, prepare, ada, token, heard } = steal();
    const { id, socket } = ada;
    const thief = prepare(server.guest(token), 2);
    server.settle(4);
    expect([server.news(), server.multiplayer.getAuthenticatingPeers(), socket.getReadyState()]).toEqual([
      [`away ${id}`],
      [id],
      WebSocketPeer.STATE_OPEN,
    ]);
    server.multiplayer.sendBytes(Uint8Array.of(7), id);
    server.settle(80);
    expect([thief.multiplayer.getPeers(), socket.getCloseCode()]).toEqual([[], 1013]);
    server.guests.splice(server.guests.indexOf(thief), 1);
    ada.connect(token);
    server.settle();
    expect([server.news(), heard, server.multiplayer.getPeers()]).toEqual([[`back ${id} 0`], [7], [id]]);
  });

  test('who is authenticated on another connection: the last one is closed with 4412 then, and not before', () => {
    const { server, ada, token } = steal();
    const { id, socket } = ada;
    const next = server.guest(token);
    next.multiplayer.authCallback = () => undefined;
    server.settle(4);
    expect([socket.getReadyState(), server.multiplayer.getAuthenticatingPeers()]).toEqual([
      WebSocketPeer.STATE_OPEN,
      [id],
    ]);
    next.multiplayer.sendAuth(1, Uint8Array.of(1));
    next.multiplayer.completeAuth(1);
    server.settle();
    expect([socket.getCloseCode(), server.news(), next.id]).toEqual([4412, [`away ${id}`, `back ${id} 0`], id]);
  });

  test.each([
    {
      why: 'the program refuses it',
      refuse: ({ multiplayer }: CutServer, id: number) => multiplayer.disconnectPeer(id),
    },
    { why: 'its connection breaks', refuse: (_: CutServer, __: number, { stream }: CutGuest) => stream.breakBoth() },
    {
      why: 'it exceeds a limit',
      refuse: (_: CutServer, __: number, { multiplayer }: CutGuest) => {
        for (let count = 0; count < 60; count++) multiplayer.sendAuth(1, Uint8Array.of(2));
      },
    },
  ])('stays away when the other connection fails because $why', ({ refuse }) => {
    const { server, ada, token } = steal();
    const thief = server.guest(token);
    thief.multiplayer.authCallback = () => undefined;
    server.settle(4);
    refuse(server, ada.id, thief);
    server.settle(4);
    expect(server.multiplayer.getAuthenticatingPeers()).toEqual([]);
    expect([server.multiplayer.getAwayPeers(), ada.socket.getCloseCode()]).toEqual([[ada.id], 1013]);
    server.guests.splice(server.guests.indexOf(thief), 1);
    ada.connect(token);
    server.settle();
    expect(server.news()).toEqual([`away ${ada.id}`, `back ${ada.id} 0`]);
  });

  test('is not whoever failed with its token: what else that sends is dropped', () => {
    const { server, ada, token } = steal();
    const told: unknown[] = [];
    server.multiplayer.authCallback = (id) => server.multiplayer.disconnectPeer(id);
    server.multiplayer.peerPacket.connect((id, [byte]) => void told.push([id, byte]));
    const thief = server.guest(token);
    thief.multiplayer.authCallback = () => undefined;
    server.settle(4);
    thief.multiplayer.sendAuth(1, Uint8Array.of(2));
    thief.peer.setTargetPeer(1);
    thief.peer.putPacket(Uint8Array.of(3, 9));
    server.settle(4);
    expect([told, server.multiplayer.getAwayPeers()]).toEqual([[], [ada.id]]);
  });

  test('who is disconnected while another connection is being authenticated has left after the second call', () => {
    const { server, prepare, ada, token } = steal();
    prepare(server.guest(token), 2);
    server.settle(4);
    for (let count = 0; count < 2; count++) server.multiplayer.disconnectPeer(ada.id);
    server.settle();
    expect([server.multiplayer.getPeers(), server.multiplayer.getAwayPeers()]).toEqual([[], []]);
  });
});

test('nothing that a player sends while it is away or comes back throws', () => {
  const server = new CutServer();
  const ada = server.enter();
  const token = server.tokenOf(ada);
  server.cut(ada);
  ada.connect(token);
  for (let turn = 0; turn < 12; turn++) {
    server.turn();
    for (const bytes of [[], [7], [2, 1, 255, 255, 255, 255], [7, 3, 0, 0, 0, 0, 2, 1, 0, 0, 0, 0]]) {
      if (ada.multiplayer.getUniqueId() !== 0) {
        ada.peer.setTargetPeer(1);
        ada.peer.putPacket(Uint8Array.from(bytes));
      }
    }
  }
  expect(server.multiplayer.getAwayPeers()).toEqual([]);
});
