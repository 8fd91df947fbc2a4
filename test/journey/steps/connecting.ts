import { ErrorCode, State, WebSocketPeer } from 'tickpeer';
import {
  begin,
  ending,
  equal,
  holds,
  pollUntil,
  receive,
  type Step,
  send,
  turn,
  untilClosed,
  untilOpen,
  withOpenPeer,
  withPeer,
} from '../step.ts';

/** Connecting, and what is known when OPEN. */
export const CONNECTING: readonly Step[] = [
  {
    name: 'a fresh peer is CLOSED, and polling it does nothing',
    run: () =>
      withPeer(async (peer) => {
        peer.poll();
        equal(peer.getReadyState(), WebSocketPeer.STATE_CLOSED, 'state');
        equal(ending(peer), { code: -1, reason: '', failure: null }, 'ending');
        equal(peer.getAvailablePacketCount(), 0, 'packets');
        equal([...peer.packets()], [], 'packets');
        equal(peer.getRequestedUrl(), '', 'URL');
        equal([peer.getConnectedHost(), peer.getConnectedPort()], ['', 0], 'address');
        peer.close();
        equal(peer.getReadyState(), WebSocketPeer.STATE_CLOSED, 'state after close()');
      }),
  },
  {
    name: 'goes through CONNECTING, OPEN, CLOSING and CLOSED, in poll() only',
    run: (where) =>
      withPeer(async (peer) => {
        const states: string[] = [];
        const look = (): string => {
          const state = State[peer.getReadyState()];
          if (state !== states.at(-1)) states.push(state);
          return state;
        };
        begin(peer, `${where.plain}/echo`);
        look();
        await pollUntil(peer, () => look() === 'STATE_OPEN', 'it is OPEN');
        peer.close();
        look();
        await pollUntil(peer, () => look() === 'STATE_CLOSED', 'it is CLOSED');
        equal(states, ['STATE_CONNECTING', 'STATE_OPEN', 'STATE_CLOSING', 'STATE_CLOSED'], 'states');
        equal(ending(peer), { code: 1000, reason: '', failure: null }, 'ending');
      }),
  },
  {
    name: 'without a poll nothing moves, whatever arrives meanwhile',
    run: (where) =>
      withPeer(async (peer) => {
        let wakes = 0;
        peer.onWake = () => wakes++;
        begin(peer, `${where.plain}/size?bytes=5`);
        while (wakes === 0) await turn();
        equal(State[peer.getReadyState()], 'STATE_CONNECTING', 'state before the poll');
        await untilOpen(peer);
        const before = peer.getAvailablePacketCount();
        for (let i = 0; i < 20; i++) await turn();
        equal(peer.getAvailablePacketCount(), before, 'packets between two polls');
        equal((await receive(peer, 1)).length, 1, 'packets');
      }),
  },
  {
    name: 'is seen in OPEN even if the server closes at once',
    run: (where) =>
      withPeer(async (peer) => {
        const states = new Set<string>();
        begin(peer, `${where.plain}/close-at-once?code=4002`);
        await pollUntil(peer, () => states.add(State[peer.getReadyState()]).has('STATE_CLOSED'), 'it is CLOSED');
        holds(states.has('STATE_OPEN'), `OPEN before CLOSED (${[...states]})`);
        equal(ending(peer), { code: 4002, reason: '', failure: null }, 'ending');
      }),
  },
  {
    name: 'knows the URL it was given',
    run: (where) =>
      withOpenPeer(where, '/echo?a=b#c', async (peer) => {
        equal(peer.getRequestedUrl(), `${where.plain}/echo?a=b#c`, 'URL');
        equal(peer.getHandshakeRequest(), null, 'request, which only a server has');
      }),
  },
  {
    name: 'agrees on a sub-protocol',
    run: (where) =>
      withPeer(
        async (peer) => {
          equal(peer.supportedProtocols, ['poker', 'go'], 'supportedProtocols');
          begin(peer, `${where.protocols}/echo`);
          equal(peer.getSelectedProtocol(), '', 'protocol while CONNECTING');
          await untilOpen(peer);
          equal(peer.getSelectedProtocol(), 'go', 'protocol');
        },
        { supportedProtocols: ['poker', 'go'] },
      ),
  },
  {
    name: 'calls onWake when a poll would find something',
    run: (where) =>
      withPeer(async (peer) => {
        const seen: (string | Uint8Array)[] = [];
        const done = new Promise<void>((resolve) => {
          peer.onWake = () => {
            const before = peer.getReadyState();
            peer.poll();
            if (before === WebSocketPeer.STATE_CONNECTING && peer.getReadyState() === WebSocketPeer.STATE_OPEN) {
              send(peer, 'wake me');
            }
            for (const packet of peer.packets()) {
              seen.push(packet);
              peer.close(1000, 'thanks');
            }
            if (peer.getReadyState() === WebSocketPeer.STATE_CLOSED) resolve();
          };
        });
        begin(peer, `${where.plain}/echo`);
        await done;
        equal(seen, ['wake me'], 'packets');
        equal(ending(peer).code, 1000, 'close code');
      }),
  },
  {
    name: 'can be used again after CLOSED, and nothing of the last time is left',
    run: (where) =>
      withOpenPeer(where, '/close?code=4001&reason=first', async (peer) => {
        send(peer, 'close');
        await untilClosed(peer);
        equal(ending(peer), { code: 4001, reason: 'first', failure: null }, 'first ending');
        begin(peer, `${where.plain}/echo`);
        equal(ending(peer), { code: -1, reason: '', failure: null }, 'ending while CONNECTING');
        await untilOpen(peer);
        equal(peer.getStatistics().packetsSent, 0, 'packets sent');
        send(peer, 'second');
        equal(await receive(peer, 1), ['second'], 'packets');
      }),
  },
  {
    name: 'refuses a second connectToUrl while in use',
    run: (where) =>
      withPeer(async (peer) => {
        begin(peer, `${where.plain}/echo`);
        equal(ErrorCode[peer.connectToUrl(where.plain)], 'ERR_ALREADY_IN_USE', 'while CONNECTING');
        await untilOpen(peer);
        equal(ErrorCode[peer.connectToUrl(where.plain)], 'ERR_ALREADY_IN_USE', 'while OPEN');
        equal(peer.getLastFailure()?.code, 'TICKPEER_ALREADY_IN_USE', 'failure');
        send(peer, 'still here');
        equal(await receive(peer, 1), ['still here'], 'packets');
      }),
  },
  {
    name: 'wss with a certificate that is trusted',
    run: (where) =>
      withPeer(async (peer) => {
        begin(peer, `${where.trusted}/echo`, where.trust);
        await untilOpen(peer);
        send(peer, 'sealed');
        equal(await receive(peer, 1), ['sealed'], 'packets');
        peer.close(4000, 'enough');
        await untilClosed(peer);
        equal(ending(peer), { code: 4000, reason: 'enough', failure: null }, 'ending');
      }),
  },
];
