import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { describe, expect, onTestFinished, test } from 'vitest';
import { checkName, checkTcp, type Target } from './addresses.ts';
import type { Report } from './report.ts';

const A = 1;
const AAAA = 28;

/** A name server with these records for every name; its address. */
async function startNameServer(records: Readonly<Record<number, readonly (readonly number[])[]>>): Promise<string> {
  const socket = createSocket('udp4');
  onTestFinished(() => void socket.close());
  socket.on('message', (query, from) => {
    // RFC 1035 4.1: the header, and the question as it came.
    const end = query.indexOf(0, 12) + 5;
    const type = query.readUInt16BE(end - 4);
    const answers = records[type] ?? [];
    const head = Buffer.from(query.subarray(0, end));
    head.writeUInt16BE(0x8180, 2);
    head.writeUInt16BE(answers.length, 6);
    head.writeUInt32BE(0, 8);
    const rows = answers.map((bytes) => {
      const row = Buffer.alloc(12);
      row.writeUInt16BE(0xc00c, 0);
      row.writeUInt16BE(type, 2);
      row.writeUInt16BE(1, 4);
      row.writeUInt16BE(bytes.length, 10);
      return Buffer.concat([row, Buffer.from(bytes)]);
    });
    socket.send(Buffer.concat([head, ...rows]), from.port, from.address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return `127.0.0.1:${socket.address().port}`;
}

function targetOf(host: string, nameServers: readonly string[]): Target {
  return { host, port: 9, timeLimit: 200, interrupted: new AbortController().signal, nameServers };
}

function recorder(): { report: Report; lines: string[] } {
  const lines: string[] = [];
  const report = { add: (check: string, verdict: string, text: string) => lines.push(`${verdict} ${check}: ${text}`) };
  return { report: report as unknown as Report, lines }; // only `add` is used
}

const LOOPBACK6 = [...Array<number>(15).fill(0), 1];

describe('the addresses of a name', () => {
  test('that this machine does not know are those of the name server, of both kinds, and each is dialled', async () => {
    const server = await startNameServer({ [A]: [[127, 0, 0, 7]], [AAAA]: [LOOPBACK6] });
    const { report, lines } = recorder();
    const target = targetOf('game.invalid', [server]);
    const addresses = await checkName(target, report);
    expect(addresses).toEqual(['127.0.0.7', '::1']);
    expect(lines).toEqual([
      expect.stringMatching(/^failed name: game\.invalid has no address: /),
      'note name: the name server also has 127.0.0.7, ::1, which this machine does not use',
    ]);
    const results = await checkTcp(target, addresses, report);
    expect(results.map(({ address, problem }) => [address, problem !== ''])).toEqual([
      ['127.0.0.7', true],
      ['::1', true],
    ]);
    expect(lines.filter((line) => / tcp: (127\.0\.0\.7|::1) port 9: /.test(line))).toHaveLength(2);
  });

  test('of which there is only one kind, or none', async () => {
    for (const [records, expected] of [
      [{ [AAAA]: [LOOPBACK6] }, ['::1']],
      [{ [A]: [[192, 0, 2, 1]] }, ['192.0.2.1']],
      [{}, []],
    ] as const) {
      const server = await startNameServer(records);
      const { report, lines } = recorder();
      expect(await checkName(targetOf('game.invalid', [server]), report)).toEqual(expected);
      expect(lines).toHaveLength(expected.length === 0 ? 1 : 2);
    }
  });

  test('without a name server that answers are those of this machine', async () => {
    const silent = createSocket('udp4');
    onTestFinished(() => void silent.close());
    silent.bind(0, '127.0.0.1');
    await once(silent, 'listening');
    const { report, lines } = recorder();
    expect(await checkName(targetOf('game.invalid', [`127.0.0.1:${silent.address().port}`]), report)).toEqual([]);
    expect(lines).toEqual([expect.stringMatching(/^failed name: game\.invalid has no address: /)]);
  });
});
