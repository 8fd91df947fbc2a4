import type { DeflateCodec, Role } from '../../src/protocol/index.ts';
import { createNodeCodec } from '../../src/websocket/compression/node-deflate.ts';
import type { FrameCase } from './case.ts';
import type { CompressionCase } from './cases/compression.ts';
import type { HandshakeCase } from './cases/handshake.ts';
import { runCompression } from './run-compression.ts';
import { runOnConnection } from './run-connection.ts';
import { runHandshakeOnPeer, runOnHandshake } from './run-handshake.ts';
import { runOnPeer } from './run-peer.ts';
import { SPLITS, type Split } from './split.ts';

export const ROLES: readonly Role[] = ['client', 'server'];

/** Both forms of the codec: on zlib's streams, and on the public API. */
export const CODECS: readonly (readonly [name: string, codec: DeflateCodec])[] = [
  ['zlib streams', createNodeCodec(true)],
  ['public zlib', createNodeCodec(false)],
];

/** The results of one section. */
export interface Tally {
  readonly section: string;
  cases: number;
  runs: number;
  failed: number;
  /** A line for each case that failed: its first fault. */
  readonly failures: string[];
}

/** One way to run a case. */
export interface Run {
  readonly label: string;
  run(): string | null | Promise<string | null>;
}

/** Anything with a section and a name. */
export interface Named {
  readonly section: string;
  readonly name: string;
}

/** Runs every case in all its ways; by section. */
export async function tally<Case extends Named>(
  cases: readonly Case[],
  runsOf: (test: Case) => readonly Run[],
): Promise<Tally[]> {
  const tallies = countOnly(cases, runsOf);
  for (const test of cases) {
    const mine = tallies.find(({ section }) => section === test.section)!;
    const runs = runsOf(test);
    const faults: string[] = [];
    for (const { label, run } of runs) {
      const fault = await faultOf(run);
      if (fault !== null) faults.push(`${label}: ${fault}`);
    }
    mine.failed += faults.length;
    if (faults.length > 0)
      mine.failures.push(`${test.section}: ${test.name}: ${faults.length} of ${runs.length} runs: ${faults[0]}`);
  }
  return tallies;
}

async function faultOf(run: Run['run']): Promise<string | null> {
  try {
    return await run();
  } catch (error) {
    return `threw ${error instanceof Error ? error.stack : error}`;
  }
}

/** The same without running anything: how many there are. */
export function countOnly<Case extends Named>(cases: readonly Case[], runsOf: (test: Case) => readonly Run[]): Tally[] {
  const tallies: Tally[] = [];
  for (const test of cases) {
    let mine = tallies.find(({ section }) => section === test.section);
    if (mine === undefined) {
      mine = { section: test.section, cases: 0, runs: 0, failed: 0, failures: [] };
      tallies.push(mine);
    }
    mine.cases++;
    mine.runs += runsOf(test).length;
  }
  return tallies;
}

/** Both roles, every split, and each on a `Connection` (with either codec) and on a whole peer. */
export function frameRuns(test: FrameCase): Run[] {
  const codecs = test.deflate === undefined ? [['no codec', null] as const] : CODECS;
  return eachWay((role, split) => [
    ...codecs.map(([name, codec]) => ({
      label: `${role}, ${split}${codec === null ? '' : `, ${name}`}`,
      run: () => runOnConnection(test, role, split, codec),
    })),
    ...(test.isConnectionOnly === true
      ? []
      : [{ label: `${role}, ${split}, whole peer`, run: () => runOnPeer(test, role, split) }]),
  ]);
}

export function eachWay(runs: (role: Role, split: Split) => readonly Run[]): Run[] {
  return ROLES.flatMap((role) => SPLITS.flatMap((split) => runs(role, split)));
}

/** Both roles, every split, either codec and a whole peer. */
export function compressionRuns(test: CompressionCase): Run[] {
  return eachWay((role, split) => [
    ...CODECS.map(([name, codec]) => ({
      label: `${role}, ${split}, ${name}`,
      run: () => runCompression(test, role, split, codec),
    })),
    { label: `${role}, ${split}, whole peer`, run: () => runCompression(test, role, split, null) },
  ]);
}

/** A request is for a server and a response for a client: every split, on the handshake and on a whole peer. */
export function handshakeRuns(test: HandshakeCase): Run[] {
  const [, codec] = CODECS[0]!;
  return SPLITS.flatMap((split) => [
    { label: `${test.role}, ${split}`, run: () => runOnHandshake(test, split, codec) },
    { label: `${test.role}, ${split}, whole peer`, run: () => runHandshakeOnPeer(test, split) },
  ]);
}
