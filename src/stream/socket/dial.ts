import { type LookupAddress, lookup } from 'node:dns';
import { connect, isIP, type NetConnectOpts, type Socket } from 'node:net';
import type { Clock } from '../../clock.ts';
import { type Failure, failed } from '../../failure.ts';
import { Overdue } from '../runtime/overdue.ts';

/** Where to connect. */
export interface DialTarget {
  /** A name, or an IP address; IPv6 with or without brackets and zone. */
  host: string;
  port: number;
  /** Milliseconds for the look-up and all attempts together; `Infinity` for no limit. */
  timeLimit: number;
  /** The local address and port. Default: any. With one, addresses of the other family are not tried. */
  localAddress?: string;
  localPort?: number;
}

/** The system's functions, replaceable in tests. */
export interface DialEnvironment {
  /** All addresses of a name, best first. Default: the system's resolver (`dns.lookup`), its order kept. */
  lookup?: (host: string, done: (error: Error | null, addresses: LookupAddress[]) => void) => void;
  /** A socket that has begun to connect. Default: `net.connect`. */
  connect?: (options: NetConnectOpts) => Socket;
  /** Milliseconds from one attempt to the next while none has failed. Default: 250, RFC 8305 section 8. */
  attemptDelay?: number;
}

/**
 * Connects to a host and tries all its addresses as in RFC 8305 ("happy eyeballs"): families alternate, a new attempt
 * starts when the last one failed or after 250 ms, and when one has connected the others are dropped. A family that does
 * not work costs 250 ms. (Node's `autoSelectFamily` abandons each attempt after 250 ms.)
 *
 * `done` is called once and never from inside `dial`: with the connected socket (paused, half-open allowed, no delay; it
 * needs a listener for errors before `done` returns), or with a failure: `TICKPEER_CANT_RESOLVE`, `TICKPEER_CANT_CONNECT` or
 * `TICKPEER_CONNECT_TIMEOUT`. Its cause is the error of the attempt, or an `AggregateError` of several. Returns a function
 * that stops connecting: `done` is then never called.
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
  /** The sockets that are connecting, each with its listener for errors. */
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

  /** Ends all attempts, and calls `done` with `outcome` unless it is null. */
  stop(outcome: Socket | Failure | null): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#clock.clearTimeout(this.#limitTimer);
    this.#clock.clearTimeout(this.#nextTimer);
    const attempts = [...this.#attempts];
    this.#attempts.clear();
    // The others keep their listener: a late error without one would end the process.
    for (const [attempt] of attempts) if (attempt !== outcome) attempt.destroy();
    if (outcome !== null) this.#done(outcome);
    // The connected socket has its owner's listeners now. Ours would keep this object alive.
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
    // Nothing is read before the owner needs it.
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

/** Addresses that need no resolver: literals, and `localhost`, which is always loopback (RFC 6761 6.3). */
function knownAddresses(host: string): LookupAddress[] | null {
  const family = isIP(host);
  if (family !== 0) return [{ address: host, family }];
  if (!/^(.+\.)?localhost\.?$/i.test(host)) return null;
  return [
    { address: '::1', family: 6 },
    { address: '127.0.0.1', family: 4 },
  ];
}

/** Alternates the families, starting with that of the first address; the order in each stays (RFC 8305 section 4). */
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

/** A single error itself; several as one with the first one's `code`, as in Node. */
function gather(errors: readonly NodeJS.ErrnoException[]): Error {
  const [first] = errors;
  if (first !== undefined && errors.length === 1) return first;
  return Object.assign(new AggregateError(errors, describe(errors)), { code: first?.code });
}
