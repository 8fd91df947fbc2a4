import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { RecordedKind, RecordingWriter } from 'tickpeer/testing';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { converse } from '../support/conversation.ts';
import { until } from '../support/until.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PACKAGE = readFileSync(join(ROOT, 'package.json'), 'utf8');

let directory = '';
let main = '';
/** A recording of many messages. */
let recording = '';

beforeAll(async () => {
  directory = realpathSync(mkdtempSync(join(tmpdir(), 'tickpeer-process-')));
  // As scripts/build-cli.mjs does, but with the rooms inside.
  const bundle = await rolldown({ input: join(ROOT, 'src/cli/main.ts'), platform: 'node', checks: { eval: false } });
  await bundle.write({ dir: join(directory, 'dist/cli'), entryFileNames: 'main.js', chunkFileNames: '[name].js' });
  await bundle.close();
  writeFileSync(join(directory, 'package.json'), PACKAGE);
  main = join(directory, 'dist/cli/main.js');
  recording = join(directory, 'many.rec');
  writeFileSync(recording, manyMessages());
}, 60_000);
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function manyMessages(): Buffer {
  const { client, step, sent } = converse();
  for (let count = 0; count < 3000; count++) {
    client.sendText(`message ${count} ${'x'.repeat(200)}`);
    if (count % 100 === 0) step();
  }
  step();
  const chunks: Uint8Array[] = [];
  const writer = new RecordingWriter({ seed: 1, startedAt: 0 }, (chunk) => chunks.push(chunk));
  writer.event(RecordedKind.OPENED, 0, 1, '127.0.0.1:5000');
  for (const { isFromClient, bytes } of sent)
    writer.event(isFromClient ? RecordedKind.RECEIVED : RecordedKind.SENT, 1, 1, bytes);
  return Buffer.concat(chunks);
}

