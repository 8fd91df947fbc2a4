import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { stopProcess } from './stop-process.ts';

export interface NatsServer {
  /** On 127.0.0.1. Remains the same over restarts. */
  readonly port: number;
  /** Ends it, as an operator does. */
  stop(): Promise<void>;
  /** Ends it without warning. */
  kill(): Promise<void>;
  /** Starts it again, with the data that it had. Resolves when it takes connections. */
  start(): Promise<void>;
  /** It keeps its connections, and does nothing. */
  pause(): Promise<void>;
  resume(): void;
}

export interface NatsServerOptions {
  /** Bytes of the largest message. Default: the server's, 1 MiB. */
  readonly maxPayload?: number;
  /** Default: true. */
  readonly hasJetStream?: boolean;
}

/** Starts a NATS server with JetStream, whose data are in a folder of its own. It ends with the test. */
export async function startNatsServer(options: NatsServerOptions = {}): Promise<NatsServer> {
  if (spawnSync('nats-server', ['--version']).status !== 0) {
    throw new Error('nats-server is not installed; Debian has it as the package nats-server');
  }
  const folder = mkdtempSync(join(tmpdir(), 'tickpeer-nats-'));
  let port = -1;
  let child: ChildProcess | null = null;

  const start = async (): Promise<void> => {
    const limits = options.maxPayload === undefined ? '' : `max_payload: ${options.maxPayload}\n`;
    // -1: any free port.
    const jetStream = options.hasJetStream === false ? '' : `jetstream { store_dir: "${folder}/store" }\n`;
    const text = `listen: "127.0.0.1:${port}"\n${jetStream}${limits}`;
    const file = join(folder, 'nats.conf');
    writeFileSync(file, text);
    const begun = spawn('nats-server', ['-c', file], { stdio: ['ignore', 'ignore', 'pipe'] });
    child = begun;
    port = await ready(begun);
  };
  const end = async (signal: 'SIGTERM' | 'SIGKILL'): Promise<void> => {
    const ended = child;
    child = null;
    if (ended === null || ended.exitCode !== null || ended.signalCode !== null) return;
    const exit = once(ended, 'exit');
    ended.kill(signal);
    if (signal === 'SIGTERM') ended.kill('SIGCONT');
    await exit;
  };
  onTestFinished(async () => {
    await end('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });
  await start();
  return {
    get port() {
      return port;
    },
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    start,
    pause: () => stopProcess(child?.pid ?? Number.NaN),
    resume: () => child?.kill('SIGCONT'),
  };
}

/** The port that it listens on, once it is ready. */
function ready(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let log = '';
    child.stderr?.on('data', (chunk) => {
      log += chunk;
      const listening = /Listening for client connections on 127\.0\.0\.1:(\d+)/.exec(log);
      if (listening !== null && log.includes('Server is ready')) resolve(Number(listening[1]));
    });
    child.once('error', reject);
    child.once('exit', (code, signal) => reject(new Error(`nats-server ended with ${code ?? signal}:\n${log}`)));
  });
}
