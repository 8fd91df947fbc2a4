import { describe, expect, test } from 'vitest';
import { ScriptedPeer } from '../../../test/support/scripted-peer.ts';
import { ErrorCode } from '../../error-code.ts';
import type { Failure } from '../../failure.ts';
import { ConnectionStatus } from '../peers/multiplayer-peer.ts';
import { Router } from '../peers/router.ts';
import { SendOutcome } from '../peers/send-outcome.ts';
import { Membership } from './membership.ts';
import { SceneMultiplayer } from './scene-multiplayer.ts';
import { SceneSignals } from './scene-signals.ts';

const LOST: Failure = { code: 'TICKPEER_CONNECTION_LOST', message: 'lost' };
const LIMIT: Failure = { code: 'TICKPEER_PEER_LIMIT', message: 'too much' };
const DATA = Uint8Array.of(7);

class Signals extends SceneSignals {}

/** The members of peer `own`, and everything that was reported, in order. `deadline`: of the authentication. */
function start(own = 1, deadline: number | null = null) {
  const peer = new ScriptedPeer(own);
  const router = new Router(peer);
  const outcome = new SendOutcome(router);
  const signals = new Signals();
  const told: string[] = [];
  signals.connectedToServer.connect(() => told.push('connected'));
  signals.peerConnected.connect((id) => told.push(`+ ${id}`));
  signals.peerDisconnected.connect((id, failure) => told.push(`- ${id} ${failure?.code ?? ''}`.trim()));
  signals.peerAuthenticating.connect((id) => told.push(`auth ${id}`));
  signals.peerAuthenticationFailed.connect((id, failure) =>
    told.push(`auth failed ${id} ${failure?.code ?? ''}`.trim()),
  );
  const members = new Membership(router, outcome, {
    signals,
    describe: (id) => ({ multiplayer: new SceneMultiplayer(), id, address: '' }),
    authenticationDeadline: () => deadline,
    absences: null,
    onAdmitted: () => undefined,
    onAway: () => undefined,
    onBack: () => undefined,
    onLinked: (id) => told.push(`linked ${id}`),
    onEntering: () => {},
    onForgotten: (id) => told.push(`forgotten ${id}`),
  });
  const news = (): string[] => told.splice(0);
  const sent = (): string[] => peer.sent.splice(0).map(({ to, hex }) => `${to}: ${hex}`);
  return { members, peer, router, outcome, told, news, sent };
}

describe('without authentication', () => {
  test('a linked peer is admitted at once', () => {
    const { members, news } = start();
    members.link(5);
    expect(news()).toEqual(['linked 5', '+ 5']);
    expect([...members.peers]).toEqual([5]);
  });

  test('a client first gets connectedToServer', () => {
    const { members, news, sent } = start(5);
    members.link(1);
    expect(news()).toEqual(['linked 1', 'connected', '+ 1']);
    expect(sent()).toEqual([]);
  });

  test('a server announces a new peer to the others, the others to it, and that it has left', () => {
    const { members, news, sent } = start();
    for (const id of [5, 6, 7]) members.link(id);
    expect(sent()).toEqual([
      '5: 070106000000',
      '6: 070105000000',
      '5: 070107000000',
      '6: 070107000000',
      '7: 070105000000',
      '7: 070106000000',
    ]);
    news();
    members.unlink(5, LOST);
    expect(sent()).toEqual(['6: 070205000000', '7: 070205000000']);
    expect(news()).toEqual(['forgotten 5', '- 5 TICKPEER_CONNECTION_LOST']);
  });

  test('without relay the clients are not announced to each other', () => {
    const { members, router, sent } = start();
    router.allowsRelay = false;
    for (const id of [5, 6]) members.link(id);
    members.unlink(5, null);
    expect(sent()).toEqual([]);
  });

  test('a peer that is linked again leaves first; one that is not linked does not leave', () => {
    const { members, news } = start();
    members.unlink(5, LOST);
    expect(news()).toEqual([]);
    members.link(5);
    members.link(5);
    expect(news()).toEqual(['linked 5', '+ 5', 'forgotten 5', '- 5', 'linked 5', '+ 5']);
  });
});

