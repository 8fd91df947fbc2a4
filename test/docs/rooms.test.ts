import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ErrorCode } from 'tickpeer';
import { rpc, SceneMultiplayer, WebSocketMultiplayerPeer } from 'tickpeer/multiplayer';
import { RoomCloseCode } from 'tickpeer/rooms';
import { int, string } from 'tickpeer/variant';
import { expect, onTestFinished, test } from 'vitest';
import { checkRoomsLimits } from '../../src/rooms/limits/rooms-limits.ts';
import { drive } from '../support/peers.ts';
import { until } from '../support/until.ts';
import { CodeBlocks } from './document.ts';
import { runProgram } from './program.ts';
import { complaintsAbout } from './types.ts';

const docs = new CodeBlocks('rooms.md');
const PROGRAMS = docs.all('ts');
/** Those that run as they are; the others are parts of a program. */
const [SERVER, SAVING] = PROGRAMS.filter((text) => text.includes('sockets.listen(')) as [string, string];
const FRAGMENTS = PROGRAMS.filter((text) => !text.includes('sockets.listen('));

/** Declarations that the fragments need. */
const PREAMBLE = `
import type { WebSocketServer } from 'tickpeer';
import { Room, Rooms } from 'tickpeer/rooms';
declare const sockets: WebSocketServer;
const rooms = new Rooms(sockets, {
  kinds: {
    lobby: { capacity: 200, open: () => ({}) },
    match: { capacity: 2, open: () => ({}) },
  },
});
`;

/** A client of the document's game. */
function enter(url: string) {
  const multiplayer = new SceneMultiplayer();
  const heard: string[] = [];
  const lobby = multiplayer.node('Lobby', {
    chat: rpc.anyPeer([string]),
    match_found: rpc.authority([string], (_, code) => void heard.push(`match ${code}`)),
    message: rpc.authority([int, string], (_, from, text) => void heard.push(`${from}: ${text}`)),
    play: rpc.anyPeer([]),
  });
  const match = multiplayer.node('Match', {
    hit: rpc.anyPeer([]),
    score: rpc.authority([int], (_, score) => void heard.push(`score ${score}`)),
  });
  const peer = new WebSocketMultiplayerPeer();
  onTestFinished(() => peer.close());
  expect(peer.createClient(url)).toBe(ErrorCode.OK);
  const socket = peer.getPeer(1)!;
  multiplayer.multiplayerPeer = peer;
  return { multiplayer, peer, socket, heard, lobby, match };
}

test('all of its programs compile', () => {
  expect(FRAGMENTS).toHaveLength(6);
  expect(complaintsAbout([SERVER, SAVING, ...FRAGMENTS.map((fragment) => PREAMBLE + fragment)])).toEqual([]);
}, 60_000);

test('its server: two players chat, play a match, and come back to the lobby', async () => {
  const server = await runProgram(SERVER, { PORT: '0' });
  onTestFinished(server.end);
  await until(() => server.output().includes('listens on port'), 20_000);
  const url = `ws://127.0.0.1:${/port (\d+)/.exec(server.output())![1]}`;
  const [ada, bob] = [enter(`${url}/play?kind=lobby`), enter(`${url}/play?kind=lobby`)];
  const both = [ada.multiplayer, bob.multiplayer];
  await drive(both, () => both.every((multiplayer) => multiplayer.getPeers().length === 2));
  ada.lobby.chat.rpcId(1, 'hello');
  const message = `${ada.multiplayer.getUniqueId()}: hello`;
  await drive(both, () => bob.heard.includes(message));
  for (const { lobby } of [ada, bob]) lobby.play.rpcId(1);
  await drive(both, () => [ada, bob].every(({ heard }) => heard.includes('score 0')));
  expect(bob.heard[1]).toMatch(/^match [34679CDFGHJKMNPQRTVWXY]{5}$/);
  for (let hits = 0; hits < 3; hits++) ada.match.hit.rpcId(1);
  await drive(both, () => [ada, bob].every(({ heard }) => heard.includes('score 3')));
  await drive(both, () => both.every((multiplayer) => multiplayer.getPeers().length === 2));
  bob.lobby.chat.rpcId(1, 'well played');
  await drive(both, () => ada.heard.some((line) => line.endsWith('well played')));
  expect(ada.heard.filter((line) => line.startsWith('score'))).toContain('score 3');

  const stranger = enter(`${url}/play?room=ABCDE`);
  await drive(stranger.multiplayer, () => stranger.socket.getCloseCode() !== -1);
  expect([stranger.socket.getCloseCode(), stranger.socket.getCloseReason()]).toEqual([4404, 'there is no room ABCDE']);
}, 60_000);

test('its server that saves: a room has its points after a restart', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tickpeer-saves-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  /** Starts the server, plays, and stops it. Returns the points before and after. */
  const play = async (points: number, restored: number): Promise<[number, number]> => {
    const server = await runProgram(SAVING, { PORT: '0', SAVES: folder });
    onTestFinished(server.end);
    await until(() => server.output().includes('listens on port'), 20_000);
    expect(server.output()).toContain(`${restored} rooms restored`);
    const totals: number[] = [];
    const multiplayer = new SceneMultiplayer();
    const club = multiplayer.node('Club', {
      add: rpc.anyPeer([int]),
      total: rpc.authority([int], (_, total) => void totals.push(total)),
    });
    const peer = new WebSocketMultiplayerPeer();
    onTestFinished(() => peer.close());
    expect(peer.createClient(`ws://127.0.0.1:${/port (\d+)/.exec(server.output())![1]}/?room=our-club`)).toBe(
      ErrorCode.OK,
    );
    const socket = peer.getPeer(1)!;
    multiplayer.multiplayerPeer = peer;
    await drive(multiplayer, () => totals.length > 0);
    club.add.rpcId(1, points);
    await drive(multiplayer, () => totals.at(-1) === totals[0]! + points);
    const ended = new Promise((resolve) => server.process.once('exit', resolve));
    server.process.kill('SIGTERM');
    await drive(multiplayer, () => socket.getCloseCode() !== -1);
    expect([socket.getCloseCode(), socket.getCloseReason()]).toEqual([RoomCloseCode.STOPPING, 'an update']);
    expect(await ended).toBe(0);
    return [totals[0]!, totals.at(-1)!];
  };
  expect(await play(3, 0)).toEqual([0, 3]);
  expect(await play(4, 1)).toEqual([3, 7]);
}, 60_000);

/** The cells of the rows that begin with a cell that matches. */
const rows = (first: RegExp): string[][] =>
  docs.text
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .split('|')
        .map((cell) => cell.trim().replaceAll('`', ''))
        .slice(1, -1),
    )
    .filter(([cell = '']) => first.test(cell));

test('its table of close codes is that of RoomCloseCode', () => {
  const documented = rows(/^4\d{3}$/).map(([code, name]) => [name, Number(code)]);
  expect(Object.fromEntries(documented)).toEqual(
    Object.fromEntries(Object.entries(RoomCloseCode).filter(([, code]) => typeof code === 'number')),
  );
});

test('its table of limits has every limit with its default', () => {
  const limits = checkRoomsLimits({});
  const documented = rows(new RegExp(`^(${Object.keys(limits).join('|')})$`)).filter(([, value = '']) =>
    /^[\d,]+$/.test(value),
  );
  expect(
    Object.fromEntries(documented.map(([name, value = '']) => [name, Number(value.replaceAll(',', ''))])),
  ).toMatchObject(limits);
});
