import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { runCommand } from '../support/fake-terminal.ts';

/** Captures that tcpdump has made (test/fixtures/captures/make.mjs), and a HAR that Chromium has made. */
function fixture(name: string): string {
  return fileURLToPath(new URL(`../fixtures/captures/${name}`, import.meta.url));
}

/** The output without the times and the ports of the clients and the servers. */
async function decode(name: string): Promise<{ code: number; out: string[]; err: string }> {
  const run = runCommand(['decode', fixture(name)]);
  const code = await run.exitCode;
  const plain = (text: string): string =>
    text.replace(/^ *\d+\.\d{6} /gm, '').replace(/(127\.0\.0\.1|::1\]):\d+/g, '$1');
  return {
    code,
    out: plain(run.stdout()).trimEnd().split('\n'),
    err: plain(run.stderr()).replaceAll(fixture(name), name),
  };
}

const MANY = `text    1100 ${'many words '.repeat(100).slice(0, 1000)}… (100 more characters)`;
/** Without the Ping and its Pong, which come at any time. */
const TALK = [
  '#1 > text      19 {"hello": "wörld"}',
  `#1 > ${MANY}`,
  '#1 < text      19 {"hello": "wörld"}',
  `#1 < ${MANY}`,
  '#1 < binary    12 Vector2(1, 2)',
  '#1 < close  4000 bye',
  '#1 > close  4000 bye',
  '#1 < reset',
];

describe('captures of tcpdump', () => {
  test.each([
    ['ipv4.pcap', 1, '127.0.0.1'],
    ['ipv6.pcap', 1, '[::1]'],
    ['any.pcap', 276, '127.0.0.1'],
    ['cooked.pcap', 113, '127.0.0.1'],
  ])('%s, of the link type %i', async (name, linkType, host) => {
    expect(readFileSync(fixture(name)).readUInt32LE(20)).toBe(linkType);
    const { code, out, err } = await decode(name);
    expect([code, err]).toEqual([0, '']);
    expect(out[0]).toMatch(/^#1 open .* \/play\?room=1, permessage-deflate/);
    expect(out[0]).toContain(`open ${host} > ${host} /`);
    expect(out.filter((line) => /p[io]ng/.test(line))).toEqual([
      '#1 > ping       4 00000001',
      '#1 < pong       4 00000001',
    ]);
    expect(out.slice(1).filter((line) => !/p[io]ng/.test(line))).toEqual(TALK);
  });

  test('with 200 bytes of each packet', async () => {
    const { code, out, err } = await decode('short.pcap');
    expect([code, out]).toEqual([1, ['']]);
    expect(err).toMatch(/#1 ! 127\.0\.0\.1 > 127\.0\.0\.1: bytes of the client are missing in the capture/);
  });

  test('of a connection that was open before, and another one', async () => {
    const { code, out, err } = await decode('late.pcap');
    expect(code).toBe(0);
    expect(err).toMatch(/^#1 ! .*: the connection began before the capture, so that its messages cannot be read\n$/);
    expect(out.slice(0, 2)).toEqual(['#2 open 127.0.0.1 > 127.0.0.1 /', '#2 > text      14 of the new one']);
  });

  test('of a port that is used again after a reset', async () => {
    const { code, out, err } = await decode('port-again.pcap');
    expect([code, err]).toEqual([0, '']);
    expect(out.slice(0, 5)).toEqual([
      '#1 open 127.0.0.1 > 127.0.0.1 /first',
      '#1 > text       5 first',
      '#1 > reset',
      '#2 open 127.0.0.1 > 127.0.0.1 /second',
      '#2 > text       6 second',
    ]);
  });

  test('of a game', async () => {
    const { code, out, err } = await decode('game.pcap');
    expect([code, err]).toEqual([0, '']);
    expect(out).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^#1 < binary {5}4 id \d+$/),
        '#1 > binary    26 rpc Main.#1(7, "what")',
        '#1 < binary    28 rpc Main.#0("seven")',
      ]),
    );
  });
});

test('a HAR of Chromium', async () => {
  const { code, out, err } = await decode('chromium.har');
  expect([code, err]).toEqual([0, '']);
  expect(out).toEqual([
    '#1 open browser > 127.0.0.1 /first?room=1, chat',
    '#1 > text      19 {"hello": "wörld"}',
    '#1 > binary     3 0102ff',
    '#1 < text      19 {"hello": "wörld"}',
    '#1 < binary     3 0102ff',
    '#2 open browser > 127.0.0.1 /second, chat',
    '#2 > text       4 zwei',
    '#2 < text       4 zwei',
  ]);
});
