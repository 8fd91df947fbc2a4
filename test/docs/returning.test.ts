import { ErrorCode } from 'tickpeer';
import { ReturnCloseCode, rpc, SceneMultiplayer, WebSocketMultiplayerPeer } from 'tickpeer/multiplayer';
import { string } from 'tickpeer/variant';
import { expect, onTestFinished, test } from 'vitest';
import { checkReturnOptions } from '../../src/multiplayer/returning/return-options.ts';
import { drive } from '../support/peers.ts';
import { until } from '../support/until.ts';
import { CodeBlocks } from './document.ts';
import { runProgram } from './program.ts';
import { complaintsAbout } from './types.ts';

const docs = new CodeBlocks('returning.md');
const [SERVER, CLIENT] = docs.all('ts') as [string, string];

test('its programs compile', () => {
  expect(docs.all('ts')).toHaveLength(2);
  expect(complaintsAbout([SERVER, CLIENT])).toEqual([]);
}, 60_000);

test('its client connects to its server', async () => {
  const server = await runProgram(SERVER, { PORT: '0' });
  onTestFinished(server.end);
  await until(() => server.output().includes('listens on port'), 20_000);
  const port = /port (\d+)/.exec(server.output())![1];
  const client = await runProgram(CLIENT, { URL: `ws://127.0.0.1:${port}/play` });
  onTestFinished(client.end);
  await until(() => client.output().includes('connected as'), 20_000);
  const id = /connected as (\d+)/.exec(client.output())![1];
  await until(() => server.output().includes(`${id} is new`), 20_000);
}, 60_000);

test('its server: a player gets a token, and comes back with it', async () => {
  const server = await runProgram(SERVER, { PORT: '0' });
  onTestFinished(server.end);
  await until(() => server.output().includes('listens on port'), 20_000);
  const url = `ws://127.0.0.1:${/port (\d+)/.exec(server.output())![1]}/play`;
  const multiplayer = new SceneMultiplayer();
  const tokens: string[] = [];
  multiplayer.node('Connection', { take_token: rpc.authority([string], (_, token) => void tokens.push(token)) });
  const connect = (): WebSocketMultiplayerPeer => {
    const peer = new WebSocketMultiplayerPeer();
    onTestFinished(() => peer.close());
    expect(peer.createClient(`${url}?token=${tokens.at(-1) ?? ''}`)).toBe(ErrorCode.OK);
    multiplayer.multiplayerPeer = peer;
    return peer;
  };
  const first = connect();
  await drive(multiplayer, () => tokens.length === 1);
  const id = multiplayer.getUniqueId();
  first.getPeer(1)?.close(-1);
  await until(() => server.output().includes(`${id} is away`));
  connect();
  await drive(multiplayer, () => tokens.length === 2);
  expect(multiplayer.getUniqueId()).toBe(id);
  expect(tokens[1]).not.toBe(tokens[0]);
  expect(server.output()).toContain(`${id} is back, and has missed 0 calls`);
}, 60_000);

test('its tables have all options with their defaults, and all close codes', () => {
  const text = docs.text;
  const defaults = checkReturnOptions(true)!;
  const rows = [...text.matchAll(/^\| `(\w+)` \| ([\d,]+)( KiB)? \|/gm)].map(([, name, value, kibi]) => [
    name,
    Number(value?.replaceAll(',', '')) * (kibi === undefined ? 1 : 1024),
  ]);
  expect(Object.fromEntries(rows)).toEqual(defaults);
  const codes = [...text.matchAll(/^\| (\d{4}) \| `(\w+)` \|/gm)].map(([, code, name]) => [name, Number(code)]);
  const named = Object.entries(ReturnCloseCode).filter(([, code]) => typeof code === 'number');
  expect(codes).toEqual(named);
});
