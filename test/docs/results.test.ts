import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { ErrorCode } from 'tickpeer';
import ts from 'typescript';
import { describe, expect, onTestFinished, test } from 'vitest';
import { MemoryPeers } from '../support/memory-peers.ts';
import { drive, newPeer } from '../support/peers.ts';
import { until } from '../support/until.ts';
import { CodeBlocks } from './document.ts';
import { allPages } from './pages.ts';
import { runProgram } from './program.ts';
import { complaintsAbout } from './types.ts';

const ROOT = new URL('../../', import.meta.url);
const README = new CodeBlocks('../README.md');

/** Methods that return an `ErrorCode` which a program must check. */
const CHECKED = ['listen', 'attach', 'connectToUrl', 'connectToStream', 'createServer', 'createClient'];
/** Methods whose `ErrorCode` may be ignored if a comment says why, on that line or above it. */
const EXPLAINED = ['send', 'sendText', 'sendBytes', 'sendAuth', 'completeAuth', 'putPacket', 'putVar', 'rpc', 'rpcId'];
/** `listen` of Node's own servers, which report by an event. */
const NODE_SERVERS = ['http', 'https', 'app', 'this.#http', 'transport'];

/** The calls in a source whose result is not used. */
function unchecked(source: string): string[] {
  const file = ts.createSourceFile('snippet.ts', source, ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isExpressionStatement(node) && ts.isCallExpression(node.expression)) {
      const { expression } = node.expression;
      const name = ts.isPropertyAccessExpression(expression) ? expression.name.text : '';
      const isOurs = CHECKED.includes(name) && !NODE_SERVERS.includes(expression.getText().slice(0, -name.length - 1));
      if (isOurs || (EXPLAINED.includes(name) && !isExplained(source, node))) found.push(node.getText());
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/** Whether a comment stands on one of the statement's lines, or on the line above it. */
function isExplained(source: string, statement: ts.Node): boolean {
  const lines = source.split('\n');
  const lineOf = (position: number): number => source.slice(0, position).split('\n').length - 1;
  const [first, last] = [lineOf(statement.getStart()), lineOf(statement.getEnd())];
  return lines.slice(Math.max(0, first - 1), last + 1).some((line) => /(?:^|\s)\/\/ \S/.test(line));
}

describe('a result that says whether it worked', () => {
  test('is reported where it is not used', () => {
    expect(unchecked(`server.listen(1); http.listen(2); if (peer.connectToUrl('x') !== 0) stop();`)).toEqual([
      'server.listen(1);',
    ]);
    expect(
      unchecked(`peer.send(a);\npeer.send(b); // lost: why not\n// why not\nmain.hit.rpc();\n\nsocket.sendText('x');`),
    ).toEqual(['peer.send(a);', "socket.sendText('x');"]);
  });

  test.each(allPages().map((page) => [page.path, page] as const))('is used in all of %s', (path, { snippets }) => {
    // The tutorials are in JavaScript, too.
    const languages = path.startsWith('docs/start/') ? ['ts', 'js'] : ['ts'];
    const sources = snippets.filter(({ language }) => languages.includes(language)).map(({ text }) => text);
    expect(sources.flatMap(unchecked)).toEqual([]);
  });

  const examples = readdirSync(new URL('examples/', ROOT), { recursive: true, encoding: 'utf8' });
  const programs = examples.filter((name) => name.endsWith('.ts'));
  test.each(programs)('is used in examples/%s', (name) => {
    expect(unchecked(readFileSync(new URL(`examples/${name}`, ROOT), 'utf8'))).toEqual([]);
  });
});

test('the echo in polling.md keeps text and bytes', () => {
  const source = new CodeBlocks('polling.md').under('Sending', 'ts');
  const peers = MemoryPeers.open();
  const { peer, other } = peers.from('server');
  for (const message of ['text', '', Uint8Array.of(1)]) expect(other.send(message)).toBe(ErrorCode.OK);
  peers.poll();
  peers.poll();
  const complaints: unknown[] = [];
  const run = new Function('socket', 'ErrorCode', 'console', source);
  run(peer, ErrorCode, { error: (text: unknown) => complaints.push(text) });
  peers.poll();
  peers.poll();
  expect([[...other.packets()], complaints]).toEqual([['text', '', Uint8Array.of(1)], []]);
});

describe('README’s programs', () => {
  const SERVERS = ['A server', 'A server for a Godot game'];

  test('compile', () => {
    expect(complaintsAbout(README.all('ts'))).toEqual([]);
  }, 60_000);

  test.each(SERVERS)(
    '%s: serves; a second one on its port prints why, and ends',
    async (heading) => {
      const port = await freePort();
      const source = README.under(heading, 'ts').replaceAll('9080', String(port));
      const first = await runProgram(source, {});
      onTestFinished(first.end);
      const client = newPeer();
      await drive(
        client,
        () => {
          // Until the program listens.
          if (client.getReadyState() === 3) client.connectToUrl(`ws://127.0.0.1:${port}/`);
          return client.getReadyState() === 1;
        },
        20_000,
      );
      const second = await runProgram(source, {});
      onTestFinished(second.end);
      await until(() => second.process.exitCode !== null && second.output() !== '', 20_000);
      expect([second.process.exitCode, second.output()]).toEqual([
        1,
        expect.stringContaining(`Error: cannot listen on *:${port}: the port is taken\n`),
      ]);
      await until(() => first.output().includes('tickpeer: server open: 127.0.0.1'), 5000);
    },
    60_000,
  );

  test('A client: says what happened', async () => {
    const port = await freePort();
    const client = await runProgram(README.under('A client', 'ts').replaceAll('9080', String(port)), {});
    onTestFinished(client.end);
    await until(() => client.process.exitCode !== null, 20_000);
    expect(client.output()).toMatch(/^-1 .*ECONNREFUSED/);
  }, 60_000);
});

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
