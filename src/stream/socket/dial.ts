import { type LookupAddress, lookup } from 'node:dns';
import { connect, isIP, type NetConnectOpts, type Socket } from 'node:net';
import type { Clock } from '../../clock.ts';
import { type Failure, failed } from '../../failure.ts';
import { Overdue } from '../runtime/overdue.ts';

/** Whom to call. */
export interface DialTarget {
  /** A name, or an IP address; IPv6 with or without brackets and zone. */
  host: string;
  port: number;
  /** Milliseconds for the look-up and all attempts together; `Infinity` for no limit. */
  timeLimit: number;
  /** The local address and port to call from. Default: any. Addresses of the other family are then left out. */
  localAddress?: string;
  localPort?: number;
}

/** The outside world, replaceable in tests. */
export interface DialEnvironment {
  /** All addresses of a name, best first. Default: the system's resolver (`dns.lookup`), its order kept. */
  lookup?: (host: string, done: (error: Error | null, addresses: LookupAddress[]) => void) => void;
  /** A socket that has begun to connect. Default: `net.connect`. */
  connect?: (options: NetConnectOpts) => Socket;
  /** Milliseconds from one attempt to the next while none has failed. Default: 250, RFC 8305 section 8. */
  attemptDelay?: number;
}

/**
 * Connects to a host, all its addresses being tried as RFC 8305 ("happy eyeballs") says: families alternate, a new
 * attempt starts when the last one failed or after 250 ms, the first to connect wins and the others are dropped. A dead
 * family so costs a quarter of a second. (Node's own `autoSelectFamily` gives each attempt 250 ms and then abandons it.)
 *
 * `done` is called once and never from inside `dial`: with the connected socket (paused, half-open allowed, no delay; it
 * needs a listener for errors before `done` returns), or with a failure: `TICKPEER_CANT_RESOLVE`, `TICKPEER_CANT_CONNECT` or `TICKPEER_CONNECT_TIMEOUT`, its cause the error of
 * the one attempt, or an `AggregateError` of several. Returns a function that gives up: `done` is then never called.
 */
export function dial(
  target: DialTarget,
  clock: Clock,
  done: (outcome: Socket | Failure) => void,
  environment: DialEnvironment = {},
): () => void {
  const call = new Dial(target, clock, done, environment);
  call.start();
  return () => call.stop(null);
}

class Dial {
  readonly #target: DialTarget;
  readonly #clock: Clock;
  readonly #done: (outcome: Socket | Failure) => void;
  readonly #lookup: NonNullable<DialEnvironment['lookup']>;
  readonly #connect: NonNullable<DialEnvironment['connect']>;
  readonly #attemptDelay: number;
  #isOver = false;
  /** Not tried yet, in order. */
  #addresses: LookupAddress[] = [];
  /** Under way, each with its listener for errors. */
  readonly #attempts = new Map<Socket, (error: Error) => void>();
  readonly #errors: NodeJS.ErrnoException[] = [];
  #limitTimer: unknown;
  #nextTimer: unknown;

  constructor(
    target: DialTarget,
    clock: Clock,
    done: (outcome: Socket | Failure) => void,
    environment: DialEnvironment,
  ) {
    this.#target = target;
    this.#clock = clock;
    this.#done = done;
    this.#lookup = environment.lookup ?? systemLookup;
    this.#connect = environment.connect ?? ((options) => connect(options));
    this.#attemptDelay = environment.attemptDelay ?? 250;
  }

  start(): void {
    const { timeLimit } = this.#target;
    if (timeLimit !== Number.POSITIVE_INFINITY) {
      const overdue = new Overdue(this.#clock);
      const deadline = this.#clock.now() + timeLimit;
      this.#limitTimer = this.#clock.setTimeout(() => this.#lookAtLimit(deadline, overdue), timeLimit);
    }
    const host = this.#target.host.replace(/^\[(.*)\]$/, '$1');
    const known = knownAddresses(host);
    if (known !== null) this.#begin(known);
    else this.#lookup(host, (error, addresses) => this.#onResolved(error, addresses));
  }

  /** Ends everything, and tells `outcome` unless it is null. */
  stop(outcome: Socket | Failure | null): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#clock.clearTimeout(this.#limitTimer);
    this.#clock.clearTimeout(this.#nextTimer);
    const attempts = [...this.#attempts];
    this.#attempts.clear();
    // The losers keep their listener: a late error that nobody listens to would end the process.
    for (const [attempt] of attempts) if (attempt !== outcome) attempt.destroy();
    if (outcome !== null) this.#done(outcome);
    // The winner has listeners of its owner's by now, and drops ours, which would keep this object alive.
    for (const [attempt, onError] of attempts) if (attempt === outcome) attempt.off('error', onError);
  }

  #onResolved(error: Error | null, addresses: LookupAddress[]): void {
    if (this.#isOver) return;
    if (error === null && addresses.length > 0) {
      this.#begin(addresses);
      return;
    }
    const reason = error === null ? 'it has no address' : error.message;
    this.stop(
      failed('TICKPEER_CANT_RESOLVE', `the name "${this.#target.host}" could not be resolved: ${reason}`, error),
    );
  }

  #begin(addresses: LookupAddress[]): void {
    const { localAddress } = this.#target;
    const family = localAddress === undefined ? 0 : isIP(localAddress);
    this.#addresses = alternate(addresses.filter((address) => family === 0 || address.family === family));
    if (this.#addresses.length > 0) {
      this.#tryNext();
      return;
    }
    const message = `"${this.#target.host}" has no address of the family of the local address ${localAddress}`;
    // Literal addresses get here inside dial().
    this.#clock.atTurnEnd(() => this.stop({ code: 'TICKPEER_CANT_CONNECT', message }));
  }

