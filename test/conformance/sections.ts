import type { FrameCase } from './case.ts';
import { closingCases } from './cases/closing.ts';
import { type CompressionCase, compressionCases } from './cases/compression.ts';
import { controlCases } from './cases/control.ts';
import { deflateBlockCases } from './cases/deflate-blocks.ts';
import { deflateFaultCases } from './cases/deflate-faults.ts';
import { framingCases } from './cases/framing.ts';
import type { HandshakeCase } from './cases/handshake.ts';
import { limitCases } from './cases/limits.ts';
import { orderCases } from './cases/order.ts';
import { requestCases } from './cases/requests.ts';
import { responseCases } from './cases/responses.ts';
import { utf8Cases } from './cases/utf8.ts';
import { compressionRuns, countOnly, frameRuns, handshakeRuns, type Tally } from './tally.ts';

export const FRAME_CASES: readonly FrameCase[] = [
  ...framingCases,
  ...controlCases,
  ...utf8Cases,
  ...closingCases,
  ...limitCases,
  ...orderCases,
  ...deflateBlockCases,
  ...deflateFaultCases,
];
export const HANDSHAKE_CASES: readonly HandshakeCase[] = [...requestCases, ...responseCases];
export const COMPRESSION_CASES: readonly CompressionCase[] = compressionCases;

/** Every section that has cases, in the order of the table, and what they test. */
export const SECTIONS: Readonly<Record<string, string>> = {
  'RFC 6455 1.3': "The RFC's own opening handshake.",
  'RFC 6455 1.4': 'Both sides close at once.',
  'RFC 6455 4.1':
    'What a client asks, and the answers it takes: every required header missing, empty, wrong, doubled, in odd case, oddly spaced or folded; status lines; sub-protocols.',
  'RFC 6455 4.2.1':
    'The requests a server takes: the same for its five required headers; methods, versions, targets, keys, sub-protocols.',
  'RFC 6455 4.2.2': 'What a server answers: the proof of the key, the sub-protocol chosen.',
  'RFC 6455 4.4': 'Other versions than 13 are answered with 426 and the version that is spoken.',
  'RFC 6455 5.1': 'A client masks every frame, a server none; found in the first two bytes.',
  'RFC 6455 5.2':
    'Lengths at every border of the header in both directions, wasteful lengths, the top bit, reserved bits and opcodes.',
  'RFC 6455 5.3': 'Masking keys, zero among them, with payloads of every length modulo four.',
  'RFC 6455 5.4':
    'Fragmented messages, empty fragments, control frames between them, fragments out of order, our own fragments.',
  'RFC 6455 5.5': 'Control frames are short and whole: too long, fragmented, wastefully long.',
  'RFC 6455 5.5.1':
    'Close frames: payloads and reasons of every kind, what comes before and behind them, ours and theirs.',
  'RFC 6455 5.5.2': 'Pings are answered with their payload, in order.',
  'RFC 6455 5.5.3': 'Pongs that nobody asked for mean nothing.',
  'RFC 6455 5.6': 'Binary messages may be anything.',
  'RFC 6455 5.7': "The RFC's own frames.",
  'RFC 6455 7.1.1': 'The stream ends with, without and in the middle of a Close.',
  'RFC 6455 7.1.2': 'The time between our Close and theirs.',
  'RFC 6455 7.1.5': 'The close code is the one that arrives; 1005 for none.',
  'RFC 6455 7.1.7': 'After a failure nothing that arrives means anything.',
  'RFC 6455 7.4': 'Every range of close codes from 0 to 65535 at its borders, received, answered and sent.',
  'RFC 6455 8.1':
    'Text is UTF-8: valid forms, every kind of invalid one, a bad byte at each position, code points cut by frames, failing at the first bad byte.',
  'RFC 6455 9.1': 'The grammar of extensions; extensions that nobody knows, or nobody offered.',
  'RFC 6455 10.4': 'Limits on messages, fragments, queues and heads: on them, and one above.',
  'RFC 7692 5.1': 'Offers with fallbacks, declined and accepted.',
  'RFC 7692 6.1': 'RSV1 stands on the first frame of a compressed message alone; the threshold.',
  'RFC 7692 6.2': 'Plain and compressed messages on one connection.',
  'RFC 7692 7.1':
    'Parameters that are unknown or doubled: offers are declined, answers fail the handshake; all four together.',
  'RFC 7692 7.1.1': 'Context takeover, and none, over many messages.',
  'RFC 7692 7.1.1.1': 'server_no_context_takeover, offered, answered, left out, with a value.',
  'RFC 7692 7.1.1.2': 'client_no_context_takeover, the same.',
  'RFC 7692 7.1.2':
    'Every pair of window sizes, with and without context takeover on either side: 256 combinations, five messages each.',
  'RFC 7692 7.1.2.1': 'server_max_window_bits: every value, offered, narrowed, answered, and every kind of bad value.',
  'RFC 7692 7.1.2.2': 'client_max_window_bits, the same, and without a value.',
  'RFC 7692 7.2':
    'Messages of 16 bytes to 128 KiB, in one frame and in four, with control frames and plain messages between.',
  'RFC 7692 7.2.1': 'What a compressor may do: levels, memory, blocks with BFINAL inside a message.',
  'RFC 7692 7.2.2': 'All kinds of blocks, and data that is broken: 1007.',
  'RFC 7692 7.2.3.1': "The RFC's example: one block, cut into frames everywhere.",
  'RFC 7692 7.2.3.2': "The RFC's example: a message that refers to the one before.",
  'RFC 7692 7.2.3.3': "The RFC's example: a block without compression.",
  'RFC 7692 7.2.3.4': "The RFC's example: a block with BFINAL, and what may follow it.",
  'RFC 7692 7.2.3.5': "The RFC's example: two blocks in one message.",
  'RFC 7692 7.2.3.6': 'Empty messages.',
  'RFC 7692 8':
    'The limit holds for what a message inflates to: on it, one above, and bombs; compressed messages that wait for room.',
  'RFC 9110 5.1': 'Header names.',
  'RFC 9110 5.5': 'Header values.',
  'RFC 9110 15.2': 'Informational answers before the final one.',
  'RFC 9112 2.2': 'Where a line ends.',
  'RFC 9112 5.2': 'Folded lines.',
  'RFC 9112 6': 'A request for an upgrade has no body.',
};

/** How many cases and runs there are, without running them. */
export function countAll(): Tally[] {
  return merge([
    ...countOnly(FRAME_CASES, frameRuns),
    ...countOnly(HANDSHAKE_CASES, handshakeRuns),
    ...countOnly(COMPRESSION_CASES, compressionRuns),
  ]);
}

/** One tally for each section, in the order of `SECTIONS`. */
export function merge(tallies: readonly Tally[]): Tally[] {
  const merged = new Map<string, Tally>(
    Object.keys(SECTIONS).map((section) => [section, { section, cases: 0, runs: 0, failed: 0, failures: [] }]),
  );
  for (const { section, cases, runs, failed, failures } of tallies) {
    const mine = merged.get(section);
    if (mine === undefined) throw new Error(`${section} is missing in SECTIONS`);
    mine.cases += cases;
    mine.runs += runs;
    mine.failed += failed;
    mine.failures.push(...failures);
  }
  return [...merged.values()];
}
