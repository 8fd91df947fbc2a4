import type { IncomingMessage } from 'node:http';
import { nodeHttp } from '../../stream/index.ts';
import type { AttachableServer } from './http-attachment.ts';
import { interpose } from './interposed.ts';

/**
 * Whether Node is to upgrade a request's connection for us, which is asked when the request's head is read and nothing else has
 * happened to it. When the answer is no, Node decides as it does without us.
 */
export type UpgradeRule = (request: IncomingMessage) => boolean;

type UpgradeCallback = (this: unknown, request: IncomingMessage) => boolean;

/**
 * Asks `rule` about every upgrade that an HTTP/1.1 client requests, before Node decides about it: an upgrade takes the connection
 * away from Node's parser for good, and with it the request's body and all that is pipelined behind it. Returns a function that ends this; null where the
 * HTTP server offers no way, and then an 'upgrade' event comes for every request.
 *
 * From Node 24.9 on, servers have `shouldUpgradeCallback`. Before, Node makes each request from a class that is kept on the server (the option
 * `IncomingMessage` of `createServer`) under a symbol of its own; its `upgrade` is read for the first time at the moment that matters.
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
  // HTTP/2 servers of Node 20 get it with their first HTTP/1.1 connection.
  if (key === null || !(key in server || 'updateSettings' in server)) return null;
  return interpose<typeof IncomingMessage>(server, key, (theirs = nodeHttp().IncomingMessage) => noticed(theirs, rule));
}

let knownKey: symbol | null | undefined;

/** The symbol under which servers keep the class of their requests; null where they do not. */
function classKey(): symbol | null {
  if (knownKey === undefined) {
    const isClass = ({ description }: symbol): boolean => description === 'IncomingMessage';
    knownKey = Object.getOwnPropertySymbols(nodeHttp().createServer()).find(isClass) ?? null;
  }
  return knownKey;
}

/** `Base`, whose `upgrade` asks `rule` when it is read for the first time after the parser has set it to true. */
function noticed(Base: typeof IncomingMessage, rule: UpgradeRule): typeof IncomingMessage {
  const unasked = new WeakSet<IncomingMessage>();
  class NoticedMessage extends Base {
    /** Only until it is known: then each request has the plain property that it has without us. */
    get upgrade(): boolean | null {
      if (!unasked.delete(this)) return null;
      setUpgrade(this, true);
      rule(this);
      return true;
    }

    set upgrade(value: boolean | null) {
      // The parser sets it before the headers and the method; null comes from the constructor.
      if (value === true) unasked.add(this);
      else if (value !== null) setUpgrade(this, value);
    }
  }
  Object.defineProperty(NoticedMessage, 'name', { value: Base.name });
  return NoticedMessage;
}

/** Made once: every request needs one. */
const UPGRADED: PropertyDescriptor = { configurable: true, enumerable: true, writable: true, value: true };
const NOT_UPGRADED: PropertyDescriptor = { ...UPGRADED, value: false };

function setUpgrade(request: IncomingMessage, value: boolean): void {
  Object.defineProperty(request, 'upgrade', value ? UPGRADED : NOT_UPGRADED);
}
