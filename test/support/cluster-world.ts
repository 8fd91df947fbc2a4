import type { Clock } from '../../src/clock.ts';
import { Cluster } from '../../src/cluster/cluster.ts';
import type { ClusterRoom } from '../../src/cluster/cluster-room.ts';
import { type Failure, isFailure } from '../../src/failure.ts';
import { Rooms } from '../../src/rooms/index.ts';
import { Random, VirtualClock } from '../../src/testing/index.ts';
import { WebSocketServer } from '../../src/websocket/index.ts';
import { type Line, MemoryBroker } from './memory-broker.ts';

/** Milliseconds between two polls. */
const STEP = 50;
/** Seconds. */
const LEASE_TIME = 10;
/** Milliseconds in which anything can happen. */
const WORLD_TIME = 90_000;
/** The codes for which all compete. */
const CODES = ['ALPHA', 'BRAVO', 'CHARLIE', 'DELTA'];

/** A process of a simulated cluster, with a clock of its own. */
export class WorldNode {
  readonly name: string;
  readonly line: Line;
  readonly clock: Clock;
  readonly rooms: Rooms;
  readonly cluster: Cluster;
  /** It does not run. */
  isStalled = false;
  /** It has ended. */
  isDead = false;

  constructor(name: string, line: Line, clock: Clock, cluster: Cluster) {
    this.name = name;
    this.line = line;
    this.clock = clock;
    this.cluster = cluster;
    this.rooms = new Rooms(new WebSocketServer({ clock }), {
      kinds: { match: { capacity: 4, idleTime: Number.POSITIVE_INFINITY, open: () => ({}) } },
      directory: cluster.directory,
      clock,
    });
    cluster.serve(this.rooms);
  }

  /** The codes of the rooms that it may run at this moment. */
  get running(): string[] {
    return this.cluster.directory.mayRun() ? this.rooms.getRooms().map(({ code }) => code) : [];
  }

  poll(): void {
    if (!this.isStalled && !this.isDead) this.cluster.poll();
  }

  stall(): void {
    this.isStalled = true;
    this.line.hold();
  }

  resume(): void {
    this.isStalled = false;
    this.line.release();
  }

  die(): void {
    this.isDead = true;
    this.line.close();
  }
}

/** Several processes, a broker, and all that can happen to them, by a seed. Every run with a seed is the same. */
export class ClusterWorld {
  readonly clock: VirtualClock = new VirtualClock();
  readonly random: Random;
  readonly broker: MemoryBroker;
  readonly nodes: WorldNode[] = [];
  /** What has happened, for the message of a failure. */
  readonly story: string[] = [];
  /** The rooms that were made for each request. */
  readonly made: Map<string, Set<string>> = new Map();
  /** Everybody wants every code as soon as it is free: nothing is left of the time between two owners. */
  readonly isGreedy: boolean;
  readonly #grabbing = new Set<string>();
  #count = 0;
  #requests = 0;

  constructor(seed: number) {
    this.random = new Random(seed);
    this.isGreedy = this.random.next() < 0.6;
    this.broker = new MemoryBroker(this.clock, this.random, { delay: [1, this.random.next() < 0.7 ? 120 : 900] });
  }

  get alive(): WorldNode[] {
    return this.nodes.filter(({ isDead }) => !isDead);
  }

