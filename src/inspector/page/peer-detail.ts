import type { FollowedPacket, PageMessage, PathRow, PathsState, PeerRow } from '../feed/messages.ts';
import { Facts, make, setText } from './element.ts';
import { age, bytes, clock, count, milliseconds } from './format.ts';
import { showFill } from './keyed-table.ts';
import { fillOf } from './peers-panel.ts';

/** Packets that stay on the page. */
const MOST_PACKETS = 300;
const STALL = 2000;

export interface PeerDetailEvents {
  send(message: PageMessage): void;
  /** The peer is no longer chosen. */
  onClose(): void;
  /** `showsPaths` has changed. */
  onPaths(): void;
}

/** What one peer is and does, and what can be done to it. */
export class PeerDetail {
  readonly #events: PeerDetailEvents;
  readonly #hasRooms: boolean;
  readonly #empty: HTMLElement;
  readonly #body: HTMLElement;
  readonly #title: HTMLElement;
  readonly #facts: Facts;
  readonly #paths: HTMLDetailsElement;
  readonly #pathList: HTMLOListElement;
  readonly #inbound: HTMLElement;
  readonly #outbound: HTMLElement;
  readonly #sliders: readonly Slider[];
  readonly #buttons: readonly HTMLButtonElement[];
  readonly #stall: HTMLButtonElement;
  readonly #follow: HTMLButtonElement;
  readonly #packets: HTMLOListElement;
  #peer: PeerRow | null = null;
  #isFollowing = false;

