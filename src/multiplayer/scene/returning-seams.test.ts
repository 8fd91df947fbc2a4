import { describe, expect, test } from 'vitest';
import { type CutGuest, CutServer, guestMain, serverMain } from '../../../test/support/cut.ts';
import { state } from '../../../test/support/replicated-table.ts';
import { ErrorCode } from '../../error-code.ts';
import { string } from '../../variant/index.ts';
import { rpc, TransferMode } from '../index.ts';

describe('authentication of a player who comes back', () => {
  function start() {
    const server = new CutServer();
    const asked: string[] = [];
    server.multiplayer.authCallback = (id) => void server.multiplayer.completeAuth(id);
    server.multiplayer.peerAuthenticating.connect((id) => void server.multiplayer.sendAuth(id, Uint8Array.of(9)));
    const prepare = (guest: CutGuest): CutGuest => {
      guest.multiplayer.authCallback = (id, [first]) => {
        asked.push(`asked ${first}`);
        guest.multiplayer.sendAuth(id, Uint8Array.of(1));
        guest.multiplayer.completeAuth(id);
      };
      return guest;
    };
    return { server, prepare, asked };
  }

  test('it gets what the server sends for it, and is admitted on both sides', () => {
    const { server, prepare, asked } = start();
    const ada = prepare(server.guest());
    server.settle();
    expect([asked, ada.news(), server.news()]).toEqual([['asked 9'], ['+1'], [`+ ${ada.id}`]]);
    const token = server.tokenOf(ada);
    server.cut(ada);
    server.news();
    server.reconnect(ada, token);
    expect(asked).toEqual(['asked 9', 'asked 9']);
    expect(ada.news()).toEqual(['-1', 'lost', '+1']);
    expect(server.news()).toEqual([`back ${ada.id} 0`]);
  });

  test.each([
    { name: 'a millisecond before', early: 1 },
    { name: 'long before', early: 1000 },
  ])('one that has begun $name the end of the grace time is not cut short', ({ early }) => {
    const server = new CutServer({ returning: { graceTime: 5 } });
    server.multiplayer.authCallback = (id) => void server.multiplayer.completeAuth(id);
    const ada = server.guest();
    const answer = (): void => {
      ada.multiplayer.sendAuth(1, Uint8Array.of(1));
      ada.multiplayer.completeAuth(1);
    };
    ada.multiplayer.authCallback = () => undefined;
    server.settle();
    answer();
    server.settle();
    const token = server.tokenOf(ada);
    server.cut(ada);
    server.news();
    server.turn(5000 - 20 - early - 6);
    ada.connect(token);
    for (let turn = 0; turn < 6; turn++) server.turn(1);
    expect(server.multiplayer.getAuthenticatingPeers()).toEqual([ada.id]);
    server.turn(1500);
    answer();
    server.settle();
    expect(server.news()).toEqual([`back ${ada.id} 0`]);
  });
});

describe('who is sent away does not come back, even if it does not answer the Close', () => {
  test.each([
    ['disconnectPeer of the MultiplayerPeer', (server: CutServer, id: number) => server.peer.disconnectPeer(id)],
    ['4000', (server: CutServer, id: number) => server.peer.getPeer(id)!.close(4000, 'cheating')],
    ['1000', (server: CutServer, id: number) => server.peer.getPeer(id)!.close(1000)],
    ['disconnectWith', (server: CutServer, id: number) => server.peer.disconnectWith(id, 4999, 'cheating')],
  ])('%s', (_, kick) => {
    const server = new CutServer();
    const ada = server.enter();
    const token = server.tokenOf(ada);
    server.news();
    ada.isStalled = true;
    kick(server, ada.id);
    server.turn();
    server.cut(ada);
    expect(server.multiplayer.getAwayPeers()).toEqual([]);
    expect(server.news().map((line) => line.split(' ')[0])).toEqual(['-']);
    server.reconnect(ada, token);
    expect(ada.socket.getCloseCode()).toBe(4401);
  });
});

