import type { PeerOrder, PeerRow, QueueFill, Update } from '../feed/messages.ts';
import { addSearch, setText } from './element.ts';
import { age, bytes, milliseconds } from './format.ts';
import { type Column, type Fill, KeyedTable } from './keyed-table.ts';

/** What the panel asks for. */
export interface PeerChoice {
  order: PeerOrder;
  isDescending: boolean;
  search: string;
  chosen: number;
}

const ROOM: Column<PeerRow> = {
  title: 'Room',
  width: 9,
  hint: 'The room that it is in',
  cell: ({ room }) => (room === '' ? '–' : room),
};

/** The table of the peers. */
export class PeersPanel {
  readonly choice: PeerChoice = { order: 'key', isDescending: false, search: '', chosen: 0 };
  readonly #table: KeyedTable<PeerRow>;
  readonly #count: HTMLElement;
  #now = 0;

  /** `onChange`: the choice has changed. */
  constructor(panel: HTMLElement, hasRooms: boolean, onChange: () => void) {
    this.#count = addSearch(panel, hasRooms ? 'Search id, address or room' : 'Search id or address', (text) => {
      this.choice.search = text;
      onChange();
    });
    this.#table = new KeyedTable<PeerRow>({
      name: 'peers',
      keyOf: ({ key }) => String(key),
      empty: 'No peer is connected.',
      columns: [
        {
          title: '#',
          width: 6,
          isNumber: true,
          order: 'key',
          hint: 'In the order of connecting',
          cell: ({ key }) => String(key),
        },
        {
          title: 'Id',
          width: 12,
          isNumber: true,
          order: 'id',
          hint: 'Of the multiplayer',
          cell: ({ id }) => (id === 0 ? '–' : String(id)),
        },
        {
          title: 'Address',
          width: 18,
          order: 'address',
          cell: ({ address, port }) => (address === '' ? 'unix' : `${address}:${port}`),
        },
        ...(hasRooms ? [ROOM] : []),
        { title: 'State', width: 8, cell: stateOf },
        {
          title: 'Round trip',
          width: 11,
          isNumber: true,
          order: 'roundTrip',
          cell: ({ roundTrip }) => milliseconds(roundTrip),
        },
        { title: 'In/s', width: 9, isNumber: true, order: 'bytesIn', cell: ({ bytesIn }) => bytes(bytesIn) },
        { title: 'Out/s', width: 9, isNumber: true, order: 'bytesOut', cell: ({ bytesOut }) => bytes(bytesOut) },
        {
          title: 'To read',
          width: 9,
          order: 'inbound',
          hint: 'Packets that the program has not read, against the limits',
          cell: ({ inbound }) => fillOf(inbound),
        },
        {
          title: 'To send',
          width: 9,
          order: 'outbound',
          hint: 'Packets that the system has not taken, against the limits',
          cell: ({ outbound }) => fillOf(outbound),
        },
        {
          title: 'Open for',
          width: 10,
          isNumber: true,
          cell: ({ since, isEarlier }) => `${isEarlier ? '> ' : ''}${age(since, this.#now)}`,
        },
      ],
      onChoose: ({ key }) => {
        this.choose(this.choice.chosen === key ? 0 : key);
        onChange();
      },
      onSort: (order) => {
        this.choice.isDescending = this.choice.order === order ? !this.choice.isDescending : order.startsWith('bytes');
        this.choice.order = order as PeerOrder; // the columns above have no others
        this.#table.sorted(this.choice.order, this.choice.isDescending);
        onChange();
      },
    });
    this.#table.sorted('key', false);
    panel.append(this.#table.element);
  }

  choose(key: number): void {
    this.choice.chosen = key;
    this.#table.choose(String(key));
  }

  show({ peers, peerCount, server, sample }: Update): void {
    this.#now = sample.time;
    this.#table.set(peers);
    const shown = peers.length < peerCount ? `the first ${peers.length} of ${peerCount}` : `${peerCount}`;
    setText(this.#count, `${shown} · ${server.pending} in the handshake · ${server.dropped} dropped unread`);
  }
}

function stateOf({ state, line, multiplayer }: PeerRow): string {
  if (state === 'CLOSING') return 'closing';
  if (line !== null && line.stalledFor > 0) return 'stalled';
  if (line !== null && line.latency + line.jitter > 0) return 'delayed';
  return multiplayer?.isAdmitted === false ? 'joining' : 'open';
}

/** The fuller of the two limits of a queue. */
export function fillOf(queue: QueueFill): Fill {
  const share = Math.max(queue.bytes / queue.mostBytes, queue.packets / queue.mostPackets);
  return { share, text: queue.packets === 0 ? '0' : `${queue.packets} · ${bytes(queue.bytes)}` };
}