  async start(): Promise<void> {
    const name = `node${++this.#count}`;
    const line = this.broker.connect();
    // Clocks differ by up to 4 % of their speed, and in what they show.
    const rate = 1 + (this.random.next() - 0.5) * 0.08;
    const offset = this.random.integer(0, 1_000_000);
    const now = (): number => offset + this.clock.now() * rate;
    const clock: Clock = {
      now,
      setTimeout: (callback, milliseconds) => this.clock.setTimeout(callback, milliseconds / rate),
      clearTimeout: (timer) => this.clock.clearTimeout(timer),
      atTurnEnd: (callback) => this.clock.atTurnEnd(callback),
    };
    const joining = Cluster.join(line, {
      address: { host: '127.0.0.1', port: this.#count },
      label: name,
      leaseTime: LEASE_TIME,
      reservedCodes: 2,
      newId: () => `${this.random.integer(0, 1e9)}-${name}`,
      clock,
      wallClock: () => 1e12 + now(),
    });
    let result: Cluster | null | undefined;
    joining.then(
      (cluster) => {
        result = cluster;
      },
      () => {
        result = null;
      },
    );
    for (let waited = 0; result === undefined && waited < 10_000; waited += STEP) await this.step();
    if (!(result instanceof Cluster)) {
      line.close();
      return;
    }
    this.nodes.push(new WorldNode(name, line, clock, result));
    this.#tell(`${name} starts`);
  }

  /** Time passes, and everybody who runs is polled. */
  async step(): Promise<void> {
    this.clock.advance(STEP);
    await new Promise(setImmediate);
    for (const node of this.nodes) node.poll();
    if (this.isGreedy) this.#grab();
    this.#check();
  }

  async run(milliseconds: number): Promise<void> {
    for (let passed = 0; passed < milliseconds; passed += STEP) await this.step();
  }

  /** One of the things that can happen. */
  async act(): Promise<void> {
    const { random } = this;
    const node = this.alive[random.integer(0, Math.max(0, this.alive.length - 1))];
    const chance = random.next();
    if (node === undefined || (chance < 0.05 && this.alive.length < 5)) await this.start();
    else if (chance < 0.2) this.#stall(node);
    else if (chance < 0.35) this.#cut(node);
    else if (chance < 0.4) this.#restartBroker();
    else if (chance < 0.44) this.#kill(node);
    else if (chance < 0.48) this.#leave(node);
    else if (chance < 0.55) this.#loseAnswers(node);
    else if (chance < 0.7) this.#close(node);
    else this.#create(node);
  }

  /** Everything works again: all run, and nothing is interrupted. */
  heal(): void {
    this.#tell('all is well');
    if (!this.broker.isUp) this.broker.setUp(true);
    for (const node of this.alive) {
      node.line.lost = 0;
      if (node.isStalled) node.resume();
      node.line.heal();
    }
  }

  /** After a time without faults: every process knows the same rooms, those that are open; and nothing is left of the dead. */
  checkPeace(): void {
    const here = this.alive.filter(({ cluster }) => !cluster.hasLeft);
    const open = here.flatMap(({ running }) => running).sort();
    for (const { name, cluster } of here) {
      const listed = cluster
        .getRooms()
        .map(({ code }) => code)
        .sort();
      if (JSON.stringify(listed) !== JSON.stringify(open)) this.#fail(`${name} lists ${listed}, open are ${open}`);
      if (cluster.id === null) this.#fail(`${name} has no lease`);
      if (cluster.getNodes().length !== here.length)
        this.#fail(`${name} knows ${labels(cluster)}, but there are ${here.map((one) => one.name).join()}`);
    }
    const ids = new Set(here.map(({ cluster }) => cluster.id));
    for (const { key, text } of this.broker.bucket('tickpeer').latest.values()) {
      if (text === null) continue;
      const owner = key.startsWith('node.') ? key.slice('node.'.length) : (JSON.parse(text) as { owner: string }).owner;
      if (!ids.has(owner)) this.#fail(`${key} is left of a node that is gone`);
    }
  }

  #grab(): void {
    for (const { name, cluster, isStalled, isDead } of this.nodes) {
      if (isStalled || isDead || cluster.id === null || cluster.hasLeft) continue;
      for (const code of CODES) {
        const key = `${name} ${code}`;
        if (this.#grabbing.has(key) || cluster.find(code) !== null) continue;
        this.#grabbing.add(key);
        const end = (): void => void this.#grabbing.delete(key);
        cluster.createRoom('match', { code, where: 'here' }).then(end, end);
      }
    }
  }

  #check(): void {
    const owners = new Map<string, string>();
    for (const { name, running, isStalled, isDead } of this.nodes) {
      if (isStalled || isDead) continue;
      for (const code of running) {
        const other = owners.get(code);
        if (other !== undefined) this.#fail(`${other} and ${name} both run ${code}`);
        owners.set(code, name);
      }
    }
  }