test('a handler of peerAway that throws does not cost a player its new connection', () => {
  const server = new CutServer();
  const main = serverMain(server);
  const ada = server.enter();
  const heard = guestMain(ada);
  const token = server.tokenOf(ada);
  server.news();
  server.multiplayer.peerAway.connect(() => {
    throw new Error('a fault of the program');
  });
  ada.connect(token);
  let thrown = 0;
  for (let turn = 0; turn < 24; turn++) {
    try {
      server.turn();
    } catch {
      thrown++;
    }
  }
  expect(thrown).toBe(1);
  expect(server.news()).toEqual([`away ${ada.id}`, `back ${ada.id} 0`]);
  main.say.rpcId(ada.id, 'here');
  server.settle();
  expect(heard).toEqual(['here']);
});

describe('calls at the seam', () => {
  test('one that waited behind a full buffer, and one of the time of absence: both arrive', () => {
    const server = new CutServer();
    const main = serverMain(server);
    const ada = server.enter();
    guestMain(ada);
    main.say.rpcId(ada.id, 'before');
    server.settle(); // the path is confirmed
    const token = server.tokenOf(ada);
    server.multiplayer.parts.router.outbox.hold(ada.id, 'asleep');
    main.say.rpcId(ada.id, 'waited');
    server.cut(ada);
    main.say.rpcId(ada.id, 'missed');
    server.guests.pop();
    const again = server.guest(token);
    const heard = guestMain(again);
    server.settle();
    expect([heard, again.news()]).toEqual([['waited', 'missed'], ['+1']]);
  });

  test('what was on its way again when the next connection ended comes before what waited behind it', () => {
    const server = new CutServer({
      sleep: { inboundBufferSize: 4096, packets: 10 },
    });
    const main = serverMain(server);
    const ada = server.enter();
    const heard = guestMain(ada);
    const token = server.tokenOf(ada);
    server.cut(ada);
    const calls = Array.from({ length: 60 }, (_, index) => `${index} ${'x'.repeat(200)}`);
    for (const text of calls) main.say.rpcId(ada.id, text);
    ada.connect(token);
    const { outbox } = server.multiplayer.parts.router;
    for (let turn = 0; turn < 40 && outbox.waiting(ada.id).packets === 0; turn++) server.turn();
    expect(outbox.waiting(ada.id).packets).toBeGreaterThan(0);
    const next = server.tokenOf(ada);
    server.cut(ada);
    server.reconnect(ada, next);
    server.settle(100);
    const numbers = heard.map((text) => Number.parseInt(text, 10));
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    expect(numbers.at(-1)).toBe(59);
  });

  test('a player that goes to another room as soon as it comes back takes along what it has missed', () => {
    const server = new CutServer();
    const main = serverMain(server);
    const ada = server.enter();
    const heard = guestMain(ada);
    const token = server.tokenOf(ada);
    server.cut(ada);
    for (const text of ['one', 'two']) main.say.rpcId(ada.id, text);
    server.multiplayer.peerBack.connect((id) => {
      const { parts } = server.multiplayer;
      for (const packet of parts.release(id))
        expect(parts.router.put(id, packet, TransferMode.TRANSFER_MODE_RELIABLE, 0)).toBe(ErrorCode.OK);
    });
    server.reconnect(ada, token);
    expect(heard).toEqual(['one', 'two']);
  });

  test('unreliable calls that waited behind a full buffer are not kept', () => {
    const server = new CutServer();
    const declare = (note: (text: string) => void) => ({
      say: rpc.authority([string], (_, text) => note(text)),
      state: rpc.authority([string], (_, text) => note(text), { transferMode: 'unreliable' }),
    });
    const main = server.multiplayer.node(
      'Main',
      declare(() => undefined),
    );
    const ada = server.enter();
    const heard: string[] = [];
    ada.multiplayer.node(
      'Main',
      declare((text) => void heard.push(text)),
    );
    const token = server.tokenOf(ada);
    server.multiplayer.parts.router.outbox.hold(ada.id, 'asleep');
    main.say.rpcId(ada.id, 'one');
    main.state.rpcId(ada.id, 'old');
    main.say.rpcId(ada.id, 'two');
    server.cut(ada);
    server.reconnect(ada, token);
    expect(heard).toEqual(['one', 'two']);
  });

  test('a handler of packetRefused that calls others does not send past what waits for them', () => {
    const server = new CutServer({}, 1024);
    const main = serverMain(server);
    const [ada, bob] = [server.enter(), server.enter()];
    guestMain(ada);
    const heard = guestMain(bob);
    const tokens = [ada, bob].map((guest) => server.tokenOf(guest));
    server.cut(ada);
    server.cut(bob);
    main.say.rpcId(ada.id, 'x'.repeat(2000));
    main.say.rpcId(bob.id, 'one');
    server.peer.packetRefused.connect((id) => {
      if (id === ada.id) main.say.rpcId(bob.id, 'two');
    });
    server.reconnect(ada, tokens[0]!);
    server.reconnect(bob, tokens[1]!);
    expect(heard).toEqual(['one', 'two']);
  });
});