function start(words: readonly string[], nodeOptions: readonly string[] = []): ChildProcessWithoutNullStreams {
  const child = spawn(process.execPath, [...nodeOptions, main, ...words], { env: { ...process.env, NO_COLOR: '1' } });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

async function end(child: ChildProcessWithoutNullStreams): Promise<Ended> {
  const closed = once(child, 'close');
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [code]: [number | null] = (await closed) as [number | null]; // the event's first argument
  return { code, out, err };
}

/** A line of a shell, in which `$TICKPEER` is the command. */
async function shell(line: string): Promise<Ended> {
  const env = { ...process.env, NO_COLOR: '1', TICKPEER: `${process.execPath} ${main}` };
  const child = spawn('sh', ['-c', line], { env, cwd: directory });
  onTestFinished(() => void child.kill('SIGKILL'));
  return await end(child);
}

describe('the process tickpeer', () => {
  test('prints its version and its help, and ends', async () => {
    const { version } = JSON.parse(PACKAGE);
    expect(await end(start(['--version']))).toEqual({ code: 0, out: `${version}\n`, err: '' });
    expect(await end(start(['--help']))).toMatchObject({ code: 0, err: '' });
    expect(await end(start([]))).toMatchObject({ code: 2, err: '' });
    expect(await end(start(['nope']))).toMatchObject({ code: 2, out: '', err: expect.stringMatching(/^tickpeer: /) });
  });

  test('ends quietly when the pipe behind it is closed', async () => {
    const { out, err } = await shell(`{ $TICKPEER decode many.rec; echo "code $?" >&2; } | head -2`);
    expect(out.split('\n')).toHaveLength(3);
    expect(err).toBe('code 0\n');
  });

  test('says in one line that stdout cannot be written, and ends with 5', async () => {
    if (!existsSync('/dev/full')) return;
    const { err, code } = await shell('$TICKPEER decode many.rec > /dev/full');
    expect(code).toBe(5);
    expect(err).toMatch(/^tickpeer: stdout cannot be written: .*ENOSPC.*\n$/);
  });

  test('goes on when stderr is closed, and without stdin', async () => {
    const decoded = await shell('$TICKPEER decode many.rec 2>&- | tail -1');
    expect(decoded).toMatchObject({ code: 0, out: expect.stringContaining('message 2999') });
    const refused = await shell('$TICKPEER connect ws://127.0.0.1:1/ <&-');
    expect(refused).toMatchObject({ code: 3, out: '', err: expect.stringMatching(/^tickpeer: [^\n]+\n[^\n]+\n$/) });
    const listening = start(['serve', directory, '--echo', '--port', '0', '--quiet']);
    const url = await socketUrl(listening);
    const silent = await shell(
      `$TICKPEER connect ${url} --wait 0.1 <&- && $TICKPEER connect ${url} --wait 0.1 < /dev/null`,
    );
    expect(silent).toMatchObject({ code: 0, out: '' });
    listening.kill('SIGINT');
    expect(await once(listening, 'exit')).toEqual([0, null]);
  });

  test.each(['SIGINT', 'SIGTERM'] as const)('%s ends serve with 0, and connect with 130', async (signal) => {
    const serve = start(['serve', directory, '--echo', '--port', '0', '--quiet']);
    const url = await socketUrl(serve);
    const connect = start(['connect', url, '--listen']);
    await once(connect.stderr, 'data');
    connect.kill(signal);
    expect(await once(connect, 'exit')).toEqual([130, null]);
    serve.kill(signal);
    expect(await once(serve, 'exit')).toEqual([0, null]);
  });

  test('a signal ends a replay whose module does not come to an end', async () => {
    const module = join(directory, 'endless.mjs');
    writeFileSync(module, 'console.log("begun"); export default () => () => { for (;;); };');
    const replay = start(['replay', recording, module]);
    await once(replay.stdout, 'data');
    replay.kill('SIGINT');
    expect(await once(replay, 'exit')).toEqual([null, 'SIGINT']);
  });

  test.skipIf(process.platform !== 'linux')('Ctrl-C ends decode in the middle of a file', async () => {
    const large = join(directory, 'large.pcap');
    const header = Buffer.alloc(24);
    header.writeUInt32LE(0xa1b2c3d4, 0);
    header.writeUInt32LE(1, 20);
    const record = Buffer.alloc(16 + 60);
    record.writeUInt32LE(60, 8);
    record.writeUInt32LE(60, 12);
    // Packets of another protocol, of which nothing is shown.
    writeFileSync(large, Buffer.concat([header, ...Array<Buffer>(500_000).fill(record)]));
    const decode = start(['decode', large]);
    const files = `/proc/${decode.pid}/fd`;
    await until(() => readdirSync(files).some((name) => targetOf(join(files, name)) === large));
    decode.kill('SIGINT');
    expect(await end(decode)).toMatchObject({ code: 130, out: '' });
  });

  test('says which Node it needs when this one is too old', async () => {
    const older = (version: string): string =>
      `data:text/javascript,Object.defineProperty(process,'versions',{value:{...process.versions,node:'${version}'}})`;
    const needed: string = JSON.parse(PACKAGE).engines.node.slice(2);
    expect(await end(start(['--version'], ['--import', older('18.20.8')]))).toEqual({
      code: 1,
      out: '',
      err: `tickpeer: Node ${needed} or newer is needed, and this is Node 18.20.8.\nInstall it from https://nodejs.org, or by your version manager.\n`,
    });
    expect(await end(start(['--version'], ['--import', older(needed)]))).toMatchObject({ code: 0, err: '' });
  });

  test('its first file imports nothing but modules of Node, so that an old one can run it', () => {
    const source = readFileSync(main, 'utf8');
    const imports = [...source.matchAll(/^import\b[^;]*?["']([^"']+)["']/gm)].map(([, from]) => from);
    expect(imports.length).toBeGreaterThan(0);
    expect(imports.filter((from) => !from?.startsWith('node:'))).toEqual([]);
    expect(source.length).toBeLessThan(3000);
  });
});

function targetOf(link: string): string {
  try {
    return readlinkSync(link);
  } catch {
    return ''; // closed meanwhile
  }
}

async function socketUrl(serve: ChildProcessWithoutNullStreams): Promise<string> {
  let printed = '';
  // The pipe stays open.
  for await (const chunk of serve.stdout.iterator({ destroyOnReturn: false })) {
    printed += String(chunk);
    const url = /ws:\/\/\S+/.exec(printed)?.[0];
    if (url !== undefined) return url;
  }
  throw new Error('serve has ended');
}
