/**
 * Every entry, required by a CommonJS program: under `module: nodenext`, from TypeScript 5.8 on. Compiled, not run:
 * `npm run test:package`.
 */
import tickpeer = require('tickpeer');
import inspector = require('tickpeer/inspector');
import multiplayer = require('tickpeer/multiplayer');
import peer = require('tickpeer/peer');
import testing = require('tickpeer/testing');
import variant = require('tickpeer/variant');

const client: tickpeer.WebSocketPeer = new tickpeer.WebSocketPeer({ clock: new testing.VirtualClock() });
const sent: peer.ErrorCode = client.send(variant.varToBytes(new variant.Vector2(1, 2)));
const attached: inspector.Inspector | tickpeer.Failure = inspector.attachInspector(new tickpeer.WebSocketServer());
const scene: multiplayer.SceneMultiplayer = new multiplayer.SceneMultiplayer();
// @ts-expect-error: a code is not a text; without types there is no error.
const text: string = sent;
export = [scene, text, attached];