test('the token of a cut return is still valid when the game has got it after all', () => {
  const server = new CutServer({}, 2048, 512);
  const main = serverMain(server);
  const ada = server.enter();
  const heard = guestMain(ada);
  const first = server.tokenOf(ada);
  const give = (): void => void main.say.rpcId(ada.id, server.tokenOf(ada));
  server.multiplayer.peerBack.connect(give);
  server.cut(ada);
  ada.connect(first);
  while (server.multiplayer.getAwayPeers().length > 0) server.turn();
  server.cut(ada); // its new token waits
  for (let call = 0; call < 40; call++) main.say.rpcId(ada.id, 'x'.repeat(200));
  ada.connect(first);
  for (let turn = 0; turn < 100 && heard.length === 0; turn++) server.turn();
  server.cut(ada); // between that token and the next
  const last = heard.filter((text) => text.length === 48).at(-1)!;
  expect(heard.filter((text) => text.length === 48)).toHaveLength(1);
  server.news();
  server.reconnect(ada, last);
  expect(server.news().map((line) => line.split(' ')[0])).toEqual(['back']);
});

test('a game that comes back and does not run stays for longer than the grace time', () => {
  const server = new CutServer({ returning: { graceTime: 5 } });
  const main = serverMain(server);
  const ada = server.enter();
  const heard = guestMain(ada);
  const token = server.tokenOf(ada);
  server.cut(ada);
  main.say.rpcId(ada.id, 'missed');
  server.news();
  ada.connect(token);
  while (server.multiplayer.getAwayPeers().length > 0) server.turn();
  server.guests.pop();
  for (let second = 0; second < 10; second++) server.turn(1000);
  expect(server.news()).toEqual([`back ${ada.id} 0`, `asleep ${ada.id}`]);
  server.guests.push(ada);
  server.settle();
  expect(server.news()).toEqual([`awake ${ada.id}`]);
  expect(heard).toEqual(['missed']);
});

