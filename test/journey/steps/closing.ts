import { State, WebSocketPeer } from 'tickpeer';
import type { Note } from '../script.ts';
import {
  begin,
  ending,
  equal,
  holds,
  pollUntil,
  receive,
  type Step,
  send,
  untilClosed,
  untilOpen,
  type Where,
  withOpenPeer,
  withPeer,
} from '../step.ts';
import { throwsA } from './packets.ts';

/** What a browser sends for a code that it may not send. */
const BROWSER_OFFSET = 2000;
/** The code of `close(-1)` in a browser, which cannot end TCP without a Close frame. */
const BROWSER_DROP = 3006;

/** How each side can end a connection. */
export const CLOSING: readonly Step[] = [
  ...[1000, 3000, 4999, 1001].map(
    (code): Step => ({
      name: `close(${code}) tells the server code and reason`,
      run: async (where) => {
        const onWire = where.platform === 'browser' && code === 1001 ? code + BROWSER_OFFSET : code;
        const id = newId();
        await withOpenPeer(where, `/note?id=${id}`, async (peer) => {
          send(peer, 'before');
          peer.close(code, 'schön war’s');
          equal(State[peer.getReadyState()], 'STATE_CLOSING', 'state');
          await untilClosed(peer);
          equal(ending(peer).failure, null, 'failure');
          holds(
            [code, onWire].includes(peer.getCloseCode()),
            `the answer has the code ${code} (${peer.getCloseCode()})`,
          );
        });
        equal(await noted(where, id), { messages: 1, code: onWire, reason: 'schön war’s' }, 'what the server saw');
      },
    }),
  ),
  {
    name: 'a reason above 123 bytes is cut at a border of characters',
    run: async (where) => {
      const id = newId();
      await withOpenPeer(where, `/note?id=${id}`, async (peer) => {
        peer.close(4000, '€'.repeat(42));
        await untilClosed(peer);
      });
      equal(await noted(where, id), { messages: 0, code: 4000, reason: '€'.repeat(41) }, 'what the server saw');
    },
  },
  {
    name: 'what was sent before close() arrives',
    run: async (where) => {
      const id = newId();
      await withOpenPeer(where, `/note?id=${id}`, async (peer) => {
        for (let i = 0; i < 50; i++) send(peer, new Uint8Array(1000));
        peer.close();
        await untilClosed(peer);
      });
      equal(await noted(where, id), { messages: 50, code: 1000, reason: '' }, 'what the server saw');
    },
  },
  ...[1000, 1001, 1011, 3000, 4999].map(
    (code): Step => ({
      name: `the server closes with ${code}`,
      run: (where) =>
        withOpenPeer(where, `/close?code=${code}&reason=${encodeURIComponent('auf Wiederhören')}`, async (peer) => {
          send(peer, 'close');
          await untilClosed(peer);
          equal(ending(peer), { code, reason: 'auf Wiederhören', failure: null }, 'ending');
        }),
    }),
  ),
  {
    name: 'a Close without a code is 1005',
    run: (where) =>
      withOpenPeer(where, '/close-empty', async (peer) => {
        send(peer, 'close');
        await untilClosed(peer);
        equal(ending(peer), { code: 1005, reason: '', failure: null }, 'ending');
      }),
  },
  {
    // A browser does not call this end clean, though there was a closing handshake.
    name: 'a Close that finds messages waiting to be sent has its code',
    run: (where) =>
      withOpenPeer(
        where,
        '/close?code=4321&reason=enough',
        async (peer) => {
          for (let i = 0; i < 100; i++) send(peer, new Uint8Array(60_000));
          await untilClosed(peer);
          equal(ending(peer), { code: 4321, reason: 'enough', failure: null }, 'ending');
        },
        { outboundBufferSize: 8_000_000 },
      ),
  },
  {
    name: 'packets right before the Close stay readable in CLOSED',
    run: (where) =>
      withOpenPeer(where, '/burst-then-close?count=20&size=100&code=4003&reason=done', async (peer) => {
        await untilClosed(peer);
        equal(ending(peer), { code: 4003, reason: 'done', failure: null }, 'ending');
        equal([...peer.packets()].length, 20, 'packets');
        equal(peer.getAvailablePacketCount(), 0, 'packets left');
      }),
  },
  {
    name: 'a loop that reads only while OPEN loses nothing',
    run: (where) =>
      withPeer(async (peer) => {
        let count = 0;
        begin(peer, `${where.plain}/burst-then-close?count=20&size=100&code=4003`);
        await pollUntil(
          peer,
          () => {
            if (peer.getReadyState() === WebSocketPeer.STATE_OPEN) count += [...peer.packets()].length;
            return peer.getReadyState() === WebSocketPeer.STATE_CLOSED;
          },
          'it is CLOSED',
        );
        equal(count, 20, 'packets');
      }),
  },
  {
    name: 'close(-1) is CLOSED at once',
    run: async (where) => {
      const id = newId();
      await withOpenPeer(where, `/note?id=${id}`, async (peer) => {
        peer.close(-1);
        equal(State[peer.getReadyState()], 'STATE_CLOSED', 'state');
        equal(ending(peer), { code: -1, reason: '', failure: 'TICKPEER_DROPPED' }, 'ending');
      });
      const { code } = await noted(where, id);
      equal(code, where.platform === 'browser' ? BROWSER_DROP : -1, 'what the server saw');
    },
  },
  {
    name: 'ends again and again with messages under way, by close() and by close(-1)',
    run: (where) =>
      withPeer(async (peer) => {
        for (let round = 0; round < 20; round++) {
          begin(peer, `${where.plain}/note?id=${newId()}`);
          await untilOpen(peer);
          for (let i = 0; i < 20; i++) send(peer, new Uint8Array(1000));
          peer.close(round % 2 === 0 ? 1000 : -1);
          await untilClosed(peer);
          equal(peer.getCloseCode(), round % 2 === 0 ? 1000 : -1, 'close code');
        }
      }),
  },
  {
    name: 'close() while CONNECTING is CLOSED at once',
    run: (where) =>
      withOpenPeer(where, '/echo', async (peer) => {
        const other = new WebSocketPeer();
        other.connectToUrl(`${where.plain}/echo`);
        other.close();
        equal(State[other.getReadyState()], 'STATE_CLOSED', 'state');
        equal(ending(other), { code: -1, reason: '', failure: 'TICKPEER_DROPPED' }, 'ending');
        // The time that a late "open" would have needed.
        send(peer, 'x');
        await receive(peer, 1);
        other.poll();
        equal(State[other.getReadyState()], 'STATE_CLOSED', 'state later');
      }),
  },
  ...(['plain', 'trusted'] as const).map(
    (address): Step => ({
      name: `a server that is gone without a Close, ${address}, is -1 with a failure`,
      run: (where) =>
        withPeer(async (peer) => {
          begin(peer, `${where[address]}/gone`, where.trust);
          await untilOpen(peer);
          send(peer, 'go');
          await untilClosed(peer);
          const { code, reason, failure } = ending(peer);
          equal([code, reason], [-1, ''], 'close code and reason');
          const expected = ['TICKPEER_CONNECTION_LOST', 'TICKPEER_CONNECTION_RESET'];
          holds(expected.includes(failure ?? ''), `the failure is one of ${expected} (${failure})`);
        }),
    }),
  ),
  {
    name: 'a code that may not be sent throws',
    run: (where) =>
      withOpenPeer(where, '/echo', async (peer) => {
        for (const code of [0, 999, 1004, 1005, 1006, 1015, 2999, 5000, Number.NaN]) {
          holds(
            throwsA(RangeError, () => peer.close(code)),
            `close(${code}) throws a RangeError`,
          );
        }
        equal(State[peer.getReadyState()], 'STATE_OPEN', 'state');
      }),
  },
  {
    name: 'Symbol.dispose drops the connection',
    run: (where) =>
      withOpenPeer(where, '/echo', async (peer) => {
        peer.onWake = () => {};
        peer[Symbol.dispose]();
        equal(State[peer.getReadyState()], 'STATE_CLOSED', 'state');
        equal(peer.onWake, null, 'onWake');
      }),
  },
];

/** Makes the notes of one run distinct from another's. */
function newId(): string {
  return crypto.getRandomValues(new Uint8Array(8)).join('-');
}

async function noted(where: Where, id: string): Promise<Note> {
  let note = '';
  await withOpenPeer(where, `/noted?id=${id}`, async (peer) => {
    note = String((await receive(peer, 1))[0]);
  });
  return JSON.parse(note);
}
