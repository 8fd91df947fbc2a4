import type { Failure } from '../../failure.ts';
import type { ExtensionParam } from '../http/header-grammar.ts';

export const NAME = 'permessage-deflate';

/** The failure of a client's handshake, for a fault in the server's answer. (A server declines a faulty offer.) */
export function refuse(fault: string): Failure {
  return { code: 'TICKPEER_HANDSHAKE_EXTENSION', message: `The server's ${NAME} cannot be accepted: ${fault}.` };
}

/** The parameters of `permessage-deflate` (RFC 7692 7.1) in an offer or an answer. */
export interface DeflateParams {
  readonly serverNoContextTakeover: boolean;
  readonly clientNoContextTakeover: boolean;
  /** Null: absent. */
  readonly serverMaxWindowBits: number | null;
  /** `any`: without a value, which only an offer may have. Null: absent. */
  readonly clientMaxWindowBits: number | 'any' | null;
}

/** Reads a parameter list. It fails for an unknown name, a duplicate and an invalid value. */
export function parseParams(params: readonly ExtensionParam[]): DeflateParams | Failure {
  const seen = new Set<string>();
  let serverNoContextTakeover = false;
  let clientNoContextTakeover = false;
  let serverMaxWindowBits: number | null = null;
  let clientMaxWindowBits: number | 'any' | null = null;
  for (const { name, value } of params) {
    if (seen.has(name)) return refuse(`the parameter ${name} stands twice`);
    seen.add(name);
    if (name === 'server_no_context_takeover' || name === 'client_no_context_takeover') {
      if (value !== null) return refuse(`the parameter ${name} has a value`);
      if (name === 'server_no_context_takeover') serverNoContextTakeover = true;
      else clientNoContextTakeover = true;
    } else if (name === 'server_max_window_bits') {
      serverMaxWindowBits = parseBits(value);
      if (serverMaxWindowBits === null) return refuse(`${name}=${value} is not a number from 8 to 15`);
    } else if (name === 'client_max_window_bits') {
      clientMaxWindowBits = value === null ? 'any' : parseBits(value);
      if (clientMaxWindowBits === null) return refuse(`${name}=${value} is not a number from 8 to 15`);
    } else {
      return refuse(`the parameter ${name} is unknown`);
    }
  }
  return { serverNoContextTakeover, clientNoContextTakeover, serverMaxWindowBits, clientMaxWindowBits };
}

export function formatParams(params: DeflateParams): ExtensionParam[] {
  const list: ExtensionParam[] = [];
  if (params.serverNoContextTakeover) list.push({ name: 'server_no_context_takeover', value: null });
  if (params.clientNoContextTakeover) list.push({ name: 'client_no_context_takeover', value: null });
  if (params.serverMaxWindowBits !== null) {
    list.push({ name: 'server_max_window_bits', value: `${params.serverMaxWindowBits}` });
  }
  const clientBits = params.clientMaxWindowBits;
  if (clientBits !== null) {
    list.push({ name: 'client_max_window_bits', value: clientBits === 'any' ? null : `${clientBits}` });
  }
  return list;
}

/** RFC 7692 7.1.2.1: "a decimal integer value without leading zeroes between 8 to 15". */
function parseBits(value: string | null): number | null {
  return value !== null && /^(?:[89]|1[0-5])$/.test(value) ? Number(value) : null;
}
