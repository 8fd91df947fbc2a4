import { expect, test } from 'vitest';
import { isFailure } from '../../failure.ts';
import { parseExtensions } from '../http/header-grammar.ts';
import { formatParams, parseParams } from './permessage-deflate-params.ts';

const parse = (text: string) => parseParams(parseExtensions(`permessage-deflate${text}`)?.[0]?.params ?? []);

const NONE = {
  serverNoContextTakeover: false,
  clientNoContextTakeover: false,
  serverMaxWindowBits: null,
  clientMaxWindowBits: null,
};

test.each([
  ['', {}],
  ['; server_no_context_takeover', { serverNoContextTakeover: true }],
  ['; client_no_context_takeover', { clientNoContextTakeover: true }],
  ['; server_max_window_bits=8', { serverMaxWindowBits: 8 }],
  ['; server_max_window_bits=15', { serverMaxWindowBits: 15 }],
  ['; client_max_window_bits=9', { clientMaxWindowBits: 9 }],
  ['; client_max_window_bits', { clientMaxWindowBits: 'any' }],
])('"%s"', (text, expected) => {
  const params = parse(text);
  expect(params).toEqual({ ...NONE, ...expected });
  if (!isFailure(params)) expect(parseParams(formatParams(params))).toEqual(params);
});

test.each([
  '; server_max_window_bits',
  '; server_max_window_bits=7',
  '; server_max_window_bits=16',
  '; server_max_window_bits=08',
  '; server_max_window_bits=10x',
  '; client_max_window_bits=7',
  '; client_max_window_bits=16',
  '; server_no_context_takeover=1',
  '; client_no_context_takeover=1',
  '; client_max_window_bits; client_max_window_bits=10',
  '; server_no_context_takeover; server_no_context_takeover',
  '; other',
])('"%s" is refused', (text) => {
  expect(parse(text)).toMatchObject({ code: 'TICKPEER_HANDSHAKE_EXTENSION' });
});

test('the parameters are written in the order of RFC 7692 7.1', () => {
  const all = {
    serverNoContextTakeover: true,
    clientNoContextTakeover: true,
    serverMaxWindowBits: 10,
    clientMaxWindowBits: 'any' as const,
  };
  expect(formatParams(all)).toEqual([
    { name: 'server_no_context_takeover', value: null },
    { name: 'client_no_context_takeover', value: null },
    { name: 'server_max_window_bits', value: '10' },
    { name: 'client_max_window_bits', value: null },
  ]);
  expect(formatParams(NONE)).toEqual([]);
});
