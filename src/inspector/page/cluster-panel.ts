import type { ClusterNodeRow, ClusterRoomRow, ClusterState } from '../feed/messages.ts';
import { addSearch, setText } from './element.ts';
import { type Fill, KeyedTable } from './keyed-table.ts';

/** The processes of the cluster, and the rooms of all of them. */
export class ClusterPanel {
  /** What is searched for among the rooms. */
  search = '';
  readonly #nodes: KeyedTable<ClusterNodeRow>;
  readonly #rooms: KeyedTable<ClusterRoomRow>;
  readonly #count: HTMLElement;

  /** `onChange`: the search has changed. */
  constructor(panel: HTMLElement, onChange: () => void) {
    this.#nodes = new KeyedTable<ClusterNodeRow>({
      name: 'processes',
      keyOf: ({ id }) => id,
      empty: 'No process holds a lease, as far as is known here.',
      columns: [
        { title: 'Process', width: 24, cell: ({ label, isThis }) => (isThis ? `${label} (this one)` : label) },
        { title: 'Address', width: 20, hint: 'For the other processes', cell: ({ address }) => address },
        {
          title: 'State',
          width: 12,
          hint: 'A process that leaves opens no more rooms',
          cell: ({ isDraining }) => (isDraining ? 'leaving' : 'member'),
        },
        { title: 'Rooms', width: 9, isNumber: true, cell: ({ rooms }) => String(rooms) },
        { title: 'Players', width: 9, isNumber: true, cell: ({ players }) => String(players) },
        {
          title: 'Renewed',
          width: 12,
          isNumber: true,
          hint: 'How long ago its lease was renewed, as seen by this process',
          cell: ({ age }) => `${(age / 1000).toFixed(1)} s ago`,
        },
      ],
    });
    panel.append(this.#nodes.element);
    this.#count = addSearch(panel, 'Search code, kind or process', (text) => {
      this.search = text;
      onChange();
    });
    this.#rooms = new KeyedTable<ClusterRoomRow>({
      name: 'cluster-rooms',
      keyOf: ({ code }) => code,
      empty: 'No room is open.',
      columns: [
        { title: 'Room', width: 14, cell: ({ code }) => code },
        { title: 'Kind', width: 16, cell: ({ kind }) => kind },
        { title: 'Process', width: 24, cell: ({ node }) => node },
        { title: 'Players', width: 14, hint: 'Places that are taken, against the capacity', cell: placesOf },
        {
          title: 'State',
          width: 14,
          cell: ({ isLocked, isListed }) => (isLocked ? 'locked' : isListed ? 'listed' : 'hidden'),
        },
      ],
    });
    panel.append(this.#rooms.element);
  }

  show({ isMember, nodes, rooms, count, allRooms, players }: ClusterState): void {
    this.#nodes.set(nodes);
    this.#rooms.set(rooms);
    const shown = rooms.length < count ? `the first ${rooms.length} of ${count}` : `${count}`;
    const place = isMember ? '' : ' · this process is no member at present';
    setText(this.#count, `${shown} of ${allRooms} rooms · ${players} players${place}`);
  }
}

function placesOf({ taken, capacity }: ClusterRoomRow): Fill {
  return { share: taken / capacity, text: `${taken} of ${capacity}`, mayBeFull: true };
}
