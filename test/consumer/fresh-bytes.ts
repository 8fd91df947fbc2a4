/**
 * Bytes that a public method returns or a handler gets are `Uint8Array<ArrayBuffer>`: from TypeScript 5.9 on, the DOM's types take
 * nothing else for a `BlobPart` or a `BufferSource`. Compiled, not run: by `npm run typecheck` against the DOM's types, and by
 * `npm run test:package` with every supported compiler.
 */
import { Crypto, CryptoKey, HashType, HMACContext, type PacketPeer, type StreamPeer, WebSocketPeer } from 'tickpeer';
import { type MultiplayerPeer, SceneMultiplayer } from 'tickpeer/multiplayer';
import { WebSocketPeer as BarePeer } from 'tickpeer/peer';
import { int, packedByteArray, VariantWriter, varToBytes } from 'tickpeer/variant';

export function blobsOfPackets(packetPeer: PacketPeer, multiplayerPeer: MultiplayerPeer): Blob[] {
  const peer = new WebSocketPeer();
  const bare = new BarePeer();
  const blobs: Blob[] = [];
  for (const from of [peer, bare, packetPeer, multiplayerPeer]) blobs.push(new Blob([from.getPacket()]));
  for (const packet of peer.packets()) blobs.push(new Blob([packet]));
  for (const packet of bare.packets()) blobs.push(new Blob([packet]));
  return blobs;
}

export function blobsOfHandlers(keep: (blob: Blob) => void): SceneMultiplayer {
  const multiplayer = new SceneMultiplayer();
  multiplayer.peerPacket.connect((_id, packet) => keep(new Blob([packet])));
  multiplayer.replicationPacket.connect((_id, packet) => keep(new Blob([packet])));
  multiplayer.authCallback = (_id, data) => keep(new Blob([data]));
  multiplayer.relayFilter = (_from, _to, packet) => {
    keep(new Blob([packet]));
    // A filter's replacement is copied, so any bytes are accepted.
    return packet as Uint8Array;
  };
  return multiplayer;
}

export function blobsOfStreams(stream: StreamPeer): Blob[] {
  const [, some] = stream.getPartialData(10);
  const [, all] = stream.getData(10);
  return [new Blob([some, all])];
}

export function blobsOfVariants(): Blob[] {
  // Schemas return the type that they accept, any Uint8Array (docs/variant.md). A copy has the narrower type.
  const decoded = packedByteArray.decode(varToBytes(new Uint8Array(1)));
  const copies = 'code' in decoded ? [] : [decoded.value.slice()];
  return [new Blob([varToBytes(1), int.encode(1), new VariantWriter().toBytes(), ...copies])];
}

export function blobsOfDigests(message: Uint8Array): Blob {
  const crypto = new Crypto();
  const key = crypto.generateRandomBytes(32);
  const signature = crypto.sign(HashType.HASH_SHA256, message, new CryptoKey());
  return new Blob([key, signature, crypto.hmacDigest(HashType.HASH_SHA256, key, message), new HMACContext().finish()]);
}
