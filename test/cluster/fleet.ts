import { expect } from 'vitest';
import { History, type Term } from './history.ts';
import type { MemberCommands } from './member.ts';
import { type NatsServer, startNatsServer } from './nats-server.ts';
import { type NodeProcess, startProcess } from './processes.ts';
import { startProxy, type TcpProxy } from './proxy.ts';
import { waitUntil } from './wait-until.ts';

/** What a process of the cluster reports of its own accord. Times are of the machine. */
export type MemberReport = LeaseReport | RoomReport;

/** It has got or lost a lease. */
export interface LeaseReport {
  readonly event: 'joined' | 'lost';
  readonly id: string;
  readonly time: number;
}

/** A room has opened or closed; or it could have acted in all of its rooms until `time`. */
type RoomReport =
  | { readonly event: 'acts'; readonly time: number }
  | {
      readonly event: 'opened' | 'closed';
      readonly code: string;
      readonly opened: number;
      readonly lastAct: number;
      readonly time: number;
    };

/** Milliseconds after which every list has to show what has changed. */
const LIST_DELAY = 1500;

/** A process of the cluster. */
export interface Member {
  readonly label: string;
  readonly process: NodeProcess<MemberCommands>;
  /** Between it and the broker. */
  readonly proxy: TcpProxy;
  /** For clients. */
  readonly port: number;
  /** Leases that it has got and lost, and when. */
  readonly leases: readonly LeaseReport[];
}

/** The processes of a cluster, their broker, and what they have done. They end with the test. */
export class Fleet {
  readonly broker: NatsServer;
  readonly members: Member[] = [];
  readonly history: History = new History();
  readonly #leaseTime: number;
  /** What all clients connect to: a process that runs and has not been set aside. */
  balancer!: TcpProxy;
  readonly #aside = new Set<Member>();
  #turn = 0;
  /** The open terms of each process. */
  readonly #open = new Map<string, Map<string, Term>>();

  /** `leaseTime`: seconds. */
  static async start(count: number, leaseTime: number): Promise<Fleet> {
    const fleet = new Fleet(await startNatsServer(), leaseTime);
    fleet.balancer = await startProxy(() => fleet.#next()?.port ?? null);
    await Promise.all(Array.from({ length: count }, (_, index) => fleet.add(`m${index + 1}`)));
    return fleet;
  }

  private constructor(broker: NatsServer, leaseTime: number) {
    this.broker = broker;
    this.#leaseTime = leaseTime;
  }

  /** Starts one more process. */
  async add(label: string): Promise<Member> {
    const proxy = await startProxy(this.broker.port);
    const leases: LeaseReport[] = [];
    const process = await startProcess<MemberCommands>(
      'member.ts',
      { NATS_PORT: String(proxy.port), LABEL: label, LEASE_TIME: String(this.#leaseTime) },
      (value) => {
        const report = value as MemberReport; // of member.ts
        if ('id' in report) leases.push(report);
        else this.#record(label, report);
      },
    );
    const member: Member = { label, process, proxy, port: await process.call('port'), leases };
    this.members.push(member);
    return member;
  }

  /** The balancer sends no more clients there; the connections that it has remain. */
  setAside(member: Member): void {
    this.#aside.add(member);
  }

  /** Ends `setAside`. */
  bringBack(member: Member): void {
    this.#aside.delete(member);
  }

  #next(): Member | null {
    const members = this.running.filter((member) => !this.#aside.has(member));
    return members[this.#turn++ % members.length] ?? null;
  }

  get running(): Member[] {
    return this.members.filter(({ process }) => process.isRunning);
  }

  /** What each running process knows of the rooms. */
  async list(): Promise<string[][]> {
    return Promise.all(
      this.running.map(async (member) => {
        const { time, codes } = await member.process.call('list');
        this.history.list({ by: member.label, time, codes });
        return codes.sort();
      }),
    );
  }

  /** Waits until every process lists these rooms, and no other. */
  async listed(codes: readonly string[], timeLimit: number): Promise<void> {
    const wanted = [...codes].sort().join();
    const latest = performance.now() + timeLimit;
    for (;;) {
      const lists = await this.list();
      if (lists.every((list) => list.join() === wanted)) return;
      if (performance.now() > latest) throw new Error(await this.#describeLists(codes, lists));
    }
  }

  async #describeLists(codes: readonly string[], lists: readonly string[][]): Promise<string> {
    const lines = this.running.map(async ({ label, process }, index) => {
      const list = new Set(lists[index]);
      const here = await process.call('here');
      const missing = codes.filter((code) => !list.has(code));
      const surplus = [...list].filter((code) => !codes.includes(code));
      return `${label} has ${here.slice(0, 20)}; it does not list ${missing.slice(0, 20)}; it lists too much: ${surplus.slice(0, 20)}`;
    });
    return ['the lists are wrong', ...(await Promise.all(lines))].join('\n');
  }

  /** Resolves with the process that has a room. */
  async ownerOf(code: string): Promise<Member> {
    for (;;) {
      for (const member of this.running) if ((await member.process.call('here')).includes(code)) return member;
    }
  }

  /** Waits for an event that concerns leases. */
  async until(member: Member, event: 'joined' | 'lost', timeLimit: number): Promise<number> {
    const before = member.leases.length;
    await waitUntil(() => member.leases.slice(before).some((lease) => lease.event === event), timeLimit);
    return member.leases.findLast((lease) => lease.event === event)?.time ?? Number.NaN;
  }

  /** No room has had two owners at a time, no request has made two rooms, and no list was wrong. */
  check(): void {
    this.#addOpenTerms();
    expect(this.history.faults(LIST_DELAY)).toEqual([]);
  }

  /** Without the lists, which may be old while a process is cut off. */
  checkOwners(message: string): void {
    this.#addOpenTerms();
    expect(this.history.faults(Number.POSITIVE_INFINITY), message).toEqual([]);
  }

  #addOpenTerms(): void {
    for (const terms of this.#open.values()) for (const term of terms.values()) this.history.add(term);
  }

  #record(label: string, report: RoomReport): void {
    const open = this.#open.get(label) ?? new Map<string, Term>();
    this.#open.set(label, open);
    if (report.event === 'acts') {
      for (const [key, term] of open) open.set(key, { ...term, lastAct: report.time });
      return;
    }
    const { code, opened, lastAct, event } = report;
    const closed = event === 'closed' ? report.time : null;
    const term: Term = { code, owner: label, opened, lastAct, closed };
    if (closed === null) {
      open.set(code, term);
    } else {
      open.delete(code);
      this.history.add(term);
    }
  }
}
