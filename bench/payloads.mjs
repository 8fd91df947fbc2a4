// The messages of the workloads: the same bytes in every process, without sending them around.

/** A seeded random generator (xorshift32): numbers from 0 to 1. */
export function chance(seed) {
  let state = seed * 2654435761 + 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** Random bytes. */
export function noise(size, seed) {
  const next = chance(seed + 1);
  return Uint8Array.from({ length: size }, () => next() * 256);
}

/** Text of `size` bytes with characters of one to four bytes. */
export function foreignText(size, seed) {
  const next = chance(seed + 1);
  const words = ['заяц', '雪の夜', 'größer', 'πλοίο', '🚀', 'naïve', '한국어', 'café '];
  let text = '';
  for (;;) {
    const more = text + words[Math.floor(next() * words.length)];
    if (Buffer.byteLength(more) > size) break;
    text = more;
  }
  return text + '-'.repeat(size - Buffer.byteLength(text));
}

/** The state of a small game, as JSON, cut at `size` bytes. */
export function gameJson(size, seed) {
  const players = [];
  for (let id = seed * 3; JSON.stringify(players).length < size; id++) {
    players.push({ id, name: `player${id}`, x: Math.sin(id) * 100, y: Math.cos(id) * 100, hp: (id * 37) % 100 });
  }
  return JSON.stringify(players).slice(0, size);
}

/** The number of different ticks; then they repeat. */
export const TICKS = 16;

/** What a server sends to each client in each tick: `TICKS` lists of `perTick` messages. */
export function snapshots(perTick, size) {
  return Array.from({ length: TICKS }, (_, tick) =>
    Array.from({ length: perTick }, (_, index) => noise(size, tick * 1000 + index)),
  );
}
