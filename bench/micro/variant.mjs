// A game's state to bytes and back: node micro/variant.mjs '{…}' tickpeer|tickpeer-schema|msgpackr|gd-com encode|decode
// Libraries without vectors get arrays of numbers instead.
import { isDeepStrictEqual } from 'node:util';
import {
  array,
  bool,
  bytesToVar,
  dictionary,
  float,
  int,
  packedFloat32Array,
  string,
  Vector2,
  Vector3,
  varToBytes,
  vector2,
  vector3,
} from '../../dist/variant/index.js';
import { measure } from './micro.mjs';

const [, , , contestant, direction] = process.argv;

/** 16 players, 4 events and a row of heights; numbers that 32-bit floats hold exactly. */
function state(tick, makeVector2, makeVector3, makeFloats) {
  const players = Array.from({ length: 16 }, (_, id) => ({
    id,
    name: `Player ${id}`,
    position: makeVector3(id * 1.5, 0.25, tick + id / 4),
    aim: makeVector2(0.5, -id / 8),
    health: 0.75 + id,
    isAlive: id % 5 !== 0,
    items: [id, id + 1, 1000 * id],
  }));
  const events = Array.from({ length: 4 }, (_, n) => ({ kind: 'hit', from: n, to: n + 1, message: 'größer als 雪' }));
  return { tick, players, events, heights: makeFloats(Array.from({ length: 32 }, (_, n) => n / 4 + 0.125)) };
}

const ours = (tick) =>
  state(
    tick,
    (...v) => new Vector2(...v),
    (...v) => new Vector3(...v),
    (v) => Float32Array.from(v),
  );
const plain = (tick) =>
  state(
    tick,
    (...v) => v,
    (...v) => v,
    (v) => v,
  );

async function codec() {
  if (contestant === 'tickpeer') return { make: ours, encode: varToBytes, decode: bytesToVar };
  if (contestant === 'tickpeer-schema') {
    const player = dictionary({
      id: int,
      name: string,
      position: vector3,
      aim: vector2,
      health: float,
      isAlive: bool,
      items: array(int),
    });
    const event = dictionary({ kind: string, from: int, to: int, message: string });
    const schema = dictionary({ tick: int, players: array(player), events: array(event), heights: packedFloat32Array });
    return {
      make: ours,
      encode: (value) => schema.encode(value),
      decode: (bytes) => schema.decode(bytes).value,
    };
  }
  if (contestant === 'msgpackr') {
    const { pack, unpack } = await import('msgpackr');
    return { make: plain, encode: pack, decode: unpack };
  }
  const { default: gdCom } = await import('gd-com');
  return { make: plain, encode: gdCom.putVar, decode: (bytes) => gdCom.getVar(bytes).value };
}

const { make, encode, decode } = await codec();
const states = Array.from({ length: 16 }, (_, tick) => make(tick + 1));
// A decoder may reuse its memory in the next call, so the encoded bytes are kept.
const encoded = states.map((value) => Uint8Array.from(encode(value))).map((bytes) => Buffer.from(bytes));

const back = decode(encoded[3]);
const isSame =
  contestant === 'tickpeer'
    ? Buffer.from(encode(back)).equals(encoded[3])
    : isDeepStrictEqual(JSON.parse(JSON.stringify(back)), JSON.parse(JSON.stringify(states[3])));
if (!isSame) throw new Error(`${contestant} does not give back what it was given`);

const call = direction === 'encode' ? (n) => encode(states[n]) : (n) => decode(encoded[n]);
measure(() => {
  for (let n = 0; n < 64; n++) call(n & 15);
  return 64;
});
