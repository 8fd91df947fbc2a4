import { describe, expect, test } from 'vitest';
import { bytesOf } from '../../../test/support/frames.ts';
import { VariantWriter } from '../../variant/index.ts';
import { CUSTOM_SPAWN, despawnPacket, LARGEST_NET_ID, readDespawn, readSpawn, writeSpawnHead } from './spawn-packet.ts';

/** Command, scene, spawner 1, net id, count, size of the name. */
function head(scene: string, netId: string, count: string, nameSize: string): string {
  return `04${scene}01000000${netId}${count}${nameSize}`;
}

test('a head that is written is read again', () => {
  const writer = new VariantWriter();
  const fields = { scene: 3, spawner: 0x0102, netId: LARGEST_NET_ID, synchronizers: [5, 0xffff_ffff], name: 'ü €' };
  writeSpawnHead(writer, fields);
  const size = writer.size;
  writer.writeU8(9);
  expect(readSpawn(writer.toBytes())).toEqual({ ...fields, argumentStart: size, argumentEnd: size, stateStart: size });
});

test('the argument of a custom spawn lies between the name and the state', () => {
  const writer = new VariantWriter();
  writeSpawnHead(writer, { scene: CUSTOM_SPAWN, spawner: 1, netId: 1, synchronizers: [], name: 'a' });
  const { size } = writer;
  for (const byte of [2, 0, 0, 0, 0xaa, 0xbb, 0xcc]) writer.writeU8(byte);
  expect(readSpawn(writer.toBytes())).toMatchObject({
    argumentStart: size + 4,
    argumentEnd: size + 6,
    stateStart: size + 6,
  });
});

describe('a SPAWN is refused', () => {
  test.each([
    ['that is shorter than its fields', '0400010000000100000000000000020000'],
    ['with more synchronizers than bytes', head('00', '01000000', 'ffffffff', '01000000')],
    ['with one synchronizer too many', `${head('00', '01000000', '01000000', '02000000')}6100`],
    ['with a longer name than bytes', `${head('00', '01000000', '00000000', 'ffffffff')}6100`],
    ['with a name one byte too long', `${head('00', '01000000', '00000000', '03000000')}6100`],
    ['without a name', head('00', '01000000', '00000000', '00000000')],
    ['whose name has no zero', `${head('00', '01000000', '00000000', '02000000')}6161`],
    ['whose name has a zero inside', `${head('00', '01000000', '00000000', '03000000')}610000`],
    ['whose name is not UTF-8', `${head('00', '01000000', '00000000', '02000000')}ff00`],
    ['with the net id 0', `${head('00', '00000000', '00000000', '02000000')}6100`],
    ['with the net id of a path', `${head('00', '00000080', '00000000', '02000000')}6100`],
    ['with the synchronizer 0', `${head('00', '01000000', '01000000', '02000000')}000000006100`],
    ['without the size of its argument', `${head('ff', '01000000', '00000000', '02000000')}6100000000`],
    ['whose argument is cut off', `${head('ff', '01000000', '00000000', '02000000')}61000200000001`],
    ['whose argument is longer than can be', `${head('ff', '01000000', '00000000', '02000000')}6100ffffffff`],
  ])('%s', (_what, hex) => {
    expect(readSpawn(bytesOf(hex))).toMatchObject({ code: 'TICKPEER_BAD_PACKET' });
  });

  test('and nothing is allocated for a count that the bytes cannot have', () => {
    const packet = bytesOf(head('00', '01000000', 'ffffffff', '01000000'));
    const before = process.memoryUsage();
    for (let n = 0; n < 100; n++) readSpawn(packet);
    const after = process.memoryUsage();
    expect(after.heapTotal + after.arrayBuffers - before.heapTotal - before.arrayBuffers).toBeLessThan(64e6);
  });
});

test('the net ids of a SPAWN go up to the largest', () => {
  expect(readSpawn(bytesOf(`${head('00', 'ffffff7f', '01000000', '02000000')}010000806100`))).toMatchObject({
    netId: LARGEST_NET_ID,
    synchronizers: [0x8000_0001],
  });
});

test('a DESPAWN is five bytes', () => {
  const packet = despawnPacket(0xfedc_ba98);
  expect([packet, readDespawn(packet)]).toEqual([bytesOf('0598badcfe'), 0xfedc_ba98]);
  for (const hex of ['05', '05010203', '050102030405']) {
    expect(readDespawn(bytesOf(hex))).toMatchObject({ code: 'TICKPEER_BAD_PACKET' });
  }
});
