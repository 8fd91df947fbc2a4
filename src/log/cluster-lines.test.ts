import { expect, test } from 'vitest';
import { CLUSTER_LINES as LINES } from './cluster-lines.ts';

test('a process that becomes a member, and one that is none any more', () => {
  expect(LINES['tickpeer:cluster:joined']({ id: 'a1' })).toMatchObject({
    level: 'info',
    text: 'cluster: this process is a member, with the id a1',
  });
  expect(LINES['tickpeer:cluster:lease-lost']({ id: 'a1' })).toMatchObject({
    level: 'error',
    text: 'cluster: the lease of a1 has ended, because it could not be renewed in time; the rooms were closed',
  });
});

test('a room that was taken away, and a client whose route could not be found', () => {
  expect(LINES['tickpeer:cluster:room-lost']({ code: 'CLUB' })).toMatchObject({
    level: 'error',
    text: 'cluster: the room CLUB was closed, because its record was taken away',
  });
  expect(LINES['tickpeer:cluster:fault']({ error: new TypeError('no map') })).toMatchObject({
    level: 'error',
    text: 'cluster: a client could not be routed, or a room not be listed: TypeError: no map',
  });
});
