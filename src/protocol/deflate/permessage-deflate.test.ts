import { describe, expect, test } from 'vitest';
import { isFailure } from '../../failure.ts';
import type { Extension } from '../extension.ts';
import { type ExtensionOffer, parseExtensions } from '../http/header-grammar.ts';
import type { DeflateCodec, DeflaterOptions, InflaterOptions } from './deflate-codec.ts';
import { type DeflateSettings, PermessageDeflate } from './permessage-deflate.ts';

const SETTINGS: DeflateSettings = {
  serverNoContextTakeover: false,
  clientNoContextTakeover: false,
  serverMaxWindowBits: 15,
  clientMaxWindowBits: 15,
  threshold: 0,
  level: -1,
  memLevel: 8,
};

/** `permessage-deflate` with a codec that compresses nothing and records how it was made. */
function make(
  settings: Partial<DeflateSettings> = {},
  inflated: Uint8Array<ArrayBuffer> | 'too big' | 'broken' = new Uint8Array(1),
) {
  const deflaters: DeflaterOptions[] = [];
  const inflaters: InflaterOptions[] = [];
  let released = 0;
  const release = (): void => void released++;
  const codec: DeflateCodec = {
    createDeflater: (options) => {
      deflaters.push(options);
      return { deflate: () => Uint8Array.of(7), release };
    },
    createInflater: (options) => {
      inflaters.push(options);
      return { inflate: () => inflated, release };
    },
  };
  const deflate = new PermessageDeflate({ ...SETTINGS, ...settings }, codec);
  return { deflate, deflaters, inflaters, released: () => released };
}

const text = ({ name, params }: Pick<ExtensionOffer, 'name' | 'params'>): string =>
  [name, ...params.map((param) => (param.value === null ? param.name : `${param.name}=${param.value}`))].join('; ');
const offersOf = (header: string): readonly ExtensionOffer[] => parseExtensions(header) ?? [];
const answer = (deflate: PermessageDeflate, header: string): string | null => {
  const found = deflate.answer(offersOf(header));
  return found === null ? null : text(found);
};
const accept = (deflate: PermessageDeflate, header: string) => deflate.accept(offersOf(header)[0]?.params ?? []);
const accepted = (deflate: PermessageDeflate, header = 'permessage-deflate'): Extension => {
  const extension = accept(deflate, header);
  if (isFailure(extension)) throw new Error(extension.message);
  return extension;
};

test.each([
  [{}, ['permessage-deflate; client_max_window_bits']],
  [{ clientMaxWindowBits: 14 }, ['permessage-deflate; client_max_window_bits=14']],
  [
    { serverMaxWindowBits: 14, serverNoContextTakeover: true },
    [
      'permessage-deflate; server_no_context_takeover; server_max_window_bits=14; client_max_window_bits',
      'permessage-deflate; server_no_context_takeover; client_max_window_bits',
    ],
  ],
])('the offer with %j', (settings, offers) => {
  expect(make(settings).deflate.offer().map(text)).toEqual(offers);
});

describe('a server', () => {
  test.each([
    [{}, 'permessage-deflate', 'permessage-deflate'],
    [{}, 'permessage-deflate; client_max_window_bits', 'permessage-deflate'],
    [{ clientMaxWindowBits: 10 }, 'permessage-deflate', 'permessage-deflate'],
    [
      { clientMaxWindowBits: 10 },
      'permessage-deflate; client_max_window_bits',
      'permessage-deflate; client_max_window_bits=10',
    ],
    [
      { clientMaxWindowBits: 10 },
      'permessage-deflate; client_max_window_bits=9',
      'permessage-deflate; client_max_window_bits=9',
    ],
    [{}, 'permessage-deflate; server_max_window_bits=15', 'permessage-deflate; server_max_window_bits=15'],
    [{ serverMaxWindowBits: 9 }, 'permessage-deflate', 'permessage-deflate; server_max_window_bits=9'],
    [
      { serverNoContextTakeover: true },
      'permessage-deflate; client_no_context_takeover',
      'permessage-deflate; server_no_context_takeover; client_no_context_takeover',
    ],
    [
      {},
      'permessage-deflate; bad, permessage-deflate; server_no_context_takeover, permessage-deflate',
      'permessage-deflate; server_no_context_takeover',
    ],
    [{}, 'permessage-deflate; bad', null],
  ])('with %j answers "%s" by "%s"', (settings, header, expected) => {
    expect(answer(make(settings).deflate, header)).toBe(expected);
  });
});

