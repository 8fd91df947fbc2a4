import { type ExtensionFactory, PermessageDeflate } from '../../protocol/index.ts';
import type { PeerSettings } from '../settings/peer-settings.ts';
import { createNodeCodec } from './node-deflate.ts';

/** What the handshake is to negotiate. */
export function extensionsOf(settings: PeerSettings): readonly ExtensionFactory[] {
  return settings.compression === null ? [] : [new PermessageDeflate(settings.compression, createNodeCodec())];
}
