import { describe, expect, test } from 'vitest';
import { ScriptedPeer } from '../../../test/support/scripted-peer.ts';
import { ErrorCode } from '../../error-code.ts';
import { int } from '../../variant/index.ts';
import { ConnectionStatus } from '../peers/multiplayer-peer.ts';
import { Router } from '../peers/router.ts';
import { SendOutcome } from '../peers/send-outcome.ts';
import { NodeAddresses } from './node-addresses.ts';
import type { AnyMethod } from './node-registry.ts';
import { PathCache } from './path-cache.ts';
import { RpcCalls } from './rpc-calls.ts';
import { rpc } from './rpc-method.ts';
import { RpcTable } from './rpc-table.ts';
import { RunningCall } from './running-call.ts';

const MAIN = '4d61696e00';
/** The calls of `hit` of `Main`, whose number is 1: with its path, in four bytes, and in one. */
const WITH_PATH = `a00600008000${MAIN}`;
const WIDE = 'a00100000000';
const SHORT = '800100';

/** Hides `Main` from the peers in `hidden`. */
class Sight {
  readonly hidden = new Set<number>();

  get isUnlimited(): boolean {
    return this.hidden.size === 0;
  }

  seeing(_path: string, ids: readonly number[]): number[] {
    return ids.filter((id) => !this.hidden.has(id));
  }
}

/** The calls of peer `own`, to which `ids` are admitted. */
function start(own = 1, ids: readonly number[] = [5, 6]) {
  const peer = new ScriptedPeer(own);
  const router = new Router(peer);
  const outcome = new SendOutcome(router);
  const paths = new PathCache();
  const addresses = new NodeAddresses(router, paths);
  const sight = new Sight();
  const running = new RunningCall(() => {});
  const calls = new RpcCalls({ router, peers: new Set(ids), paths, addresses, sight, running, outcome });
  const ran: number[] = [];
  const table = new RpcTable<AnyMethod>({
    hit: rpc.anyPeer([], () => undefined),
    local: rpc.anyPeer([], (from) => void ran.push(from), { callLocal: true }),
    number: rpc.anyPeer([int]),
    reenters: rpc.anyPeer([], () => void call('hit', 99), { callLocal: true }),
  });
  const call = (method: string, target: number, ...args: readonly unknown[]): ErrorCode =>
    calls.call('Main', table, table.byName(method)!, target, args);
  /** What was sent since the last call; of the packets that give the node its number, only the number. */
  const sent = (): string[] =>
    peer.sent.splice(0).map(({ to, hex }) => `${to}: ${hex.startsWith('01') ? `number ${hex.slice(68, 70)}` : hex}`);
  return { peer, router, outcome, paths, addresses, sight, ran, table, call, sent };
}

describe('the path of a node', () => {
  test('is sent until its number is confirmed; the number is introduced once', () => {
    const { paths, call, sent } = start(1, [5]);
    expect(call('hit', 5)).toBe(ErrorCode.OK);
    expect(sent()).toEqual(['5: number 01', `5: ${WITH_PATH}`]);
    call('hit', 5);
    expect(sent()).toEqual([`5: ${WITH_PATH}`]);
    paths.confirm(5, 1);
    call('hit', 5);
    expect(sent()).toEqual([`5: ${SHORT}`]);
  });

  test('is left out for peers that have confirmed its number, which takes four bytes while another peer needs the path', () => {
    const { paths, call, sent } = start();
    call('hit', 5);
    paths.confirm(5, 1);
    sent();
    call('hit', 0);
    expect(sent()).toEqual(['6: number 01', `6: ${WITH_PATH}`, `5: ${WIDE}`]);
    paths.confirm(6, 1);
    call('hit', 0);
    expect(sent()).toEqual([`5: ${SHORT}`, `6: ${SHORT}`]);
  });

  test('is numbered again by the next call when its number could not be sent', () => {
    const { peer, call, sent } = start(1, [5]);
    const { putPacket } = peer;
    peer.putPacket = (packet) => (packet[0] === 1 ? ErrorCode.ERR_OUT_OF_MEMORY : putPacket.call(peer, packet));
    expect(call('hit', 5)).toBe(ErrorCode.OK);
    expect(sent()).toEqual([`5: ${WITH_PATH}`]);
    peer.putPacket = putPacket;
    call('hit', 5);
    expect(sent()).toEqual(['5: number 01', `5: ${WITH_PATH}`]);
  });

  test('gets another number after the node was forgotten', () => {
    const { addresses, call, sent } = start(1, [5]);
    call('hit', 5);
    sent();
    addresses.forgetPath('Main');
    call('hit', 5);
    expect(sent()).toEqual(['5: number 02', `5: ${WITH_PATH}`]);
  });
});

