import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { WebSocketPeer } from 'tickpeer';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { bundleProgram } from '../../../test/performance/bundle-program.ts';
import { drive, openPeer } from '../../../test/support/peers.ts';
import { dialRaw, startRawServer, upgradeRequest } from '../../../test/support/raw-tcp.ts';
import { until } from '../../../test/support/until.ts';
import type { FrontStatistics } from './front-options.ts';

const folder = mkdtempSync(join(tmpdir(), 'tickpeer-hand-over-'));
let program = '';

beforeAll(async () => {
  const input = fileURLToPath(new URL('../../../test/support/hand-over-program.ts', import.meta.url));
  program = await bundleProgram(input, folder);
});

afterAll(() => rmSync(folder, { recursive: true }));

interface Report {
  readonly ports?: number[];
  readonly worker?: number;
  readonly statistics?: FrontStatistics;
}

/** A primary process with two workers, 1 and 2. */
async function start(...flags: string[]) {
  const child: ChildProcess = fork(program, flags, { execArgv: [] });
  onTestFinished(() => void child.kill('SIGKILL'));
  let reports: Report[] = [];
  child.on('message', (report: Report) => void reports.push(report));
  await until(() => reports.length > 0, 15_000);
  const ports = reports[0]?.ports ?? [];
  const statistics = async (): Promise<readonly [FrontStatistics, FrontStatistics]> => {
    reports = [];
    child.send('statistics');
    await until(() => reports.length === 2);
    const of = (id: number): FrontStatistics => reports.find(({ worker }) => worker === id)!.statistics!;
    return [of(1), of(2)];
  };
  // A worker gets this after the message that the primary process hands sockets over.
  await statistics();
  return { child, ports, statistics };
}

async function firstText(peer: WebSocketPeer): Promise<string> {
  await drive(peer, () => peer.getAvailablePacketCount() > 0);
  return new TextDecoder().decode(peer.getPacket());
}

/** Connects to worker 1, and checks that the connection leads to `node`, with all bytes. */
async function checkTunnel(port: number, owner: number): Promise<void> {
  const node = await startRawServer();
  const end = await dialRaw(port);
  end.write(`${upgradeRequest({}, `GET /${owner}?port=${node.port} HTTP/1.1`)}early`);
  await until(() => node.ends[0]?.text.endsWith('early') === true);
  end.write(' and late');
  await until(() => node.ends[0]?.text.endsWith('\r\nX-Forwarded-For: 127.0.0.1\r\n\r\nearly and late') === true);
  node.ends[0]?.write('answer');
  await until(() => end.text === 'answer');
}

test('a client of another worker is handed over: that worker has its connection, and all that was sent before', async () => {
  const { child, ports, statistics } = await start('hand-over');
  const [, port = 0] = ports;
  const peer = await openPeer(`ws://127.0.0.1:${port}/2?name=a`);
  expect(await firstText(peer)).toMatch(/^worker 2: 127\.0\.0\.1 \d+ .*\/2\?name=a$/);
  for (const size of [1, 60_000]) {
    peer.send(new Uint8Array(size).fill(size));
    await drive(peer, () => peer.getAvailablePacketCount() > 0);
    expect(peer.getPacket()).toEqual(new Uint8Array(size).fill(size));
  }
  const early = await dialRaw(port);
  const frame = Buffer.from('81810000000061', 'hex');
  early.write(Buffer.concat([Buffer.from(upgradeRequest({}, 'GET /2 HTTP/1.1')), frame]));
  for (let count = 0; count < 20; count++) early.write(frame);
  await until(() => Buffer.from(early.body).toString('hex').endsWith('810161'.repeat(21)));
  // A worker that is not there: the client is still the first worker's.
  await checkTunnel(port, 99);
  const [first, second] = await statistics();
  expect(first).toMatchObject({ here: 0, handedOver: 2, tunnelled: 1, waiting: 0, handOversLost: 0 });
  expect(second).toMatchObject({ takenOver: 2, here: 0 });
  child.send('stop');
  await once(child, 'exit');
});

test('a client is tunnelled where the primary process hands nothing over', async () => {
  const { ports, statistics } = await start();
  await checkTunnel(ports[1]!, 2);
  expect((await statistics())[0]).toMatchObject({ tunnelled: 1, handedOver: 0 });
});
