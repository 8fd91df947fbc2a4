import { Buffer } from 'node:buffer';
import { patternBytes } from '../../support/payloads.ts';
import type { CaseDeflate, Packet } from '../case.ts';
import { randomOf } from '../split.ts';

/** Messages in both directions on a connection with compression, for both roles. */
export interface CompressionCase {
  readonly section: string;
  readonly name: string;
  /** The negotiated parameters; the rest is how tickpeer's side compresses. */
  readonly deflate: CaseDeflate;
  readonly messages: readonly Packet[];
  /** Frames per message, in both directions. */
  readonly fragments: number;
  /** Whether Pings, Pongs and an uncompressed message are between the received frames. */
  readonly hasOthersBetween: boolean;
  /** Whether sent messages must be compressed from `threshold` on; with a window of 256 bytes they may be uncompressed. */
  readonly mustCompress: boolean;
}

/** 16 bytes to 128 KiB: the borders of windows among them. */
export const SIZES: readonly number[] = [
  16, 64, 255, 256, 257, 512, 1024, 2048, 4096, 8192, 16_384, 32_768, 32_769, 65_536, 131_072,
];

const WORDS = [
  'tick',
  'player',
  'position',
  '{"x":',
  '"y":',
  '-12.5',
  'fuchs',
  'é',
  '€',
  '😀',
  ', ',
  'velocity',
  '[0, 1]',
];

/** Text that compresses as a game's messages do, of exactly `size` bytes. */
function prose(size: number, seed: string): string {
  const random = randomOf(seed);
  const parts: string[] = [];
  for (let length = 0; length < size; ) {
    const word = WORDS[Math.floor(random() * WORDS.length)]!;
    const bytes = Buffer.byteLength(word);
    const fits = length + bytes <= size;
    parts.push(fits ? word : 'x'.repeat(size - length));
    length += fits ? bytes : size - length;
  }
  return parts.join('');
}

/** Four kinds in turn: text, bytes that do not compress (short ones), zeros, and bytes with distant repetitions. */
function message(size: number, kind: number, seed: string): Packet {
  if (kind % 4 === 0) return prose(size, seed);
  if (kind % 4 === 1 && size <= 4096) return patternBytes(size, size + kind);
  if (kind % 4 === 2) return new Uint8Array(size);
  const once = patternBytes(Math.max(1, Math.min(size, 300 << (kind % 7))), kind);
  return Uint8Array.from({ length: size }, (_, at) => once[at % once.length]!);
}

const BITS = [8, 9, 10, 11, 12, 13, 14, 15];
const CONTEXTS = [
  [false, false],
  [true, false],
  [false, true],
  [true, true],
] as const;

function nameOf(deflate: CaseDeflate): string {
  return [
    ...(deflate.serverNoContextTakeover === true ? ['server_no_context_takeover'] : []),
    ...(deflate.clientNoContextTakeover === true ? ['client_no_context_takeover'] : []),
    `server_max_window_bits=${deflate.serverMaxWindowBits}`,
    `client_max_window_bits=${deflate.clientMaxWindowBits}`,
  ].join(', ');
}

/** All 256 combinations, each with its own choice of sizes, kinds and frames; a repeated message shows the context. */
const combinations: CompressionCase[] = CONTEXTS.flatMap(
  ([serverNoContextTakeover, clientNoContextTakeover], context) =>
    BITS.flatMap((serverMaxWindowBits, server) =>
      BITS.map((clientMaxWindowBits, client): CompressionCase => {
        const deflate = { serverNoContextTakeover, clientNoContextTakeover, serverMaxWindowBits, clientMaxWindowBits };
        const index = context * 64 + server * 8 + client;
        const first = message(SIZES[(server + 3 * client + 5 * context) % 10]!, index, `first ${index}`);
        const second = message(SIZES[(4 * server + client + context) % 12]!, index + 1, `second ${index}`);
        const isLong = index % 16 === 5;
        return {
          section: serverMaxWindowBits < 15 || clientMaxWindowBits < 15 ? 'RFC 7692 7.1.2' : 'RFC 7692 7.1.1',
          name: nameOf(deflate),
          deflate,
          messages: [first, second, first, isLong ? message(131_072, index, `long ${index}`) : '', second],
          fragments: 1 + (index % 3),
          hasOthersBetween: index % 2 === 1,
          mustCompress: serverMaxWindowBits > 8 && clientMaxWindowBits > 8,
        };
      }),
    ),
);

