import type { RoomOrder, RoomRow, RoomsState, RoomTotals } from '../feed/messages.ts';
import { addSearch, byId, make, setText } from './element.ts';
import { bytes, milliseconds } from './format.ts';
import { type Fill, KeyedTable } from './keyed-table.ts';

/** What the panel asks for. */
export interface RoomChoice {
  order: RoomOrder;
  isDescending: boolean;
  search: string;
  /** The code of the chosen room; empty for none. */
  room: string;
}

/** The table of the rooms, and which of them the other views are about. */
export class RoomsPanel {
  readonly choice: RoomChoice = { order: 'code', isDescending: false, search: '', room: '' };
  readonly #table: KeyedTable<RoomRow>;
  readonly #count: HTMLElement;
  readonly #onChange: () => void;
  readonly #chosen: HTMLElement;
  readonly #chosenText: HTMLElement;
  /** The code of the chosen room, once an update has had it: before that, the server has not got the choice yet. */
  #seen = '';

  /** `onChange`: the choice has changed. */
  constructor(panel: HTMLElement, onChange: () => void) {
    this.#onChange = onChange;
    this.#count = addSearch(panel, 'Search code or kind', (text) => {
      this.choice.search = text;
      onChange();
    });
    this.#table = new KeyedTable<RoomRow>({
      name: 'rooms',
      keyOf: ({ code }) => code,
      empty: 'No room is open.',
      columns: [
        { title: 'Room', width: 12, order: 'code', cell: ({ code }) => code },
        { title: 'Kind', width: 14, order: 'kind', cell: ({ kind }) => kind },
        { title: 'Players', width: 13, order: 'players', hint: 'Players, against the capacity', cell: playersOf },
        { title: 'State', width: 13, hint: 'Open rooms are found by quickMatch and by their code', cell: stateOf },
        {
          title: 'Ticks/s',
          width: 12,
          isNumber: true,
          hint: 'Those that were run, and those of its kind. A room without players has none',
          cell: ({ ticks, tickRate }) => (ticks === null ? `– of ${tickRate}` : `${ticks.toFixed(1)} of ${tickRate}`),
        },
        { title: 'Tick', width: 9, isNumber: true, order: 'tickMean', hint: 'The mean', cell: tickOf('tickMean') },
        {
          title: 'Longest',
          width: 9,
          isNumber: true,
          order: 'tickMost',
          hint: 'The longest tick of the interval',
          cell: tickOf('tickMost'),
        },
        { title: 'In/s', width: 9, isNumber: true, order: 'bytesIn', cell: ({ bytesIn }) => bytes(bytesIn) },
        { title: 'Out/s', width: 9, isNumber: true, order: 'bytesOut', cell: ({ bytesOut }) => bytes(bytesOut) },
        {
          title: 'Faults',
          width: 8,
          isNumber: true,
          order: 'faults',
          hint: 'Handlers that have thrown',
          cell: ({ faults }) => (faults === 0 ? '–' : String(faults)),
        },
      ],
      onChoose: ({ code }) => this.choose(this.choice.room === code ? '' : code),
      onSort: (order) => {
        const isText = order === 'code' || order === 'kind';
        this.choice.isDescending = this.choice.order === order ? !this.choice.isDescending : !isText;
        this.choice.order = order as RoomOrder; // the columns above have no others
        this.#table.sorted(this.choice.order, this.choice.isDescending);
        onChange();
      },
    });
    this.#table.sorted('code', false);
    panel.append(this.#table.element);
    this.#chosen = byId('room');
    this.#chosenText = make('span');
    const all = make('button', '', 'All rooms');
    all.type = 'button';
    all.addEventListener('click', () => this.choose(''));
    this.#chosen.append(this.#chosenText, all);
  }

  /** The other views are about the room with this code; empty for all. */
  choose(room: string): void {
    this.choice.room = room;
    this.#table.choose(room);
    this.#chosen.hidden = room === '';
    setText(this.#chosenText, `Room ${room}`);
    this.#onChange();
  }

  /** `rooms` is null while the page shows another view, `room` while no open room is chosen. */
  show(rooms: RoomsState | null, room: RoomRow | null, totals: RoomTotals): void {
    const code = this.choice.room;
    if (room !== null && room.code === code) {
      this.#seen = code;
      setText(this.#chosenText, `Room ${code} · ${room.kind} · ${room.players} of ${room.capacity} players`);
    } else if (code !== '' && code === this.#seen) {
      setText(this.#chosenText, `Room ${code} has closed`);
    }
    if (rooms === null) return;
    this.#table.set(rooms.rows);
    const { rows, count } = rooms;
    const shown = rows.length < count ? `the first ${rows.length} of ${count}` : `${count}`;
    const waiting = totals.waiting === 1 ? '1 waits for a match' : `${totals.waiting} wait for a match`;
    setText(this.#count, `${shown} · ${totals.players} players · ${waiting}`);
  }
}

function playersOf({ players, arriving, capacity }: RoomRow): Fill {
  const coming = arriving === 0 ? '' : ` + ${arriving}`;
  return { share: (players + arriving) / capacity, text: `${players}${coming} of ${capacity}`, mayBeFull: true };
}

function stateOf({ isLocked, isListed, players, arriving, capacity }: RoomRow): string {
  const states = [
    ...(players + arriving >= capacity ? ['full'] : []),
    ...(isLocked ? ['locked'] : []),
    ...(isListed ? [] : ['not listed']),
  ];
  return states.length === 0 ? 'open' : states.join(', ');
}

function tickOf(name: 'tickMean' | 'tickMost'): (row: RoomRow) => string {
  return (row) => milliseconds(row[name]);
}
