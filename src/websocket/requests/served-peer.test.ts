import { expect, test } from 'vitest';
import { FakeClock } from '../../../test/support/fake-clock.ts';
import { isFailure } from '../../failure.ts';
import { StreamPeerMemory } from '../../stream/index.ts';
import type { Refusal } from '../session/server-opening.ts';
import { changed, DEFAULT_SETTINGS } from '../settings/peer-settings.ts';
import { State } from '../state.ts';
import { ServedPeer, Stage } from './served-peer.ts';

const UPGRADE =
  'GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n' +
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';

/** A served peer, and in `log` what its gate and its owner are told. */
function make({ verdict = null as Refusal | 'ask' | null, settings = DEFAULT_SETTINGS } = {}) {
  const [client, stream] = StreamPeerMemory.pair();
  const log: string[] = [];
  const clock = new FakeClock();
  const served = ServedPeer.on(stream, {
    clock,
    settings,
    gate: {
      judge: (_served, { path }) => {
        log.push(`judge ${path}`);
        return verdict;
      },
      answerPlain: (path) => (path === '/health' ? { status: 200, body: 'ok' } : null),
      keepEarly: (_served, size) => {
        log.push(`early ${size}`);
        return null;
      },
      accept: () => void log.push('accept'),
      end: () => void log.push('gate end'),
    },
    owner: {
      onServedPeerWake: (_served, isInCall) => void log.push(`wake ${isInCall}`),
      onHandshakeEnd: (_served, isPlain) => void log.push(`end ${isPlain}`),
    },
  });
  return { served, client, stream, log, clock };
}

function begun(verdict: Refusal | 'ask' | null = null) {
  const scene = make({ verdict });
  const { served, client, log, clock } = scene;
  if (isFailure(served)) throw new Error(served.message);
  served.begin();
  log.length = 0;
  /** Sends `text`, and returns what came back. */
  const send = (text: string): string => {
    client.putData(Buffer.from(text, 'latin1'));
    client.poll();
    clock.endTurn();
    client.poll();
    return Buffer.from(client.getPartialData(10_000)[1]).toString('latin1');
  };
  return { ...scene, served, send };
}

test('settings that cannot be sent are a failure, and the stream is untouched', () => {
  const { served, client, stream } = make({ settings: changed(DEFAULT_SETTINGS, 'handshakeHeaders', ['no colon']) });
  expect(isFailure(served)).toBe(true);
  client.putData(Uint8Array.of(1, 2));
  client.poll();
  expect(stream.getAvailableBytes()).toBe(2);
});

test('a new one reads its request, and counts nowhere', () => {
  const { served } = make();
  if (isFailure(served)) throw new Error(served.message);
  expect(served).toMatchObject({
    stage: Stage.READING,
    state: State.STATE_CONNECTING,
    isPending: true,
    isQueued: false,
    isForgotten: false,
    deadline: Number.POSITIVE_INFINITY,
  });
});

test('it wakes its owner once between two polls', () => {
  const { served, log } = begun();
  served.isQueued = false;
  served.onPeerWake(false);
  served.onPeerWake(true);
  expect(log).toEqual(['wake false']);
  served.isQueued = false;
  served.onPeerWake(true);
  expect(log).toEqual(['wake false', 'wake true']);
});

test('a forgotten one wakes nobody', () => {
  const { served, log, send } = begun();
  served.isQueued = false;
  served.forget();
  served.onPeerWake(false);
  send(UPGRADE);
  expect(log.filter((line) => line.startsWith('wake'))).toEqual([]);
});

test('an accepted request opens with the next poll', () => {
  const { served, log, send } = begun();
  expect(send(UPGRADE)).toMatch(/^HTTP\/1\.1 101 /);
  expect(log[0]).toBe('judge /');
  expect(served.peer.getReadyState()).toBe(State.STATE_CONNECTING);
  served.poll();
  expect(served.peer.getReadyState()).toBe(State.STATE_OPEN);
});

test('the gate is told that the handshake has ended before the owner is', () => {
  const { log, send } = begun({ status: 403, body: 'No.' });
  expect(send(UPGRADE)).toMatch(/^HTTP\/1\.1 403 /);
  expect(log.filter((line) => !line.startsWith('wake'))).toEqual(['judge /', 'gate end', 'end false']);
});

test('a plain request gets the gate’s response', () => {
  const { log, send } = begun();
  expect(send('GET /health HTTP/1.1\r\nHost: a\r\n\r\n')).toMatch(/^HTTP\/1\.1 200 [\s\S]*ok$/);
  expect(log.filter((line) => !line.startsWith('wake'))).toEqual(['gate end', 'end true']);
});

test('a request that waits keeps early bytes, and its acceptance reaches the gate', () => {
  const { served, log, send } = begun('ask');
  send(UPGRADE);
  send('abc');
  expect(served.opening.acceptAsked({})).toBeNull();
  expect(log.filter((line) => !line.startsWith('wake'))).toEqual(['judge /', 'early 3', 'accept']);
});

test('refuse sends the response, and the peer ends with the failure', () => {
  const { served, send } = begun();
  served.refuse({ status: 503, body: 'Full.' }, { code: 'TICKPEER_HANDSHAKE_REFUSED', message: 'full' });
  expect(send('')).toMatch(/^HTTP\/1\.1 503 [\s\S]*Full\.$/);
  served.poll();
  expect(served.peer.getReadyState()).toBe(State.STATE_CLOSED);
  expect(served.peer.getLastFailure()).toMatchObject({ message: 'full' });
});
