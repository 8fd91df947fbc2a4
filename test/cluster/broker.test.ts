import { connect as connectToNats, type NatsConnection } from '@nats-io/transport-node';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Broker, RevisionMismatch } from '../../src/cluster/broker/broker.ts';
import { type NatsBrokerOptions, natsBroker } from '../../src/cluster/broker/nats-broker.ts';
import { until } from '../support/until.ts';
import { expectOrder, follow, testBroker } from './broker-contract.ts';
import { startNatsServer } from './nats-server.ts';
import { startProxy } from './proxy.ts';

interface Connected {
  readonly broker: Broker;
  readonly connection: NatsConnection;
}

async function connect(port: number, options?: NatsBrokerOptions): Promise<Connected> {
  const connection = await connectToNats({ port, reconnectTimeWait: 50, maxReconnectAttempts: -1 });
  onTestFinished(() => connection.close());
  return { broker: await natsBroker(connection, options), connection };
}

/** Messages in the stream of a bucket: entries, and markers of deleted ones. */
async function countMessages(connection: NatsConnection, bucket: string): Promise<number> {
  const reply = await connection.request(`$JS.API.STREAM.INFO.KV_${bucket}`);
  return reply.json<{ state: { messages: number } }>().state.messages;
}

describe('a NATS server', () => {
  testBroker(() => {
    const server = startNatsServer();
    // Thousands of writes at a time wait for each other.
    return async () => (await connect((await server).port, { timeout: 30_000 })).broker;
  });

  test('a watch goes on over restarts of the server, and tells what happened meanwhile once and in order', async () => {
    const server = await startNatsServer();
    const watching = await connect(server.port);
    const writing = await connect(server.port);
    const bucket = await writing.broker.openBucket('rooms');
    const followed = await follow(await watching.broker.openBucket('rooms'));
    const written: [string, string | null][] = [];
    let revision = await bucket.create('a', '0');
    written.push(['a', '0']);
    for (const end of ['stop', 'kill'] as const) {
      await server[end]();
      await until(() => !writing.broker.isConnected && !watching.broker.isConnected);
      await expect(bucket.create('b', '')).rejects.toThrow('no connection');
      await server.start();
      await until(() => writing.broker.isConnected);
      for (let step = 1; step <= 20; step++) {
        revision = await bucket.update('a', `${end} ${step}`, revision);
        written.push(['a', `${end} ${step}`]);
      }
      const b = await bucket.create('b', end);
      await bucket.delete('b', b);
      await bucket.create(`after-${end}`, end);
      written.push(['b', end], ['b', null], [`after-${end}`, end]);
      // Of what came and went before the watch went on, nothing is told.
      await until(() => followed.changes.at(-1)?.key === `after-${end}`);
    }
    expectOrder(followed.changes);
    // What was overwritten while it was not there is left out, and nothing is told twice.
    const told = followed.changes.map(({ key, text }) => `${key} ${text}`);
    const order = written.map(([key, text]) => `${key} ${text}`);
    expect(new Set(followed.changes.map(({ revision }) => revision)).size).toBe(told.length);
    expect(told).toEqual(order.filter((each) => told.includes(each)));
    expect(told).toContain('a kill 20');
  });

  test('a watch that was cut off learns of deletions whose markers are gone', async () => {
    const server = await startNatsServer();
    const proxy = await startProxy(server.port);
    const watching = await connect(proxy.port);
    const writing = await connect(server.port, { markerAge: 0 });
    const bucket = await writing.broker.openBucket('rooms');
    const a = await bucket.create('a', '1');
    const b = await bucket.create('b', '1');
    await bucket.create('c', '1');
    const followed = await follow(await watching.broker.openBucket('rooms'));
    await until(() => followed.readyAfter === 3);
    proxy.cut();
    await until(() => !watching.broker.isConnected);
    await bucket.delete('a', a);
    await bucket.delete('b', b);
    await bucket.create('b', '2');
    await removed(writing.connection, 'rooms', 2);
    proxy.heal();
    await until(() => followed.entries.size === 2 && followed.entries.get('b') === '2');
    expect([...followed.entries].sort()).toEqual([
      ['b', '2'],
      ['c', '1'],
    ]);
    expectOrder(followed.changes);
    await bucket.create('a', '2');
    await until(() => followed.entries.get('a') === '2');
    expectOrder(followed.changes);
  });

  test('a watch whose consumer the server has ended without a word begins another', async () => {
    const server = await startNatsServer();
    const { broker, connection } = await connect(server.port);
    const bucket = await broker.openBucket('rooms');
    const followed = await follow(bucket);
    await until(() => followed.readyAfter === 0);
    const names = await connection.request('$JS.API.CONSUMER.NAMES.KV_rooms');
    for (const name of names.json<{ consumers: string[] }>().consumers) {
      await connection.request(`$JS.API.CONSUMER.DELETE.KV_rooms.${name}`);
    }
    await bucket.create('a', '1');
    await until(() => followed.entries.has('a'), 10_000);
  });

  test('a watch goes on in a bucket that the server has lost', async () => {
    const server = await startNatsServer();
    const { broker, connection } = await connect(server.port);
    const bucket = await broker.openBucket('rooms');
    await bucket.create('a', '1');
    await bucket.create('b', '1');
    const followed = await follow(bucket);
    await until(() => followed.readyAfter === 2);
    await connection.request('$JS.API.STREAM.DELETE.KV_rooms');
    await until(() => followed.entries.size === 0, 10_000);
    expect(await bucket.create('b', '2')).toBe(1);
    await until(() => followed.entries.get('b') === '2');
  });

  test('the outcome of a write is unknown when its answer is lost, and it is not written twice', async () => {
    const server = await startNatsServer();
    const proxy = await startProxy(server.port);
    const cutOff = await connect(proxy.port, { timeout: 300 });
    const { broker } = await connect(server.port);
    const mine = await cutOff.broker.openBucket('rooms');
    const other = await broker.openBucket('rooms');
    const followed = await follow(other);

    proxy.stall('down');
    const lost = await mine.create('a', 'mine').catch((error) => error);
    expect(lost).toBeInstanceOf(Error);
    expect(lost).not.toBeInstanceOf(RevisionMismatch);
    expect(await other.get('a')).toMatchObject({ text: 'mine' });
    proxy.reset();
    proxy.resume();

    await until(() => !cutOff.broker.isConnected);
    await until(() => cutOff.broker.isConnected);
    proxy.stall('up');
    const held = mine.create('b', 'mine').catch((error) => error);
    expect(await held).not.toBeInstanceOf(RevisionMismatch);
    expect(await other.get('b')).toBeNull();
    await other.create('b', 'other');
    proxy.resume();
    // It arrives late, and is refused.
    await expect(mine.create('c', 'mine')).resolves.toBeGreaterThan(0);
    expect(await other.get('b')).toMatchObject({ text: 'other' });
    await until(() => followed.entries.has('c'));
    expect(followed.changes.map(({ key, text }) => [key, text])).toEqual([
      ['a', 'mine'],
      ['b', 'other'],
      ['c', 'mine'],
    ]);
  });

  test('a write is rejected in time while the server is stalled, and at once while there is no connection', async () => {
    const server = await startNatsServer();
    const { broker, connection } = await connect(server.port, { timeout: 200 });
    const bucket = await broker.openBucket('rooms');
    await server.pause();
    const begun = performance.now();
    await expect(bucket.create('a', '1')).rejects.toThrow('timeout');
    await expect(bucket.get('a')).rejects.toThrow('timeout');
    expect(performance.now() - begun).toBeLessThan(2000);
    server.resume();
    await server.kill();
    await until(() => !broker.isConnected);
    await expect(bucket.create('b', '1')).rejects.toThrow('no connection');
    await expect(bucket.get('b')).rejects.toThrow('no connection');
    await expect(broker.request('echo', '', 1000)).rejects.toThrow('no connection');
    broker.publish('news', 'dropped');
    expect(broker.isClosed).toBe(false);
    await connection.close();
    expect(broker.isClosed).toBe(true);
    expect(broker.isConnected).toBe(false);
  });

  test('a text may be as long as the server allows', async () => {
    const server = await startNatsServer({ maxPayload: 100_000 });
    const { broker, connection } = await connect(server.port);
    const bucket = await broker.openBucket('saves');
    const most = connection.info!.max_payload - 128;
    const revision = await bucket.create('a', 'ü'.repeat(most / 2));
    expect((await bucket.get('a'))?.text).toBe('ü'.repeat(most / 2));
    await bucket.update('a', 'x'.repeat(most), revision);
    await expect(bucket.create('b', 'x'.repeat(most + 1))).rejects.toThrow(
      `saves/b has ${most + 1} bytes; the broker's max_payload allows ${most}`,
    );
    expect(broker.isConnected).toBe(true);
    await expect(bucket.create('a b', '')).rejects.toThrow('invalid key');
    await expect(bucket.update('a', '', 0)).rejects.toThrow(TypeError);
  });

  test('markers of deleted entries are removed, also those of a process that has ended; what was created in their place stays', async () => {
    const server = await startNatsServer();
    const ended = await connect(server.port);
    const left = await ended.broker.openBucket('rooms');
    for (let index = 0; index < 300; index++) await left.delete(`k${index}`, await left.create(`k${index}`, ''));
    await left.create('k7', 'again');
    expect(await countMessages(ended.connection, 'rooms')).toBe(300);
    await ended.connection.close();

    const { broker, connection } = await connect(server.port, { markerAge: 0 });
    const bucket = await broker.openBucket('rooms');
    await removed(connection, 'rooms', 1);
    for (let index = 0; index < 50; index++)
      await bucket.delete(`k${index + 10}`, await bucket.create(`k${index + 10}`, ''));
    await removed(connection, 'rooms', 1);
    expect(await bucket.get('k7')).toMatchObject({ text: 'again' });
  });

  test('without JetStream, or with a connection that is closed, the error says what to do', async () => {
    const server = await startNatsServer({ hasJetStream: false });
    await expect(connect(server.port)).rejects.toThrow(
      `JetStream is off at the NATS server 127.0.0.1:${server.port}: start it with`,
    );
    const usual = await startNatsServer();
    const { broker, connection } = await connect(usual.port);
    await connection.close();
    await expect(natsBroker(connection)).rejects.toThrow('call connect() again');
    await expect(broker.openBucket('rooms')).rejects.toThrow('a new connection needs a new broker');
  });
});

/** Waits until a bucket has `count` messages. */
async function removed(connection: NatsConnection, bucket: string, count: number): Promise<void> {
  const latest = performance.now() + 5000;
  for (;;) {
    const messages = await countMessages(connection, bucket);
    if (messages === count) return;
    if (performance.now() > latest) throw new Error(`${bucket} still has ${messages} messages`);
  }
}
