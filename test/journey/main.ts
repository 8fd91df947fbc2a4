/**
 * The journey as a program, for runtimes without the test runner (`test/runtimes/run.mjs`): runs every step against both
 * servers, in this process, and prints a line of JSON (`Result`) for each. Its argument is a file with `Identities`.
 */
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { TLSOptions, X509Certificate } from 'tickpeer';
import { journeyOn } from './journey.ts';
import type { Identities, JourneyServer } from './journey-server.ts';
import { startOurServer } from './our-server.ts';
import type { Step, Where } from './step.ts';
import { unusedPort } from './unused-port.ts';
import { startWsServer } from './ws-server.ts';

export interface Result {
  /** The step's, behind the server's. */
  readonly name: string;
  readonly milliseconds: number;
  /** Null: passed. */
  readonly error: string | null;
}

/** The time limit of a step, in milliseconds. */
const STEP_TIME_LIMIT = 20_000;

const identities: Identities = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8'));

await travel('our server', startOurServer);
await travel('ws', startWsServer);
process.exit(0);

async function travel(
  name: string,
  start: (identities: Identities) => JourneyServer | Promise<JourneyServer>,
): Promise<void> {
  const server = await start(identities);
  const certificate = new X509Certificate();
  certificate.loadFromString(identities.trusted.certificate);
  const where: Where = {
    ...server.addresses,
    unused: `ws://127.0.0.1:${unusedPort()}`,
    trust: TLSOptions.client(certificate),
    platform: 'node',
  };
  for (const step of journeyOn('node')) await report(`${name}: ${step.name}`, step, where);
  server.stop();
}

async function report(name: string, step: Step, where: Where): Promise<void> {
  const start = performance.now();
  const print = (error: string | null): void => {
    const result: Result = { name, milliseconds: Math.round(performance.now() - start), error };
    process.stdout.write(`${JSON.stringify(result)}\n`);
  };
  let timer: ReturnType<typeof setTimeout> | undefined;
  const tooLong = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no end to it after ${STEP_TIME_LIMIT} ms`)), STEP_TIME_LIMIT);
  });
  try {
    await Promise.race([step.run(where), tooLong]);
    print(null);
  } catch (error) {
    print(error instanceof Error ? (error.stack ?? error.message) : String(error));
  } finally {
    clearTimeout(timer);
  }
}
