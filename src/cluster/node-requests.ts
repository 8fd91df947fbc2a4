import { type Failure, failed } from '../failure.ts';
import { readCode } from '../rooms/index.ts';
import type { Broker } from './broker/broker.ts';
import { type ClusterRoom, readMade } from './cluster-room.ts';
import type { ClaimResult } from './directory/own-rooms.ts';
import { type RoomOrder, readOrder } from './room-maker.ts';

/** Milliseconds that a node has to answer. */
const ANSWER_TIME = 2000;

/** What a node does for others. */
export interface NodeServices {
  claim(code: string): Promise<ClaimResult>;
  make(order: RoomOrder): Promise<ClusterRoom | Failure>;
}

/** What nodes ask each other: to claim a code for a client, and to make a room. */
export class NodeRequests {
  readonly #broker: Broker;
  readonly #prefix: string;

  constructor(broker: Broker, prefix: string) {
    this.#broker = broker;
    this.#prefix = prefix;
  }

  /** Answers for node `id`. Returns what ends it. */
  answer(id: string, { claim, make }: NodeServices): () => void {
    const ends = [
      this.#broker.respond(this.#subject(id, 'claim'), (text) => {
        const code = readCode(text);
        return code === null ? 'unknown' : claim(code);
      }),
      this.#broker.respond(this.#subject(id, 'make'), async (text) => {
        const order = readOrder(text);
        return JSON.stringify(
          order === null ? failed('TICKPEER_CLUSTER', 'that is no order of a room') : await make(order),
        );
      }),
    ];
    return () => {
      for (const end of ends) end();
    };
  }

  /** Another node claims a code. Never rejects. */
  async claim(id: string, code: string): Promise<ClaimResult> {
    try {
      const result = await this.#broker.request(this.#subject(id, 'claim'), code, ANSWER_TIME);
      return result === 'here' || result === 'elsewhere' ? result : 'unknown';
    } catch {
      return 'unknown';
    }
  }

  /** Another node makes a room. Never rejects. */
  async make(id: string, order: RoomOrder): Promise<ClusterRoom | Failure> {
    if (!this.#broker.isConnected)
      return failed('TICKPEER_CLUSTER', 'there is no connection to the broker: the room was not made');
    try {
      const text = await this.#broker.request(this.#subject(id, 'make'), JSON.stringify(order), ANSWER_TIME);
      const made = readMade(text);
      if (made !== null) return made;
      throw new TypeError('the answer is neither a room nor a failure');
    } catch (error) {
      const cause = error instanceof Error ? error : new Error(String(error));
      return failed(
        'TICKPEER_CLUSTER',
        'the process that was asked has not answered: it may have made the room',
        cause,
      );
    }
  }

  #subject(id: string, verb: string): string {
    return `${this.#prefix}.node.${id}.${verb}`;
  }
}