/** Every size, with and without context takeover, in one frame and in several. */
const sizes: CompressionCase[] = CONTEXTS.flatMap(([serverNoContextTakeover, clientNoContextTakeover], context) =>
  SIZES.flatMap((size, at) =>
    [1, 4].map((fragments): CompressionCase => {
      const bits = 9 + ((at + context) % 7);
      const deflate = {
        serverNoContextTakeover,
        clientNoContextTakeover,
        serverMaxWindowBits: bits,
        clientMaxWindowBits: 24 - bits,
      };
      return {
        section: 'RFC 7692 7.2',
        name: `messages of ${size} bytes in ${fragments === 1 ? 'one frame' : `${fragments} frames`}: ${nameOf(deflate)}`,
        deflate,
        messages: [
          prose(size, `size ${size}`),
          prose(size, `size ${size}`),
          message(size, 1 + context + at, `${size}`),
        ],
        fragments,
        hasOthersBetween: fragments > 1,
        mustCompress: true,
      };
    }),
  ),
);

/** Any compression is correct if the other side can decompress it. */
const efforts: CompressionCase[] = [
  ...[-1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map((level) => ({ level, memLevel: 8 })),
  ...[1, 2, 3, 4, 5, 6, 7, 9].map((memLevel) => ({ level: 6, memLevel })),
].map(({ level, memLevel }, at) => ({
  section: 'RFC 7692 7.2.1',
  name: `level ${level}, memLevel ${memLevel}`,
  deflate: { level, memLevel, serverMaxWindowBits: 9 + (at % 7), clientMaxWindowBits: 15 - (at % 7) },
  messages: [prose(5000, 'effort'), prose(5000, 'effort'), message(5000, 1, ''), message(9000, 3, '')],
  fragments: 1,
  hasOthersBetween: false,
  mustCompress: true,
}));

const thresholds: CompressionCase[] = [0, 1, 100, 1024, 4096].map((threshold) => ({
  section: 'RFC 7692 6.1',
  name: `messages below a threshold of ${threshold} bytes are sent as they are, the others compressed`,
  deflate: { threshold },
  messages: [threshold - 1, threshold, threshold + 1, 2 * threshold, threshold - 1, 5000]
    .filter((size) => size >= 0)
    .map((size) => prose(size, `threshold ${size}`)),
  fragments: 1,
  hasOthersBetween: true,
  mustCompress: true,
}));

/** Long connections: more than a window of messages, each of which repeats earlier ones. */
const conversations: CompressionCase[] = [8, 9, 12, 15].flatMap((bits) =>
  [false, true].map((isAlone) => ({
    section: 'RFC 7692 7.1.1',
    name: `200 messages, ${isAlone ? 'each by itself' : 'each on top of the last'}, windows of 2^${bits}`,
    deflate: {
      serverNoContextTakeover: isAlone,
      clientNoContextTakeover: isAlone,
      serverMaxWindowBits: bits,
      clientMaxWindowBits: bits,
    },
    messages: Array.from(
      { length: 200 },
      (_, at) => `{"tick":${at},"state":"${prose(20 + ((at * 37) % 230), `t ${at % 9}`)}"}`,
    ),
    fragments: 1,
    hasOthersBetween: false,
    mustCompress: bits > 8,
  })),
);

export const compressionCases: readonly CompressionCase[] = [
  ...combinations,
  ...sizes,
  ...efforts,
  ...thresholds,
  ...conversations,
];
