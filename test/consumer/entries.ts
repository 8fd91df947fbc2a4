/**
 * Every entry of the package, imported by a program in ES modules. Compiled, not run: `npm run test:package`, with every supported
 * compiler.
 */
import * as tickpeer from 'tickpeer';
import type * as inspector from 'tickpeer/inspector';
import * as multiplayer from 'tickpeer/multiplayer';
import type * as peer from 'tickpeer/peer';
import * as rooms from 'tickpeer/rooms';
import * as testing from 'tickpeer/testing';
import * as variant from 'tickpeer/variant';

/** Names of what a module exports as `any`: a type that the compiler did not find. */
type Lost<Module> = { [Name in keyof Module]: 0 extends 1 & Module[Name] ? Name : never }[keyof Module];
type None<Names extends never> = Names;
export type LostOfAll = None<
  | Lost<typeof tickpeer>
  | Lost<typeof inspector>
  | Lost<typeof multiplayer>
  | Lost<typeof peer>
  | Lost<typeof rooms>
  | Lost<typeof testing>
  | Lost<typeof variant>
  | Lost<tickpeer.WebSocketPeer>
  | Lost<tickpeer.WebSocketServer>
  | Lost<multiplayer.SceneMultiplayer>
  | Lost<multiplayer.WebSocketMultiplayerPeer>
  | Lost<rooms.Room>
>;

/** A virtual connection, a text that arrives, and bytes that are a Variant. */
export function overVirtualNetwork(): Uint8Array<ArrayBuffer>[] {
  const clock = new testing.VirtualClock();
  const [near, far] = new testing.VirtualNetwork({ clock }).connect().ends;
  const client: tickpeer.WebSocketPeer = new tickpeer.WebSocketPeer({ clock });
  const accepted: tickpeer.ErrorCode = new tickpeer.WebSocketPeer({ clock }).acceptStream(near);
  const bytes: Uint8Array<ArrayBuffer>[] = [variant.varToBytes(new variant.Vector2(1, 2)), client.getPacket()];
  for (const packet of client.packets()) if (typeof packet !== 'string') bytes.push(packet);
  // @ts-expect-error: a code is not a text; without types there is no error.
  const text: string = accepted;
  return far.isEncrypted ? [] : bytes.filter((some) => text.length < some.length);
}

/** What the kind of a room has made is typed. */
export function scoreOf(server: tickpeer.WebSocketServer): number {
  const served = new rooms.Rooms(server, { kinds: { match: { capacity: 4, open: () => ({ score: 3 }) } } });
  const match = served.create('match');
  // @ts-expect-error: there is no such kind; without types there is no error.
  served.quickMatch('lobby');
  return match instanceof rooms.Room ? match.logic.score : 0;
}

export function called(scene: multiplayer.SceneMultiplayer, told: string[]): peer.ErrorCode {
  const { rpc } = multiplayer;
  const main = scene.node('Main', {
    move: rpc.anyPeer([variant.vector2, variant.int], (from: number, at: variant.Vector2, step: number) => {
      told.push(`${from} ${at.x} ${step}`);
    }),
  });
  // @ts-expect-error: the second argument is missing; without types there is no error.
  main.move.rpc(new variant.Vector2(1, 2));
  return main.move.rpc(new variant.Vector2(1, 2), 3);
}