describe('with authentication', () => {
  test('a peer is admitted when both sides have completed it', () => {
    const { members, news, sent } = start(1, 1000);
    members.link(5);
    expect(members.sendAuth(5, DATA)).toBe(ErrorCode.OK);
    expect(members.completeAuth(5)).toBe(ErrorCode.OK);
    expect(sent()).toEqual(['5: 070007', '5: 0700']);
    expect(news()).toEqual(['linked 5', 'auth 5']);
    members.authentication.completeThere(5);
    members.admitIfComplete(5);
    members.admitIfComplete(5);
    expect(news()).toEqual(['+ 5']);
    expect(members.authentication.ids).toEqual([]);
  });

  test.each([
    [999, []],
    [1000, ['forgotten 5', 'auth failed 5 TICKPEER_AUTH_TIMEOUT']],
    [1001, ['forgotten 5', 'auth failed 5 TICKPEER_AUTH_TIMEOUT']],
  ])('at %i of 1000, peers whose time has passed are disconnected', (now, expected) => {
    const { members, peer, news } = start(1, 1000);
    members.link(5);
    news();
    members.failOverdue(now);
    expect(news()).toEqual(expected);
    expect(peer.disconnected).toEqual(expected.length > 0 ? [5] : []);
  });

  test('a connection that ends before that has failed', () => {
    const { members, news } = start(1, 1000);
    members.link(5);
    news();
    members.unlink(5, LOST);
    expect(news()).toEqual(['forgotten 5', 'auth failed 5 TICKPEER_CONNECTION_LOST']);
  });

  test('a completion that is not sent can be repeated', () => {
    const { members, peer, router, outcome } = start(1, 1000);
    members.link(5);
    const { putPacket } = peer;
    peer.putPacket = () => ErrorCode.ERR_OUT_OF_MEMORY;
    expect(members.completeAuth(5)).toBe(ErrorCode.ERR_OUT_OF_MEMORY);
    expect(outcome.failure?.code).toBe('TICKPEER_UNAVAILABLE');
    peer.putPacket = putPacket;
    expect(members.completeAuth(5)).toBe(ErrorCode.OK);
    expect([outcome.failure, router.isConnected]).toEqual([null, true]);
  });
});

describe('refused sends', () => {
  test('while not connected: ERR_UNCONFIGURED', () => {
    const { members, peer, outcome } = start(1, 1000);
    members.link(5);
    peer.status = ConnectionStatus.CONNECTION_CONNECTING;
    for (const act of [() => members.sendAuth(5, DATA), () => members.completeAuth(5)]) {
      outcome.failure = null;
      expect(act()).toBe(ErrorCode.ERR_UNCONFIGURED);
      expect(outcome.failure).toEqual({ code: 'TICKPEER_NOT_OPEN', message: 'not connected' });
    }
  });

  test('no bytes, or a peer that is not being authenticated: ERR_INVALID_PARAMETER', () => {
    const { members, outcome } = start(1, 1000);
    members.link(5);
    expect(members.sendAuth(5, new Uint8Array(0))).toBe(ErrorCode.ERR_INVALID_PARAMETER);
    expect(outcome.failure?.code).toBe('TICKPEER_UNAVAILABLE');
    for (const act of [() => members.sendAuth(6, DATA), () => members.completeAuth(6)]) {
      outcome.failure = null;
      expect(act()).toBe(ErrorCode.ERR_INVALID_PARAMETER);
      expect(outcome.failure).toMatchObject({ code: 'TICKPEER_UNKNOWN_PEER' });
    }
  });

  test('after a side has completed: ERR_FILE_CANT_WRITE', () => {
    const { members, outcome } = start(1, 1000);
    for (const id of [5, 6]) members.link(id);
    members.completeAuth(5);
    members.authentication.completeThere(6);
    expect([5, 6].map((id) => members.sendAuth(id, DATA))).toEqual(Array(2).fill(ErrorCode.ERR_FILE_CANT_WRITE));
    expect(outcome.failure?.code).toBe('TICKPEER_UNAVAILABLE');
    expect(members.completeAuth(5)).toBe(ErrorCode.ERR_FILE_CANT_WRITE);
    expect(members.completeAuth(6)).toBe(ErrorCode.OK);
  });
});

describe('a local end', () => {
  test('by the program emits no signal', () => {
    const { members, peer, news } = start();
    members.link(5);
    news();
    members.disconnect(5);
    members.disconnect(5);
    expect(news()).toEqual(['forgotten 5']);
    expect(peer.disconnected).toEqual([5]);
  });

  test.each([
    [null, '- 5 TICKPEER_PEER_LIMIT'],
    [1000, 'auth failed 5 TICKPEER_PEER_LIMIT'],
  ])(
    'because of a limit is reported before its signal, also when that report throws (deadline %s)',
    (deadline, signal) => {
      const { members, told, news } = start(1, deadline);
      members.link(5);
      news();
      const tell = (): void => {
        told.push('told');
        throw new Error('by a handler');
      };
      expect(() => members.disconnectFor(5, LIMIT, tell)).toThrow('by a handler');
      expect(news()).toEqual(['forgotten 5', 'told', signal]);
    },
  );
});