  #later(milliseconds: number, callback: () => void): void {
    this.clock.setTimeout(callback, milliseconds);
  }

  #stall(node: WorldNode): void {
    if (node.isStalled) return;
    const time = this.random.integer(100, 30_000);
    this.#tell(`${node.name} stalls for ${time}`);
    node.stall();
    this.#later(time, () => {
      if (!node.isDead && node.isStalled) node.resume();
    });
  }

  #cut(node: WorldNode): void {
    const time = this.random.integer(100, 30_000);
    this.#tell(`${node.name} is cut off for ${time}`);
    node.line.cut();
    this.#later(time, () => node.line.heal());
  }

  #restartBroker(): void {
    if (!this.broker.isUp) return;
    const time = this.random.integer(100, 15_000);
    this.#tell(`the broker is down for ${time}`);
    this.broker.setUp(false);
    this.#later(time, () => {
      if (!this.broker.isUp) this.broker.setUp(true);
    });
  }

  #loseAnswers(node: WorldNode): void {
    this.#tell(`answers to ${node.name} get lost`);
    node.line.lost = 0.5;
    this.#later(this.random.integer(100, 10_000), () => {
      node.line.lost = 0;
    });
  }

  #kill(node: WorldNode): void {
    this.#tell(`${node.name} is killed`);
    node.die();
  }

  #leave(node: WorldNode): void {
    if (node.isStalled) return;
    this.#tell(`${node.name} leaves`);
    node.cluster.leave();
  }

  #close(node: WorldNode): void {
    if (node.isStalled) return;
    const rooms = node.rooms.getRooms();
    const room = rooms[this.random.integer(0, Math.max(0, rooms.length - 1))];
    if (room === undefined) return;
    this.#tell(`${node.name} closes ${room.code}`);
    room.close();
  }

  #create(node: WorldNode): void {
    if (node.isStalled) return;
    const chance = this.random.next();
    if (chance < 0.2) {
      const made = node.rooms.create('match');
      this.#tell(`${node.name} makes ${isFailure(made) ? made.code : made.code}`);
      return;
    }
    const where = this.random.next() < 0.5 ? 'here' : 'least';
    const code = CODES[this.random.integer(0, CODES.length - 1)]!;
    const isByRequest = chance > 0.7;
    const request = isByRequest
      ? `request ${this.random.integer(Math.max(0, this.#requests - 2), this.#requests++)}`
      : '';
    this.#tell(`${node.name} asks for ${isByRequest ? request : code} (${where})`);
    const making = node.cluster.createRoom('match', isByRequest ? { request, where } : { code, where });
    making.then(
      (made) => this.#note(request, made),
      (error: unknown) => this.#fail(`createRoom has rejected: ${String(error)}`),
    );
  }

  #note(request: string, made: ClusterRoom | Failure): void {
    if (isFailure(made) || request === '') return;
    this.made.set(request, (this.made.get(request) ?? new Set()).add(made.code));
    if (this.made.get(request)?.size !== 1) this.#fail(`${request} has several rooms`);
  }

  #tell(text: string): void {
    this.story.push(`${Math.round(this.clock.now())} ${text}`);
  }

  #fail(text: string): never {
    throw new Error(`${text}\n${this.story.join('\n')}`);
  }
}

/** Runs so many worlds, from seed `first` on. The message of a failure has the seed and all that has happened. */
export async function runWorlds(first: number, count: number): Promise<void> {
  for (let seed = first; seed < first + count; seed++) {
    try {
      await runWorld(seed);
    } catch (error) {
      throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

/** Runs a world, with everything that can happen in it, and then in peace. */
async function runWorld(seed: number): Promise<void> {
  const world = new ClusterWorld(seed);
  for (let count = 0; count < 3; count++) await world.start();
  const end = world.clock.now() + WORLD_TIME;
  while (world.clock.now() < end) {
    await world.act();
    await world.run(world.random.integer(1, 40) * STEP);
  }
  world.heal();
  // Somebody has to be there to clean up.
  await world.start();
  await world.run(4 * LEASE_TIME * 1000);
  world.checkPeace();
}

function labels(cluster: Cluster): string {
  return cluster
    .getNodes()
    .map(({ label, age }) => `${label} (${Math.round(age)})`)
    .join();
}
