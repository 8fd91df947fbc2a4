import { readCode } from './room-code.ts';

/** What the URL of a client asks for. */
export interface RequestedRoom {
  /** In capital letters. Empty for none, null for a text that cannot be a code. */
  readonly code: string | null;
  /** Empty for none. */
  readonly kind: string;
}

/** Reads the path and the parameters of a URL. */
export function requestedRoom(path: string, parameters: URLSearchParams): RequestedRoom {
  const text = parameters.get('room') ?? /\/room\/([^/]+)$/.exec(path)?.[1] ?? '';
  return { code: text === '' ? '' : readCode(text), kind: parameters.get('kind') ?? '' };
}
