import { ErrorCode, type FailureCode } from 'tickpeer';
import { begin, ending, equal, holds, type Step, untilClosed, type Where, withPeer } from '../step.ts';

/** Connections that do not open: refused by the peer, by the network, or by the server. A browser is told none of the reasons. */
export const REFUSED: readonly Step[] = [
  {
    name: 'connecting to a port without a listener',
    run: (where) => failsToOpen(where, where.unused, ['TICKPEER_CANT_CONNECT']),
  },
  {
    name: 'a server that answers 404',
    run: (where) => failsToOpen(where, where.refusing, ['TICKPEER_HANDSHAKE_STATUS']),
  },
  {
    name: 'no sub-protocol in common',
    run: (where) =>
      failsToOpen(
        where,
        `${where.protocols}/echo`,
        // A server may refuse, or leave it to the client to do so.
        ['TICKPEER_HANDSHAKE_STATUS', 'TICKPEER_HANDSHAKE_PROTOCOL'],
        { supportedProtocols: ['poker'] },
      ),
  },
  {
    name: 'wss with a certificate that is not trusted',
    run: (where) => failsToOpen(where, where.untrusted, ['TICKPEER_TLS_CERTIFICATE']),
  },
  {
    name: 'ws to a server that speaks TLS',
    run: (where) =>
      failsToOpen(where, where.trusted.replace('wss:', 'ws:'), [
        'TICKPEER_CONNECTION_LOST',
        'TICKPEER_CONNECTION_RESET',
        'TICKPEER_HANDSHAKE_MALFORMED',
        'TICKPEER_HANDSHAKE_STATUS',
      ]),
  },
  ...[
    '',
    'http://127.0.0.1/',
    'ws://',
    'ws://127.0.0.1:0/',
    'ws://127.0.0.1:65536/',
    'ws://a b/',
    'ws://a/\n',
    'ws://[::1',
  ].map(
    (url): Step => ({
      name: `the URL ${JSON.stringify(url)} is invalid`,
      run: () =>
        withPeer(async (peer) => {
          equal(ErrorCode[peer.connectToUrl(url)], 'ERR_INVALID_PARAMETER', 'result');
          equal(ending(peer), { code: -1, reason: '', failure: 'TICKPEER_INVALID_URL' }, 'ending');
        }),
    }),
  ),
  ...[['a b'], ['twice', 'twice'], [''], ['naïve'], ['a,b']].map(
    (protocols): Step => ({
      name: `the sub-protocols ${JSON.stringify(protocols)} are invalid`,
      run: (where) =>
        withPeer(
          async (peer) => {
            equal(ErrorCode[peer.connectToUrl(where.plain)], 'ERR_INVALID_PARAMETER', 'result');
            equal(ending(peer), { code: -1, reason: '', failure: 'TICKPEER_INVALID_PROTOCOL' }, 'ending');
          },
          { supportedProtocols: protocols },
        ),
    }),
  ),
];

/** `codes` are the reasons in Node; a browser only knows that it could not connect. */
async function failsToOpen(
  where: Where,
  url: string,
  codes: readonly FailureCode[],
  options: { supportedProtocols?: string[] } = {},
): Promise<void> {
  await withPeer(async (peer) => {
    begin(peer, url);
    await untilClosed(peer);
    const { code, reason, failure } = ending(peer);
    equal([code, reason], [-1, ''], 'close code and reason');
    const expected: readonly string[] = where.platform === 'browser' ? ['TICKPEER_CANT_CONNECT'] : codes;
    holds(expected.includes(failure ?? ''), `the failure is one of ${expected} (${failure})`);
    holds((peer.getLastFailure()?.message ?? '') !== '', 'the failure has a message');
  }, options);
}