describe('a client', () => {
  test.each([
    [{ serverNoContextTakeover: true }, 'permessage-deflate'],
    [{ serverMaxWindowBits: 10 }, 'permessage-deflate; server_max_window_bits=11'],
    [{ clientMaxWindowBits: 10 }, 'permessage-deflate; client_max_window_bits=11'],
    [{}, 'permessage-deflate; client_max_window_bits'],
    [{}, 'permessage-deflate; bad'],
  ])('with %j refuses the answer "%s"', (settings, header) => {
    expect(accept(make(settings).deflate, header)).toMatchObject({ code: 'TICKPEER_HANDSHAKE_EXTENSION' });
  });

  test.each([
    [{ serverNoContextTakeover: true }, 'permessage-deflate; server_no_context_takeover'],
    [{ serverMaxWindowBits: 10 }, 'permessage-deflate; server_max_window_bits=10'],
    [{ serverMaxWindowBits: 10 }, 'permessage-deflate'],
    [{ clientMaxWindowBits: 10 }, 'permessage-deflate; client_max_window_bits=10'],
  ])('with %j accepts the answer "%s"', (settings, header) => {
    expect(isFailure(accept(make(settings).deflate, header))).toBe(false);
  });
});

describe('a connection', () => {
  test('makes its compressors when the first message needs them, and frees them', () => {
    const scene = make();
    const extension = accepted(
      scene.deflate,
      'permessage-deflate; server_no_context_takeover; server_max_window_bits=9',
    );
    expect([scene.deflaters, scene.inflaters]).toEqual([[], []]);
    for (let count = 1; count <= 2; count++) {
      extension.encode(new Uint8Array(3), true);
      extension.decode(new Uint8Array(3), 10);
    }
    expect(scene.deflaters).toEqual([{ windowBits: 15, keepsContext: true, level: -1, memLevel: 8 }]);
    expect(scene.inflaters).toEqual([{ windowBits: 9, keepsContext: false }]);
    extension.release();
    expect(scene.released()).toBe(2);
  });

  test.each([
    [0, false],
    [9, false],
    [10, true],
    [11, true],
  ])('with a threshold of 10 compresses %i bytes: %s', (size, isCompressed) => {
    const extension = accepted(make({ threshold: 10 }).deflate);
    expect(extension.encode(new Uint8Array(size), false) !== null).toBe(isCompressed);
    expect(accepted(make().deflate).encode(new Uint8Array(0), false)).toBeNull();
  });

  test.each([
    [255, true],
    [256, true],
    [257, false],
  ])('with a window of 2^8, which zlib lacks, compresses %i bytes: %s', (size, isCompressed) => {
    const scene = make({ clientMaxWindowBits: 8 });
    const extension = accepted(scene.deflate);
    expect(extension.encode(new Uint8Array(size), false) !== null).toBe(isCompressed);
    if (isCompressed) expect(scene.deflaters).toMatchObject([{ windowBits: 9, keepsContext: false }]);
  });

  test('shares its encoding unless it keeps context', () => {
    const settings = { clientNoContextTakeover: true };
    const one = accepted(make(settings).deflate).sharingKey;
    expect(one).not.toBeNull();
    expect(accepted(make(settings).deflate).sharingKey).toBe(one);
    expect(accepted(make({ ...settings, level: 1 }).deflate).sharingKey).not.toBe(one);
    expect(accepted(make().deflate).sharingKey).toBeNull();
  });

  test.each([
    ['too big', 1009, 'TICKPEER_MESSAGE_TOO_BIG'],
    ['broken', 1007, 'TICKPEER_INVALID_COMPRESSION'],
  ] as const)('that gets a message that is %s closes with %i', (fault, closeCode, code) => {
    const extension = accepted(make({}, fault).deflate);
    expect(extension.decode(new Uint8Array(1), 10)).toMatchObject({ closeCode, code });
  });
});