describe('a node that is hidden from a peer', () => {
  test('is called on the others', () => {
    const { sight, call, sent } = start();
    sight.hidden.add(6);
    expect(call('hit', 0)).toBe(ErrorCode.OK);
    expect(sent()).toEqual(['5: number 01', `5: ${WITH_PATH}`]);
  });

  test('is not called on that peer alone, and the failure says so', () => {
    const { sight, outcome, call, sent } = start();
    sight.hidden.add(6);
    expect(call('hit', 6)).toBe(ErrorCode.ERR_UNAVAILABLE);
    expect([outcome.failure?.code, sent()]).toEqual(['TICKPEER_NOT_VISIBLE', []]);
  });
});

describe('a target', () => {
  test.each<[target: number, receivers: number[], runsHere: boolean]>([
    [0, [5, 6], true],
    [5, [5], false],
    [-5, [6], true],
    [1, [], true],
    [-1, [5, 6], false],
    [-99, [5, 6], true],
  ])('of %i on the server', (target, receivers, runsHere) => {
    const { peer, ran, call } = start();
    expect(call('local', target)).toBe(ErrorCode.OK);
    expect([...new Set(peer.sent.map(({ to }) => to))]).toEqual(receivers);
    expect(ran).toEqual(runsHere ? [1] : []);
  });

  test('that is another client is reached through the server, and not without relay', () => {
    const { router, outcome, call, sent } = start(5, [1, 6]);
    call('hit', 6);
    expect(sent().at(-1)).toBe(`1: 070306000000${WITH_PATH}`);
    router.allowsRelay = false;
    expect(call('hit', 6)).toBe(ErrorCode.ERR_UNAVAILABLE);
    expect(outcome.failure?.code).toBe('TICKPEER_UNAVAILABLE');
    expect(call('hit', 0)).toBe(ErrorCode.OK);
    expect(sent()).toEqual(['1: number 01', `1: ${WITH_PATH}`]);
  });

  test('whose methods differ is left out, and the failure says so', () => {
    const { outcome, paths, table, call, peer } = start();
    paths.differ(5, { path: 'Main', table });
    expect(call('hit', 0)).toBe(ErrorCode.ERR_UNAVAILABLE);
    expect(outcome.failure?.code).toBe('TICKPEER_RPC_CHECKSUM');
    expect(new Set(peer.sent.map(({ to }) => to))).toEqual(new Set([6]));
    expect(call('hit', 6)).toBe(ErrorCode.OK);
    expect(outcome.failure).toBe(null);
  });
});

describe('a refused call is not sent', () => {
  test('an unknown target, and oneself without callLocal: ERR_INVALID_PARAMETER', () => {
    const { outcome, call, sent } = start();
    for (const target of [99, 1]) {
      outcome.failure = null;
      expect(call('hit', target)).toBe(ErrorCode.ERR_INVALID_PARAMETER);
      expect(outcome.failure).toMatchObject({ code: 'TICKPEER_UNKNOWN_PEER' });
    }
    expect(sent()).toEqual([]);
  });

  test('without a peer: ERR_UNCONFIGURED; while it connects: ERR_CONNECTION_ERROR', () => {
    const { peer, router, outcome, call, sent } = start();
    peer.status = ConnectionStatus.CONNECTION_CONNECTING;
    expect(call('hit', 5)).toBe(ErrorCode.ERR_CONNECTION_ERROR);
    expect(outcome.failure?.code).toBe('TICKPEER_NOT_OPEN');
    router.hasPeer = false;
    expect(call('hit', 5)).toBe(ErrorCode.ERR_UNCONFIGURED);
    expect(outcome.failure?.code).toBe('TICKPEER_NOT_OPEN');
    expect(sent()).toEqual([]);
  });

  test('a target that is not an id, and arguments that do not match, throw', () => {
    const { call, sent } = start();
    for (const target of [0.5, Number.NaN]) expect(() => call('hit', target)).toThrow(TypeError);
    expect(() => call('number', 5, 'x')).toThrow('argument 1');
    expect(() => call('number', 5)).toThrow(TypeError);
    expect(sent()).toEqual([]);
    expect(call('number', 5, 1)).toBe(ErrorCode.OK);
  });
});

test('a handler that runs locally can call; the outcome is that of the outer call', () => {
  const { outcome, call } = start();
  expect(call('reenters', 0)).toBe(ErrorCode.OK);
  expect(outcome.failure).toBe(null);
});
