import { expect, test } from 'vitest';
import type { HandshakeRequest } from '../../protocol/index.ts';
import { PendingRequest } from './pending-request.ts';
import { PendingRequests } from './pending-requests.ts';
import type { ServedPeer } from './served-peer.ts';

interface Asking {
  readonly served: ServedPeer;
  readonly request: HandshakeRequest;
  /** What the opening says: the request while it waits, otherwise null. */
  readonly opening: { askedRequest: HandshakeRequest | null };
}

/** A client whose request waits for the program. No other members of these objects are used. */
function asking(path: string): Asking {
  const request = { path } as HandshakeRequest;
  const opening: Asking['opening'] = { askedRequest: request };
  const served = { isAsked: false, opening, peer: { path }, clientAddress: `at ${path}` } as unknown as ServedPeer;
  return { served, request, opening };
}

test('requests are taken in the order of their arrival, each once', () => {
  const requests = new PendingRequests();
  const [a, b] = [asking('/a'), asking('/b')];
  expect([requests.isAvailable, requests.take()]).toEqual([false, null]);
  requests.note(a.served);
  requests.note(b.served);
  expect(requests.isAvailable).toBe(true);
  const taken = requests.take();
  expect(taken).toBeInstanceOf(PendingRequest);
  expect(taken?.request).toBe(a.request);
  expect(taken?.peer).toBe(a.served.peer);
  expect([taken?.clientAddress, taken?.isWaiting]).toEqual(['at /a', true]);
  expect(requests.take()?.request).toBe(b.request);
  expect([requests.isAvailable, requests.take()]).toEqual([false, null]);
});

test('a request is added once, also after it was taken', () => {
  const requests = new PendingRequests();
  const { served } = asking('/');
  requests.note(served);
  requests.note(served);
  requests.take();
  requests.note(served);
  expect([requests.isAvailable, served.isAsked]).toEqual([false, true]);
});

test('a client is not added before its request waits', () => {
  const requests = new PendingRequests();
  const { served, opening, request } = asking('/');
  opening.askedRequest = null;
  requests.note(served);
  expect([requests.isAvailable, served.isAsked]).toEqual([false, false]);
  opening.askedRequest = request;
  requests.note(served);
  expect(requests.take()?.request).toBe(request);
});

test('a request that no longer waits is removed', () => {
  const requests = new PendingRequests();
  const [a, b] = [asking('/a'), asking('/b')];
  for (const { served } of [a, b]) requests.note(served);
  requests.remove(a.served);
  requests.remove(a.served);
  expect(requests.take()?.request).toBe(b.request);
  expect(requests.isAvailable).toBe(false);
});
