import { StreamPeer } from '../peer/stream-peer.ts';

/** A browser does HTTP/2 itself. */
export abstract class HTTP2Stream extends StreamPeer {}
