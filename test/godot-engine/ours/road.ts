import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** What lies between a game and a server on this machine, and can cut their connections. */
export async function openRoad(to: number): Promise<{ readonly port: number; cut(): void }> {
  const sockets = new Set<Socket>();
  const road = createServer((near) => {
    const far = connect(to, '127.0.0.1');
    for (const [from, onto] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('error', () => from.destroy());
      from.on('close', () => onto.destroy());
      from.pipe(onto);
    }
  });
  await new Promise<void>((resolve) => road.listen(0, '127.0.0.1', resolve));
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  };
  onTestFinished(() => {
    cut();
    road.close();
  });
  // A server's address is an object once it listens.
  return { port: (road.address() as AddressInfo).port, cut };
}
