import type { IncomingMessage } from 'node:http';
import { nodeHttp } from '../../stream/index.ts';
import type { AttachableServer } from './http-attachment.ts';
import { interpose } from './interposed.ts';

/**
 * Returns whether Node has to upgrade a request's connection for this package; called as soon as the request's head is read. For
 * false, Node decides by itself.
 */
export type UpgradeRule = (request: IncomingMessage) => boolean;

type UpgradeCallback = (this: unknown, request: IncomingMessage) => boolean;

/**
 * Calls `rule` for every upgrade that an HTTP/1.1 client requests, before Node decides about it: an upgrade detaches the connection
 * from Node's parser for good, and with it the request's body and pipelined requests. Returns a function that ends this; null where the
 * HTTP server offers no way, and then every request for an upgrade causes an 'upgrade' event.
 *
 * Since Node 24.9, servers have `shouldUpgradeCallback`. Before, Node makes each request from a class that the server keeps (the option
 * `IncomingMessage` of `createServer`) under a symbol; Node reads its `upgrade` for the first time when it decides.
 */
export function watchUpgrades(server: AttachableServer, rule: UpgradeRule): (() => void) | null {
  if ('shouldUpgradeCallback' in server) {
    return interpose<UpgradeCallback>(server, 'shouldUpgradeCallback', (theirs) => {
      return function (this: unknown, request) {
        return rule(request) || theirs?.call(this, request) === true;
      };
    });
  }
  const key = classKey();
  // HTTP/2 servers of Node 20 have the symbol after their first HTTP/1.1 connection.
  if (key === null || !(key in server || 'updateSettings' in server)) return null;
  return interpose<typeof IncomingMessage>(server, key, (theirs = nodeHttp().IncomingMessage) => noticed(theirs, rule));
}

let knownKey: symbol | null | undefined;

/** The symbol under which servers keep the class of their requests; null where there is none. */
function classKey(): symbol | null {
  if (knownKey === undefined) {
    const isClass = ({ description }: symbol): boolean => description === 'IncomingMessage';
    knownKey = Object.getOwnPropertySymbols(nodeHttp().createServer()).find(isClass) ?? null;
  }
  return knownKey;
}

/** `Base`, whose `upgrade` calls `rule` when it is read for the first time after the parser set it to true. */
function noticed(Base: typeof IncomingMessage, rule: UpgradeRule): typeof IncomingMessage {
  const unasked = new WeakSet<IncomingMessage>();
  class NoticedMessage extends Base {
    /** Until the first read; afterwards the request has a plain property, as without this class. */
    get upgrade(): boolean | null {
      if (!unasked.delete(this)) return null;
      setUpgrade(this, true);
      rule(this);
      return true;
    }

    set upgrade(value: boolean | null) {
      // The parser sets true before the headers and the method; the constructor sets null.
      if (value === true) unasked.add(this);
      else if (value !== null) setUpgrade(this, value);
    }
  }
  Object.defineProperty(NoticedMessage, 'name', { value: Base.name });
  return NoticedMessage;
}

/** Shared by all requests. */
const UPGRADED: PropertyDescriptor = { configurable: true, enumerable: true, writable: true, value: true };
const NOT_UPGRADED: PropertyDescriptor = { ...UPGRADED, value: false };

function setUpgrade(request: IncomingMessage, value: boolean): void {
  Object.defineProperty(request, 'upgrade', value ? UPGRADED : NOT_UPGRADED);
}