  constructor(aside: HTMLElement, hasRooms: boolean, events: PeerDetailEvents) {
    this.#events = events;
    this.#hasRooms = hasRooms;
    this.#empty = aside.appendChild(
      make('p', 'empty', 'Choose a peer in the table: its queues, its packets, and controls.'),
    );
    const body = aside.appendChild(make('div'));
    this.#body = body;
    body.hidden = true;
    const head = body.appendChild(make('h2'));
    this.#title = head.appendChild(make('span'));
    head.append(buttonOf('Close', () => events.onClose()));
    const list = body.appendChild(make('dl', 'properties'));
    this.#facts = new Facts(list, [
      ...(hasRooms ? ['Room'] : []),
      'Request',
      'Sub-protocol',
      'Open',
      'Round trip',
      'Received',
      'Sent',
      'Refused',
      'Game',
      'Path numbers',
      'Replication',
      'Differs at',
    ]);
    this.#paths = body.appendChild(make('details'));
    this.#paths.append(make('summary', '', 'List of path numbers'));
    this.#pathList = this.#paths.appendChild(make('ol', 'paths'));
    this.#paths.addEventListener('toggle', () => events.onPaths());
    body.append(make('h3', '', 'Queues'));
    const queues = body.appendChild(make('dl', 'properties'));
    this.#inbound = queueIn(queues, 'To read');
    this.#outbound = queueIn(queues, 'To send');

    body.append(make('h3', '', 'Simulated line, each way'));
    const controls = body.appendChild(make('div', 'controls'));
    const onChange = (): void => this.#changeLine();
    this.#sliders = [new Slider(controls, 'Delay', 1000, onChange), new Slider(controls, 'Jitter', 500, onChange)];
    const row = body.appendChild(make('div', 'row'));
    this.#stall = buttonOf(`Stall for ${STALL / 1000} s`, () => this.#tell({ type: 'stall', milliseconds: STALL }));
    row.append(this.#stall);

    body.append(make('h3', '', 'Kick'));
    const kick = body.appendChild(make('div', 'row'));
    const reason = make('input');
    reason.type = 'text';
    reason.maxLength = 100;
    reason.placeholder = 'Reason, which the peer gets';
    reason.setAttribute('aria-label', 'Reason of the kick');
    const kickButton = buttonOf('Kick', () => this.#tell({ type: 'kick', reason: reason.value }));
    kickButton.classList.add('danger');
    kick.append(reason, kickButton);

    body.append(make('h3', '', 'Packets'));
    const follow = body.appendChild(make('div', 'row'));
    this.#follow = buttonOf('Follow', () => this.#toggleFollow());
    this.#follow.setAttribute('aria-pressed', 'false');
    follow.append(
      this.#follow,
      buttonOf('Clear', () => this.#packets.replaceChildren()),
    );
    this.#packets = body.appendChild(make('ol', 'packets'));
    this.#packets.tabIndex = 0;
    this.#packets.setAttribute('aria-label', 'Packets, newest first');
    this.#buttons = [this.#stall, kickButton, this.#follow];
  }

  /** `chosen`: the key of the peer that was chosen; `peer` is null when it has left. */
  show(chosen: number, peer: PeerRow | null, now: number): void {
    this.#empty.hidden = chosen !== 0;
    this.#body.hidden = chosen === 0;
    if (chosen === 0) {
      this.#leave();
      return;
    }
    if (peer === null) {
      if (this.#peer !== null) setText(this.#title, `${nameOf(this.#peer)}: has left`);
      else setText(this.#title, 'This peer has left');
      for (const button of this.#buttons) button.disabled = true;
      return;
    }
    if (peer.key !== this.#peer?.key) this.#leave();
    this.#peer = peer;
    for (const button of this.#buttons) button.disabled = false;
    setText(this.#title, nameOf(peer));
    this.#showFacts(peer, now);
    showFill(this.#inbound, fillOf(peer.inbound));
    showFill(this.#outbound, fillOf(peer.outbound));
    this.#sliders[0]!.show(peer.line?.latency ?? 0);
    this.#sliders[1]!.show(peer.line?.jitter ?? 0);
    const stalledFor = peer.line?.stalledFor ?? 0;
    setText(
      this.#stall,
      stalledFor > 0 ? `Stalled: ${(stalledFor / 1000).toFixed(1)} s` : `Stall for ${STALL / 1000} s`,
    );
  }

  /** Whether the path numbers are shown. */
  get showsPaths(): boolean {
    return this.#paths.open;
  }

  /** Null while they are not shown. */
  showPaths(paths: PathsState | null): void {
    this.#paths.hidden = this.#peer === null || this.#peer.multiplayer === null;
    const rows = [
      ...(paths?.ours ?? []).map((path) => ({ path, isOurs: true })),
      ...(paths?.theirs ?? []).map((path) => ({ path, isOurs: false })),
    ];
    const { children } = this.#pathList;
    while (children.length > rows.length) this.#pathList.lastElementChild?.remove();
    for (const [index, { path, isOurs }] of rows.entries()) {
      const item = children[index] ?? this.#pathList.appendChild(make('li'));
      setText(item, pathText(path, isOurs));
    }
  }

  add(packets: readonly FollowedPacket[], skipped: number): void {
    if (!this.#isFollowing) return;
    for (const packet of packets) this.#packets.prepend(lineOf(packet));
    if (skipped > 0) this.#packets.prepend(make('li', 'bad', `${skipped} more were left out`));
    while (this.#packets.childElementCount > MOST_PACKETS) this.#packets.lastElementChild?.remove();
  }

  /** After the connection was made again. */
  resume(): void {
    if (this.#isFollowing && this.#peer !== null) this.#events.send({ type: 'follow', peer: this.#peer.key });
  }

  #showFacts(peer: PeerRow, now: number): void {
    const { multiplayer, isEarlier } = peer;
    if (this.#hasRooms) this.#facts.set('Room', peer.room === '' ? 'none now' : peer.room);
    this.#facts.set('Request', peer.url === '' ? '–' : peer.url);
    this.#facts.set('Sub-protocol', peer.protocol === '' ? 'none' : peer.protocol);
    this.#facts.set('Open', `${isEarlier ? 'before ' : 'since '}${clock(peer.since)}, ${age(peer.since, now)}`);
    this.#facts.set(
      'Round trip',
      peer.roundTrip === null ? 'unknown: it needs a heartbeatInterval' : milliseconds(peer.roundTrip),
    );
    this.#facts.set(
      'Received',
      `${bytes(peer.totalBytesIn)} in ${count(peer.totalPacketsIn)} packets, ${count(peer.packetsIn)}/s`,
    );
    this.#facts.set(
      'Sent',
      `${bytes(peer.totalBytesOut)} in ${count(peer.totalPacketsOut)} packets, ${count(peer.packetsOut)}/s`,
    );
    const { badPackets = 0, refusedPackets = 0 } = multiplayer ?? {};
    const refused = `${peer.sendsRefused} sends, ${badPackets} bad and ${refusedPackets} refused packets`;
    this.#facts.set('Refused', refused, peer.sendsRefused + badPackets + refusedPackets > 0);
    if (multiplayer === null) {
      for (const name of ['Game', 'Path numbers', 'Replication', 'Differs at']) this.#facts.set(name, '–');
      return;
    }
    const { isAsleep, waitingPackets, waitingBytes } = multiplayer;
    const waiting = `${count(waitingPackets)} packets, ${bytes(waitingBytes)}, wait for it`;
    this.#facts.set('Game', `${isAsleep ? 'asleep' : 'runs'}; ${waiting}`, isAsleep);
    const { pathsSent, pathsConfirmed, pathsTheirs, mostPathsTheirs, spawned, unsent, differences } = multiplayer;
    this.#facts.set(
      'Path numbers',
      `${pathsConfirmed} of ${pathsSent} confirmed; ${pathsTheirs} of ${mostPathsTheirs} of its own`,
    );
    this.#facts.set('Replication', `${spawned} nodes there, ${unsent} wait`, unsent > 0);
    this.#facts.set(
      'Differs at',
      differences.length === 0 ? 'no node' : differences.join(', '),
      differences.length > 0,
    );
  }

  #leave(): void {
    this.#peer = null;
    if (!this.#isFollowing) return;
    this.#isFollowing = false;
    this.#follow.setAttribute('aria-pressed', 'false');
    setText(this.#follow, 'Follow');
    this.#packets.replaceChildren();
    this.#events.send({ type: 'follow', peer: 0 });
  }

  #toggleFollow(): void {
    if (this.#peer === null) return;
    this.#isFollowing = !this.#isFollowing;
    this.#follow.setAttribute('aria-pressed', String(this.#isFollowing));
    setText(this.#follow, this.#isFollowing ? 'Following' : 'Follow');
    this.#events.send({ type: 'follow', peer: this.#isFollowing ? this.#peer.key : 0 });
  }

  #changeLine(): void {
    const [latency = 0, jitter = 0] = this.#sliders.map(({ value }) => value);
    this.#tell({ type: 'line', latency, jitter });
  }

  #tell(
    message:
      | { type: 'stall'; milliseconds: number }
      | { type: 'kick'; reason: string }
      | { type: 'line'; latency: number; jitter: number },
  ): void {
    if (this.#peer !== null) this.#events.send({ ...message, peer: this.#peer.key });
  }
}

/** A slider for a time in milliseconds. */
class Slider {
  readonly #input: HTMLInputElement;
  readonly #output: HTMLOutputElement;
  /** Until this time the page knows better than the server, which has not got the change yet. */
  #heldUntil = 0;

  constructor(container: HTMLElement, name: string, most: number, onChange: () => void) {
    const label = make('label', '', name);
    this.#input = make('input');
    this.#input.type = 'range';
    this.#input.max = String(most);
    this.#input.step = '5';
    this.#input.value = '0';
    this.#input.id = `line-${name.toLowerCase()}`;
    label.htmlFor = this.#input.id;
    this.#output = make('output', '', '0 ms');
    this.#input.addEventListener('input', () => {
      this.#heldUntil = performance.now() + 1500;
      setText(this.#output, `${this.#input.value} ms`);
      onChange();
    });
    container.append(label, this.#input, this.#output);
  }

  get value(): number {
    return Number(this.#input.value);
  }

  show(value: number): void {
    if (performance.now() < this.#heldUntil) return;
    this.#input.value = String(value);
    setText(this.#output, `${value} ms`);
  }
}

function buttonOf(text: string, onClick: () => void): HTMLButtonElement {
  const button = make('button', '', text);
  button.type = 'button';
  button.addEventListener('click', onClick);
  return button;
}

function queueIn(list: HTMLElement, name: string): HTMLElement {
  list.append(make('dt', '', name));
  return list.appendChild(make('dd')).appendChild(make('span', 'fill'));
}

function pathText({ number, path, isConfirmed }: PathRow, isOurs: boolean): string {
  return `${isOurs ? 'ours' : 'its own'} ${number} = ${path}${isConfirmed ? '' : ', not confirmed'}`;
}

function nameOf({ key, id, address, port }: PeerRow): string {
  return id === 0 ? `Peer #${key}, ${address}:${port}` : `Peer ${id}`;
}

function lineOf({ time, isSent, size, summary, hex }: FollowedPacket): HTMLElement {
  const line = make('li');
  line.append(make('span', isSent ? 'out' : 'in', isSent ? 'out ' : 'in '), make('span', '', summary));
  line.append(make('small', '', `${clock(time)} · ${bytes(size)}${hex === '' ? '' : ` · ${hex}`}`));
  return line;
}
