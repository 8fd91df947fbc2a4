import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { CodeBlocks } from '../docs/document.ts';

const docs = new CodeBlocks('deploying.md');

/** A program in front of a server. */
export interface GatewayKind {
  readonly name: string;
  readonly isInstalled: boolean;
  /** Its configuration in docs/deploying.md, which listens on port 80 and calls 127.0.0.1:8080. */
  readonly configuration: string;
  /** What the program is started with, and further files that it needs, both in `folder`. */
  start(configuration: string, folder: string): { readonly command: string; readonly args: readonly string[] };
}

export const GATEWAYS: readonly GatewayKind[] = [
  {
    name: 'nginx',
    isInstalled: isInstalled('nginx', '-v'),
    configuration: docs.under('nginx', 'nginx'),
    start: (configuration, folder) => {
      const places = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
        (kind) => `${kind}_temp_path ${folder}/${kind};`,
      );
      const rest = `daemon off; pid ${folder}/nginx.pid; error_log stderr; events {}\n`;
      const text = `${rest}http { access_log off; ${places.join(' ')}\n${configuration}}\n`;
      // One process: with workers, their parent would have to end them.
      writeFileSync(join(folder, 'nginx.conf'), `master_process off; ${text}`);
      return { command: 'nginx', args: ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', 'stderr'] };
    },
  },
  {
    name: 'HAProxy',
    isInstalled: isInstalled('haproxy', '-v'),
    configuration: docs.under('HAProxy', 'haproxy'),
    start: (configuration, folder) => {
      writeFileSync(join(folder, 'haproxy.cfg'), configuration);
      return { command: 'haproxy', args: ['-db', '-f', join(folder, 'haproxy.cfg')] };
    },
  },
  {
    name: 'Caddy',
    isInstalled: isInstalled('caddy', 'version'),
    configuration: docs.under('Caddy', 'caddyfile'),
    start: (configuration, folder) => {
      writeFileSync(join(folder, 'Caddyfile'), `{\n  admin off\n  auto_https off\n}\n${configuration}`);
      return { command: 'caddy', args: ['run', '--adapter', 'caddyfile', '--config', join(folder, 'Caddyfile')] };
    },
  },
];

export interface Gateway {
  readonly port: number;
}

/**
 * Starts a gateway before 127.0.0.1:`serverPort`, on a free port of 127.0.0.1; it ends with the test. `change` may modify
 * the configuration.
 */
export async function startGateway(
  kind: GatewayKind,
  serverPort: number,
  change: (configuration: string, folder: string) => string = (text) => text,
): Promise<Gateway> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'tickpeer-gateway-'));
  const configuration = kind.configuration
    .replaceAll('127.0.0.1:8080', `127.0.0.1:${serverPort}`)
    .replace(/^(\s*)(listen|bind :|:)\s*80\b/m, (_all, space: string, word: string) => {
      if (word === 'listen') return `${space}listen 127.0.0.1:${port}`;
      return `${space}${word === ':' ? `http://127.0.0.1:${port}` : `bind 127.0.0.1:${port}`}`;
    });
  const { command, args } = kind.start(change(configuration, folder), folder);
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, HOME: folder } });
  let complaints = '';
  child.stderr.on('data', (chunk) => {
    complaints += chunk;
  });
  onTestFinished(async () => {
    await ended(child);
    rmSync(folder, { recursive: true, force: true });
  });
  while (!(await isListening(port))) {
    if (child.exitCode !== null) throw new Error(`${kind.name} ended with ${child.exitCode}:\n${complaints}`);
  }
  return { port };
}

function isInstalled(command: string, question: string): boolean {
  return spawnSync(command, [question]).status === 0;
}

/** A port that was free a moment ago: these programs do not report which port they use. */
function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' ? (address?.port ?? 0) : 0));
    });
  });
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true));
    socket.once('error', () => setTimeout(() => resolve(false), 20));
    socket.once('connect', () => socket.destroy());
  });
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await exit;
}
