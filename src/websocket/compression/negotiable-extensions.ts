import { type DeflateSettings, type ExtensionFactory, PermessageDeflate } from '../../protocol/index.ts';
import { createNodeCodec } from './node-deflate.ts';

/** What the handshake is to negotiate; `compression` is null for none. */
export function extensionsOf(compression: DeflateSettings | null): readonly ExtensionFactory[] {
  return compression === null ? [] : [new PermessageDeflate(compression, createNodeCodec())];
}
