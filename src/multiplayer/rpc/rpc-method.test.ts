import { expect, test } from 'vitest';
import { int, string } from '../../variant/index.ts';
import { TransferMode } from '../peers/multiplayer-peer.ts';
import { RpcMode, rpc } from './rpc-method.ts';

test.each([
  ['disabled', RpcMode.RPC_MODE_DISABLED, 0],
  ['anyPeer', RpcMode.RPC_MODE_ANY_PEER, 1],
  ['authority', RpcMode.RPC_MODE_AUTHORITY, 2],
  ['server', RpcMode.RPC_MODE_SERVER, 3],
] as const)('rpc.%s has its mode, and the defaults of the engine', (name, mode, number) => {
  expect(mode).toBe(number);
  expect(rpc[name]()).toMatchObject({
    mode,
    schemas: [],
    handler: null,
    callLocal: false,
    transferMode: TransferMode.TRANSFER_MODE_RELIABLE,
    channel: 0,
    isNodeLevel: false,
  });
});

test('the options follow the handler, or the arguments where there is none', () => {
  const handler = (): void => {};
  const options = { callLocal: true, transferMode: 'unreliable', channel: 3, nodeConfig: true } as const;
  const facts = {
    callLocal: true,
    transferMode: TransferMode.TRANSFER_MODE_UNRELIABLE,
    channel: 3,
    isNodeLevel: true,
  };
  expect(rpc.anyPeer([int, string], handler, options)).toMatchObject({ schemas: [int, string], handler, ...facts });
  expect(rpc.anyPeer([int], options)).toMatchObject({ schemas: [int], handler: null, ...facts });
  expect(rpc.anyPeer([int], undefined, options)).toMatchObject({ schemas: [int], handler: null, ...facts });
});

test.each(['unreliable', 'unreliableOrdered', 'reliable'] as const)('transferMode %s', (transferMode) => {
  expect(rpc.anyPeer([], { transferMode }).transferMode).toBe(
    ['unreliable', 'unreliableOrdered', 'reliable'].indexOf(transferMode),
  );
});

test.each(['Reliable', '', 'toString', '__proto__'])('transferMode "%s" throws', (transferMode) => {
  expect(() => rpc.anyPeer([], { transferMode: transferMode as 'reliable' })).toThrow(TypeError);
});
