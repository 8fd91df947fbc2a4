/**
 * `tickpeer/cluster`, with the types of NATS. In a program of its own, because those do not pass every check of a compiler that looks into
 * declarations. Compiled, not run: `npm run test:package`.
 */
import type { NatsConnection } from '@nats-io/transport-node';
import * as cluster from 'tickpeer/cluster';

/** Names of what a module exports as `any`: a type that the compiler did not find. */
type Lost<Module> = { [Name in keyof Module]: 0 extends 1 & Module[Name] ? Name : never }[keyof Module];
type None<Names extends never> = Names;
export type LostOfAll = None<Lost<typeof cluster> | Lost<cluster.Cluster> | Lost<cluster.Broker>>;

export async function join(connection: NatsConnection): Promise<string | null> {
  const broker = await cluster.natsBroker(connection);
  const joined: cluster.Cluster = await cluster.Cluster.join(broker, { address: { host: '10.0.0.5', port: 7000 } });
  // @ts-expect-error: an address has a port; without types there is no error.
  await cluster.Cluster.join(broker, { address: { host: '10.0.0.5' } });
  return joined.id;
}
