import { ErrorCode, WebSocketPeer } from 'tickpeer';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { Metrics } from '../../examples/metrics/metrics.ts';
import { dialPeer, drive, isClosed, isOpen, serve } from '../support/peers.ts';
import { until } from '../support/until.ts';
import { BuiltExamples } from './built-example.ts';

/** One sample line: its name, its labels and its value. */
const SAMPLE = /^([a-z_][a-z0-9_]*)(?:\{((?:[a-z_]+="(?:[^"\\\n]|\\[\\"n])*",?)+)\})? (-?\d+(?:\.\d+)?)$/;

/** Reads the text format strictly: a help and a type before the samples of each family, each sample once, a line feed at the end. */
function parse(text: string): Map<string, number> {
  expect(text.endsWith('\n')).toBe(true);
  const found = new Map<string, number>();
  const types = new Map<string, string>();
  let family = '';
  for (const line of text.slice(0, -1).split('\n')) {
    const comment = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line);
    if (comment !== null) {
      const [, kind, name = '', rest = ''] = comment;
      if (kind === 'HELP') {
        expect(types.has(name)).toBe(false);
        family = name;
      } else {
        expect([name, ['counter', 'gauge'].includes(rest)]).toEqual([family, true]);
        types.set(name, rest);
      }
      continue;
    }
    const sample = SAMPLE.exec(line);
    if (sample === null) throw new Error(`not a sample: ${line}`);
    const [, name = '', labels = '', value] = sample;
    expect([name, types.has(name)]).toEqual([family, true]);
    if (types.get(name) === 'counter') expect(name).toMatch(/_total$/);
    const key = labels === '' ? name : `${name}{${labels}}`;
    expect(found.has(key)).toBe(false);
    found.set(key, Number(value));
  }
  return found;
}

describe('the numbers', () => {
  test('are those of the events', async () => {
    const metrics = new Metrics();
    onTestFinished(() => metrics.stop());
    expect(parse(`${metrics}`).get('tickpeer_peers')).toBe(0);
    const server = serve({ maxConnections: 2, outboundBufferSize: 10 });
    const clients = [0, 1].map(() => dialPeer(`ws://127.0.0.1:${server.port}/`));
    await drive([...clients, server], () => clients.every(isOpen) && server.peers.length === 2);
    const late = dialPeer(`ws://127.0.0.1:${server.port}/`);
    await drive([late, server], () => isClosed(late));
    clients[0]?.sendText('hello');
    await drive([...clients, server], () => server.peers.some((peer) => peer.getAvailablePacketCount() === 1));
    expect(server.peers[0]?.send(new Uint8Array(11))).toBe(ErrorCode.ERR_OUT_OF_MEMORY);
    const before = parse(`${metrics}`);
    expect(before.get('tickpeer_peers')).toBe(4);
    expect(before.get('tickpeer_packets_received_total')).toBe(1);
    clients[0]?.close(4000);
    clients[1]?.close(-1);
    await drive([...clients, server], () => clients.every(isClosed) && server.server.getPeerCount() === 0);
    const now = parse(`${metrics}`);
    expect(Object.fromEntries(now)).toMatchObject({
      tickpeer_peers: 0,
      'tickpeer_peers_opened_total{role="client"}': 2,
      'tickpeer_peers_opened_total{role="server"}': 2,
      'tickpeer_peers_closed_total{role="client",code="4000"}': 1,
      'tickpeer_peers_closed_total{role="client",code="-1"}': 1,
      'tickpeer_peers_closed_total{role="server",code="4000"}': 1,
      'tickpeer_peers_closed_total{role="server",code="-1"}': 1,
      'tickpeer_failures_total{role="client",failure="TICKPEER_HANDSHAKE_STATUS"}': 1,
      'tickpeer_limits_total{role="server",limit="maxConnections",effect="refused"}': 1,
      'tickpeer_limits_total{role="server",limit="outboundBufferSize",effect="refused"}': 1,
      'tickpeer_handshakes_refused_total{role="server",status="503"}': 1,
      'tickpeer_handshakes_refused_total{role="client",status="503"}': 1,
      tickpeer_packets_received_total: 1,
      tickpeer_packets_sent_total: 1,
    });
    for (const name of ['tickpeer_bytes_received_total', 'tickpeer_bytes_sent_total']) {
      expect(now.get(name)).toBeGreaterThanOrEqual(before.get(name) ?? Number.NaN);
    }
  });
});

describe('the program', () => {
  let examples: BuiltExamples;
  beforeAll(async () => {
    examples = await BuiltExamples.build(['metrics/main']);
  }, 60_000);
  afterAll(() => examples.remove());

  test('is scraped while clients chat, and ends with SIGTERM', async () => {
    const program = examples.start('metrics/main', ['--port', '0']);
    const url = await program.printed(/http:\/\/127\.0\.0\.1:\d+\/metrics/);
    const client = new WebSocketPeer();
    expect(client.connectToUrl(url.replace('http', 'ws').replace('metrics', 'chat'))).toBe(ErrorCode.OK);
    await drive(client, () => isOpen(client));
    client.sendText('hello');
    await drive(client, () => client.getAvailablePacketCount() === 1);
    const response = await fetch(url);
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    const numbers = parse(await response.text());
    expect([numbers.get('tickpeer_peers'), numbers.get('tickpeer_packets_sent_total')]).toEqual([1, 1]);
    program.kill('SIGTERM');
    await drive(client, () => {
      for (const _ of client.packets());
      return isClosed(client);
    });
    expect(client.getCloseCode()).toBe(1001);
    await until(() => program.hasEnded, 10_000);
    expect([program.exitCode, program.output.includes('Stopped: 1 closed, 0 lost, 0 dropped.')]).toEqual([0, true]);
  }, 30_000);
});
