import type { ErrorCode } from '../../../src/error-code.ts';
import {
  type MultiplayerSpawner,
  type ReturnOptions,
  rpc,
  SceneMultiplayer,
  WebSocketMultiplayerPeer,
} from '../../../src/multiplayer/index.ts';
import type { VirtualClock } from '../../../src/testing/index.ts';
import { int, string } from '../../../src/variant/index.ts';
import { player, squad, unit, valuesOf } from '../replication/side.ts';

/** A process: a server or a game, with the world that every side declares. */
export class Side {
  readonly multiplayer: SceneMultiplayer;
  readonly units: MultiplayerSpawner;
  /** The numbers of the calls that have arrived, by their senders. */
  readonly heard: Map<number, number[]> = new Map();
  /** The last token that the server has given to this game. */
  token = '';
  /** Packets that were refused. */
  readonly bad: string[] = [];
  readonly say: (to: number, count: number) => ErrorCode;
  readonly giveToken: (to: number, token: string) => ErrorCode;
  readonly #clock: VirtualClock;

  constructor(clock: VirtualClock, returning: ReturnOptions | false = false) {
    this.#clock = clock;
    this.multiplayer = new SceneMultiplayer({ clock, returning });
    this.units = this.multiplayer.spawner('World/Spawner', { spawnPath: '../Units', scenes: [unit, player, squad] });
    const main = this.multiplayer.node('World/Main', {
      say: rpc.anyPeer([int], (from, count) => void this.#of(from).push(count)),
      take_token: rpc.authority([string], (_, token) => {
        this.token = token;
      }),
    });
    this.say = (to, count) => main.say.rpcId(to, count);
    this.giveToken = (to, token) => main.take_token.rpcId(to, token);
    this.multiplayer.badPacket.connect((id, { code, message }) => void this.bad.push(`${id} ${code} ${message}`));
  }

  get id(): number {
    return this.multiplayer.getUniqueId();
  }

  newPeer(outboundBufferSize: number): WebSocketMultiplayerPeer {
    return new WebSocketMultiplayerPeer({ clock: this.#clock, handshakeTimeout: 60, outboundBufferSize });
  }

  #of(from: number): number[] {
    const heard = this.heard.get(from) ?? [];
    this.heard.set(from, heard);
    return heard;
  }

  /** Everything that is spawned here, with its state, as text: equal for all sides that agree. */
  dump(): string {
    const lines: string[] = [];
    for (const node of this.units.getChildren()) {
      const inputs = player.isInstance(node) ? [node.getNode('Inputs').motion, node.getNode('Inputs').shots] : [];
      lines.push(`${node.getPath()} ${valuesOf(node)} ${JSON.stringify(inputs)}`);
      if (!squad.isInstance(node)) continue;
      for (const inner of node.getNode('Spawner').getChildren()) lines.push(`${inner.getPath()} ${valuesOf(inner)}`);
    }
    return lines.sort().join('\n');
  }
}
