import type { LookupAddress } from 'node:dns';
import { type NetConnectOpts, Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { turn, until } from '../../../test/support/until.ts';
import type { Clock } from '../../clock.ts';
import type { Failure } from '../../failure.ts';
import { type DialTarget, dial } from './dial.ts';

/** A clock that a test moves by hand. */
class ManualClock implements Clock {
  #now = 0;
  readonly #timers = new Set<{ at: number; callback: () => void }>();

  now(): number {
    return this.#now;
  }

  setTimeout(callback: () => void, milliseconds: number): object {
    const timer = { at: this.#now + milliseconds, callback };
    this.#timers.add(timer);
    return timer;
  }

  clearTimeout(timer: unknown): void {
    for (const each of this.#timers) if (each === timer) this.#timers.delete(each);
  }

  atTurnEnd(callback: () => void): void {
    setImmediate(callback);
  }

  get pendingTimers(): number {
    return this.#timers.size;
  }

  advance(milliseconds: number): void {
    this.#now += milliseconds;
    for (const timer of [...this.#timers]) {
      if (timer.at > this.#now) continue;
      this.#timers.delete(timer);
      timer.callback();
    }
  }
}

const SIX = (address: string): LookupAddress => ({ address, family: 6 });
const FOUR = (address: string): LookupAddress => ({ address, family: 4 });

/** A dial whose look-up, sockets and time are the test's. */
function fakeDial(addresses: LookupAddress[] | Error, target: Partial<DialTarget> = {}) {
  const clock = new ManualClock();
  const attempts: { host: string; socket: Socket; options: NetConnectOpts }[] = [];
  const outcomes: (Socket | Failure)[] = [];
  const lookedUp: string[] = [];
  const cancel = dial(
    { host: 'game.example', port: 9080, timeLimit: 30_000, ...target },
    clock,
    (outcome) => {
      outcomes.push(outcome);
      if (outcome instanceof Socket) outcome.on('error', () => {});
    },
    {
      lookup: (host, done) => {
        lookedUp.push(host);
        if (addresses instanceof Error) done(addresses, []);
        else done(null, addresses);
      },
      connect: (options) => {
        const socket = new Socket();
        attempts.push({ host: 'host' in options ? (options.host ?? '') : '', socket, options });
        return socket;
      },
    },
  );
  const hosts = () => attempts.map((attempt) => attempt.host);
  const fail = async (index: number, code = 'ECONNREFUSED') => {
    const { socket, host } = attempts[index]!;
    socket.destroy(Object.assign(new Error(`connect ${code} ${host}`), { code }));
    await until(() => socket.closed);
    await turn();
  };
  const connect = (index: number) => attempts[index]!.socket.emit('connect');
  return { clock, attempts, outcomes, lookedUp, cancel, hosts, fail, connect };
}

describe('dial', () => {
  test('families alternate, beginning with that of the first address, with one attempt each 250 ms', () => {
    const call = fakeDial([SIX('2001:db8::1'), SIX('2001:db8::2'), FOUR('192.0.2.1'), FOUR('192.0.2.2')]);
    expect(call.hosts()).toEqual(['2001:db8::1']);
    call.clock.advance(249);
    expect(call.hosts()).toHaveLength(1);
    call.clock.advance(1);
    expect(call.hosts()).toEqual(['2001:db8::1', '192.0.2.1']);
    call.clock.advance(250);
    call.clock.advance(250);
    call.clock.advance(250);
    expect(call.hosts()).toEqual(['2001:db8::1', '192.0.2.1', '2001:db8::2', '192.0.2.2']);
    call.cancel();
  });

  test('a family that does not connect delays by 250 ms; the first connection is used and the other is dropped', () => {
    const call = fakeDial([SIX('2001:db8::1'), FOUR('192.0.2.1')]);
    call.clock.advance(250);
    call.connect(1);
    expect(call.outcomes).toEqual([call.attempts[1]!.socket]);
    expect(call.attempts[0]!.socket.destroyed).toBe(true);
    expect(call.attempts[1]!.socket.destroyed).toBe(false);
    expect(call.attempts[1]!.socket.isPaused()).toBe(true);
    expect(call.clock.pendingTimers).toBe(0);
    // The loser connects late, after all.
    call.connect(0);
    expect(call.outcomes).toHaveLength(1);
  });

  test('the first attempt can still succeed after the second has begun', () => {
    const call = fakeDial([SIX('2001:db8::1'), FOUR('192.0.2.1')]);
    call.clock.advance(250);
    call.connect(0);
    expect(call.outcomes).toEqual([call.attempts[0]!.socket]);
    expect(call.attempts[1]!.socket.destroyed).toBe(true);
  });

  test('a failure starts the next attempt at once, and the 250 ms start again', async () => {
    const call = fakeDial([SIX('2001:db8::1'), FOUR('192.0.2.1'), SIX('2001:db8::2')]);
    call.clock.advance(200);
    await call.fail(0);
    expect(call.hosts()).toEqual(['2001:db8::1', '192.0.2.1']);
    call.clock.advance(249);
    expect(call.hosts()).toHaveLength(2);
    call.clock.advance(1);
    expect(call.hosts()).toHaveLength(3);
    call.cancel();
  });

  test('when all attempts fail, the failure has all errors', async () => {
    const call = fakeDial([SIX('2001:db8::1'), FOUR('192.0.2.1')]);
    await call.fail(0, 'ENETUNREACH');
    expect(call.outcomes).toEqual([]);
    await call.fail(1);
    const [failure] = call.outcomes as Failure[];
    expect(failure?.code).toBe('TICKPEER_CANT_CONNECT');
    expect(failure?.message).toContain('game.example:9080');
    expect(failure?.message).toContain('ENETUNREACH 2001:db8::1');
    expect(failure?.message).toContain('ECONNREFUSED 192.0.2.1');
    expect(failure?.cause).toBeInstanceOf(AggregateError);
    expect(failure?.cause).toMatchObject({
      code: 'ENETUNREACH',
      errors: [{ code: 'ENETUNREACH' }, { code: 'ECONNREFUSED' }],
    });
    expect(call.clock.pendingTimers).toBe(0);
  });

  test('a single failed attempt is itself the cause', async () => {
    const call = fakeDial([FOUR('192.0.2.1')]);
    await call.fail(0);
    expect(call.outcomes).toMatchObject([{ code: 'TICKPEER_CANT_CONNECT', cause: { code: 'ECONNREFUSED' } }]);
  });

  test('a name that cannot be resolved, or has no address', () => {
    const error = Object.assign(new Error('getaddrinfo ENOTFOUND game.example'), { code: 'ENOTFOUND' });
    expect(fakeDial(error).outcomes).toMatchObject([{ code: 'TICKPEER_CANT_RESOLVE', cause: { code: 'ENOTFOUND' } }]);
    expect(fakeDial([]).outcomes).toMatchObject([{ code: 'TICKPEER_CANT_RESOLVE' }]);
  });

  test('the time limit ends everything, with the errors so far', async () => {
    const call = fakeDial([SIX('2001:db8::1'), FOUR('192.0.2.1')]);
    await call.fail(0);
    call.clock.advance(29_999);
    expect(call.outcomes).toEqual([]);
    call.clock.advance(1);
    expect(call.outcomes).toMatchObject([{ code: 'TICKPEER_CONNECT_TIMEOUT', cause: { code: 'ECONNREFUSED' } }]);
    expect(call.attempts[1]!.socket.destroyed).toBe(true);
    expect(call.clock.pendingTimers).toBe(0);
  });

  test('after a cancel nothing is reported', async () => {
    const call = fakeDial([SIX('2001:db8::1'), FOUR('192.0.2.1')]);
    call.clock.advance(250);
    call.cancel();
    call.connect(0);
    await until(() => call.attempts.every(({ socket }) => socket.closed));
    call.clock.advance(60_000);
    expect(call.outcomes).toEqual([]);
    expect(call.clock.pendingTimers).toBe(0);
  });

  test.each([
    ['127.0.0.1', ['127.0.0.1']],
    ['::1', ['::1']],
    ['[::1]', ['::1']],
    ['fe80::1%lo', ['fe80::1%lo']],
    ['localhost', ['::1', '127.0.0.1']],
    ['LOCALHOST.', ['::1', '127.0.0.1']],
    ['game.localhost', ['::1', '127.0.0.1']],
  ])('%s needs no resolver', (host, expected) => {
    const call = fakeDial(new Error('not to be asked'), { host });
    call.clock.advance(250);
    expect(call.lookedUp).toEqual([]);
    expect(call.hosts()).toEqual(expected);
    call.cancel();
  });

  test('a local address excludes the other family', async () => {
    const call = fakeDial([SIX('2001:db8::1'), FOUR('192.0.2.1')], { localAddress: '127.0.0.1', localPort: 5000 });
    expect(call.hosts()).toEqual(['192.0.2.1']);
    expect(call.attempts[0]!.options).toMatchObject({ localAddress: '127.0.0.1', localPort: 5000 });
    call.cancel();
    const none = fakeDial([SIX('2001:db8::1')], { localAddress: '127.0.0.1' });
    expect(none.outcomes).toEqual([]);
    await until(() => none.outcomes.length > 0);
    expect(none.outcomes).toMatchObject([{ code: 'TICKPEER_CANT_CONNECT' }]);
  });
});
