import { CHANNELS } from './diagnostics.ts';
import type { EntryRefusal } from './room/room-close-code.ts';
import type { RoomInside } from './room/room-inside.ts';
import type { Rooms } from './rooms.ts';
import type { RoomSaver } from './saving/room-saver.ts';

/** What went wrong: told on the channels of diagnostics and by the signals of `Rooms`. What handlers of these throw is kept until a poll ends. */
export class RoomReports {
  readonly #rooms: Rooms;
  #errors: unknown[] = [];

  constructor(rooms: Rooms) {
    this.#rooms = rooms;
  }

  /** What `run` throws is thrown when the poll ends. */
  try(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.keep(error);
    }
  }

  /** `error` is thrown when the poll ends. */
  keep(error: unknown): void {
    this.#errors.push(error);
  }

  throwFirst(): void {
    const errors = this.#errors;
    if (errors.length === 0) return;
    this.#errors = [];
    throw errors[0];
  }

  onFault(inside: RoomInside, error: unknown): void {
    const rooms = this.#rooms;
    const { room } = inside;
    const count = ++inside.faults;
    const fault = CHANNELS['tickpeer:rooms:fault'];
    if (fault.hasSubscribers) fault.publish({ rooms, room, error, count });
    this.try(() => rooms.roomFailed.emit(room, error, count));
  }

  onRefused(address: string, { code, reason }: EntryRefusal): void {
    const refused = CHANNELS['tickpeer:rooms:refused'];
    if (refused.hasSubscribers) refused.publish({ rooms: this.#rooms, address, code, reason });
  }

  /** What could not be saved since the last call. */
  reportSaving(saver: RoomSaver): void {
    const rooms = this.#rooms;
    const channel = CHANNELS['tickpeer:rooms:saving-failed'];
    for (const failure of saver.takeFailures()) {
      if (channel.hasSubscribers) channel.publish({ rooms, ...failure });
      this.try(() => rooms.savingFailed.emit(failure));
    }
  }
}