  #tryNext(): void {
    this.#clock.clearTimeout(this.#nextTimer);
    const next = this.#addresses.shift();
    if (next === undefined) {
      if (this.#attempts.size === 0) this.stop(this.#allFailed());
      return;
    }
    const { port, localAddress, localPort } = this.#target;
    const attempt = this.#connect({
      host: next.address,
      port,
      family: next.family,
      autoSelectFamily: false,
      allowHalfOpen: true,
      noDelay: true,
      ...(localAddress === undefined ? {} : { localAddress }),
      ...(localPort === undefined ? {} : { localPort }),
    });
    const onError = (error: Error) => this.#onAttemptFailed(attempt, error);
    this.#attempts.set(attempt, onError);
    // Nothing is read before the winner's owner asks.
    attempt.pause();
    attempt.once('connect', () => this.#onConnected(attempt));
    attempt.on('error', onError);
    if (this.#addresses.length > 0) {
      this.#nextTimer = this.#clock.setTimeout(() => this.#tryNext(), this.#attemptDelay);
    }
  }

  #onConnected(attempt: Socket): void {
    if (this.#isOver) attempt.destroy();
    else this.stop(attempt);
  }

  #onAttemptFailed(attempt: Socket, error: Error): void {
    if (this.#isOver || !this.#attempts.delete(attempt)) return;
    this.#errors.push(error);
    this.#tryNext();
  }

  #lookAtLimit(deadline: number, overdue: Overdue): void {
    const now = this.#clock.now();
    if (overdue.isOver(now, deadline)) {
      this.#onTimeLimit();
      return;
    }
    const delay = Math.max(0, overdue.nextLook(deadline) - now);
    this.#limitTimer = this.#clock.setTimeout(() => this.#lookAtLimit(deadline, overdue), delay);
  }

  #onTimeLimit(): void {
    const { host, port, timeLimit } = this.#target;
    const errors = this.#errors;
    const attempts = errors.length > 0 ? ` (${describe(errors)})` : '';
    const message = `no connection to ${host}:${port} within ${timeLimit / 1000} s${attempts}`;
    this.stop(failed('TICKPEER_CONNECT_TIMEOUT', message, errors.length > 0 ? gather(errors) : null));
  }

  #allFailed(): Failure {
    const { host, port } = this.#target;
    const message = `could not connect to ${host}:${port}: ${describe(this.#errors)}`;
    return failed('TICKPEER_CANT_CONNECT', message, gather(this.#errors));
  }
}

const systemLookup: NonNullable<DialEnvironment['lookup']> = (host, done) => {
  lookup(host, { all: true, order: 'verbatim' }, (error, addresses) => done(error, addresses));
};

/** Addresses that need no resolver: literals, and `localhost`, which is loopback by RFC 6761 6.3 whatever DNS says. */
function knownAddresses(host: string): LookupAddress[] | null {
  const family = isIP(host);
  if (family !== 0) return [{ address: host, family }];
  if (!/^(.+\.)?localhost\.?$/i.test(host)) return null;
  return [
    { address: '::1', family: 6 },
    { address: '127.0.0.1', family: 4 },
  ];
}

/** The families in turns, beginning with the first address's, the order within each kept: RFC 8305 section 4. */
function alternate(addresses: LookupAddress[]): LookupAddress[] {
  const first = addresses.filter((address) => address.family === addresses[0]?.family);
  const second = addresses.filter((address) => address.family !== addresses[0]?.family);
  const result: LookupAddress[] = [];
  for (let index = 0; index < Math.max(first.length, second.length); index++) {
    result.push(...first.slice(index, index + 1), ...second.slice(index, index + 1));
  }
  return result;
}

function describe(errors: readonly Error[]): string {
  return errors.map((error) => error.message).join('; ');
}

/** One error as it is; several as one that shows the first one's `code`, as Node's own does. */
function gather(errors: readonly NodeJS.ErrnoException[]): Error {
  const [first] = errors;
  if (first !== undefined && errors.length === 1) return first;
  return Object.assign(new AggregateError(errors, describe(errors)), { code: first?.code });
}