describe('bounds', () => {
  test.each([
    { calls: 1, arrive: 1 },
    { calls: 2, arrive: 2 },
    { calls: 3, arrive: 0 },
  ])('heldPackets 2: of $calls calls of another player while it comes back, $arrive arrive', ({ calls, arrive }) => {
    const server = new CutServer({ returning: { heldPackets: 2 } });
    const [ada, bob] = [server.enter(), server.enter()];
    const heard: string[] = [];
    const main = { ask: rpc.anyPeer([string], (_, text: string) => void heard.push(text)) };
    ada.multiplayer.node('Main', main);
    const theirs = bob.multiplayer.node('Main', main);
    const token = server.tokenOf(ada);
    server.multiplayer.peerBack.connect((id) => void server.multiplayer.getReturnToken(id));
    server.cut(ada);
    ada.connect(token);
    while (server.multiplayer.getAwayPeers().length > 0) server.turn();
    server.guests.shift(); // its game does not run
    server.news();
    for (let call = 0; call < calls; call++) theirs.ask.rpcId(ada.id, `${call}`);
    server.settle(20);
    server.guests.unshift(ada);
    if (arrive > 0) {
      server.settle();
      expect(server.news()).toEqual([]);
    } else {
      expect(server.news()).toEqual([`away ${ada.id} TICKPEER_OUTBOUND_LIMIT`]);
      server.reconnect(ada, token);
      expect(server.news()).toEqual([`back ${ada.id} ${calls}`]);
    }
    expect(heard).toHaveLength(arrive);
  });

  test.each([
    { cut: 1, away: 1 },
    { cut: 2, away: 2 },
    { cut: 3, away: 2 },
  ])('awayPlayers 2: of $cut players that are cut off, $away are away', ({ cut, away }) => {
    const server = new CutServer({ returning: { awayPlayers: 2 } });
    const guests = Array.from({ length: cut }, () => server.enter());
    const tokens = guests.map((guest) => server.tokenOf(guest));
    server.news();
    for (const guest of guests) server.cut(guest);
    const ids = guests.map(({ id }) => id);
    expect(server.multiplayer.getAwayPeers()).toEqual(ids.slice(0, away));
    const left = ids.slice(away).map((id) => `- ${id} TICKPEER_CONNECTION_RESET`);
    expect(server.news().filter((line) => line.startsWith('-'))).toEqual(left);
    // One of them has come back, so there is room again.
    server.reconnect(guests[0]!, tokens[0]!);
    const next = server.enter();
    server.tokenOf(next);
    server.cut(next);
    expect(server.multiplayer.getAwayPeers()).toContain(next.id);
  });

  test('a player who was cut again counts once', () => {
    const server = new CutServer({ returning: { awayPlayers: 1 } });
    const ada = server.enter();
    const token = server.tokenOf(ada);
    server.cut(ada);
    ada.connect(token);
    while (server.multiplayer.getAwayPeers().length > 0) server.turn();
    server.cut(ada);
    expect(server.multiplayer.getAwayPeers()).toEqual([ada.id]);
  });

  test.each([
    { length: 63, isKept: true },
    { length: 64, isKept: true },
    { length: 65, isKept: false },
  ])(
    'pathLength 64: the path of a node of another player with $length bytes is kept: $isKept',
    ({ length, isKept }) => {
      const server = new CutServer({ limits: { pathLength: 64 } });
      const [ada, bob] = [server.enter(), server.enter()];
      const declare = ({ multiplayer }: CutGuest, heard: string[]) =>
        multiplayer.node('N'.repeat(length), { ask: rpc.anyPeer([string], (_, text) => void heard.push(text)) });
      const node = declare(ada, []);
      const heard: string[] = [];
      declare(bob, heard);
      for (const text of ['one', 'two']) {
        node.ask.rpcId(bob.id, text);
        server.settle();
      }
      const token = server.tokenOf(bob);
      server.cut(bob);
      node.ask.rpcId(bob.id, 'three');
      server.settle();
      server.guests.splice(1, 1);
      const again = server.guest(token);
      declare(again, heard);
      server.settle();
      expect(heard).toEqual(isKept ? ['one', 'two', 'three'] : ['one', 'two']);
    },
  );

  test('1,000 returns leave nothing behind', () => {
    const server = new CutServer();
    const main = serverMain(server);
    const [ada, bob] = [server.enter(), server.enter()];
    const heard = guestMain(ada);
    guestMain(bob);
    const theirs = bob.multiplayer.node('Other', { ask: rpc.anyPeer([string]) });
    theirs.ask.rpc('introduces its path');
    for (let time = 0; time < 1000; time++) {
      const token = server.tokenOf(ada);
      server.cut(ada);
      main.say.rpcId(ada.id, `${time}`);
      ada.connect(token);
      for (let turn = 0; turn < 30 && heard.length <= time; turn++) server.turn();
    }
    expect(heard).toEqual(Array.from({ length: 1000 }, (_, time) => `${time}`));
    server.settle();
    const { absences, router, paths } = server.multiplayer.parts;
    expect([absences?.size, router.outbox.size, server.sockets.getPeerCount()]).toEqual([0, 0, 2]);
    expect(paths.sizesOf(ada.id).sent).toBeLessThan(4);
  }, 60_000);
});

test('a relay filter that throws does not keep a player from coming back', () => {
  const server = new CutServer();
  let next = 2;
  server.peer.generateUniqueId = () => next++;
  const declare = ({ multiplayer }: Pick<CutGuest, 'multiplayer'>) => {
    const node = state.instantiate({ name: 'State' });
    multiplayer.addChild('World', node);
    node.getNode('Sync').setMultiplayerAuthority(3);
    return node;
  };
  const [ada, bob] = [server.guest(), server.guest()];
  declare(server);
  const seen = declare(ada);
  declare(bob).label = 'theirs';
  server.settle();
  expect(seen.label).toBe('theirs');
  const token = server.tokenOf(ada);
  server.cut(ada);
  server.news();
  server.multiplayer.relayFilter = () => {
    throw new Error('a fault of the program');
  };
  ada.connect(token);
  for (let turn = 0; turn < 12; turn++) {
    try {
      server.turn();
    } catch (error) {
      expect(error).toHaveProperty('message', 'a fault of the program');
    }
  }
  expect(server.news()).toEqual([`back ${ada.id} 0`]);
});
