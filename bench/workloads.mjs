// What is measured. `goals` are ratios to reach: another contestant's figure divided by tickpeer's. `limit` is for tickpeer's figure itself.
//
// A workload is one measurement of a process. Each of its `rows` is one figure; lower is better:
// cpu (microseconds of CPU time per message, all threads), share (of a core), p50 (microseconds until the answer), kib (memory of
// a connection), handshake (microseconds of CPU time).

const KIB = 1024;
const SMALL = [20, 28, 36, 44, 52, 64];
const SERVERS = ['tickpeer', 'tickpeer-plain', 'ws', 'ws-native', 'ws-cork', 'websocket-driver', 'uws', 'bun', 'deno'];
const ECHOERS = [...SERVERS, 'net'];
const TICKERS = ['tickpeer', 'ws', 'ws-cork', 'uws', 'bun', 'deno'];

function row(name, title, goals = {}, more = {}) {
  return { name, title, metric: 'cpu', goals, ...more };
}

function echo(name, title, settings, goals, contestants = ECHOERS) {
  return {
    group: 'echo',
    kind: 'echo',
    connections: 64,
    depth: 1,
    contestants,
    ...settings,
    rows: [row(name, title, goals)],
  };
}

function snapshot(name, title, settings, goals, more = {}) {
  const all = {
    group: 'snapshots',
    kind: 'tick',
    size: 128,
    perTick: 20,
    window: 2,
    contestants: TICKERS,
    ...settings,
  };
  return { ...all, rows: more.rows ?? [row(name, title, goals)] };
}

function client(kind, name, title, settings, goal) {
  const contestants = ['tickpeer', 'tickpeer-plain', 'ws', 'ws-native', 'bun', 'deno'];
  return { group: 'client', kind, perFlush: 64, contestants, ...settings, rows: [row(name, title, { ws: goal })] };
}

function tls(name, title, settings, goals) {
  const contestants = ['tickpeer', 'ws', 'uws', 'bun', 'net'];
  return { ...echo(name, title, { tls: true, ...settings }, goals, contestants), group: 'tls' };
}

function deflate(name, title, settings, goals) {
  const shared = { payload: 'json', sizes: [KIB], ...settings };
  return { ...echo(name, title, shared, goals, ['tickpeer', 'ws', 'uws', 'bun']), group: 'deflate' };
}

function micro(name, title, file, args, contestants, goals, more = {}) {
  return { group: 'multiplayer', kind: 'micro', file, args, contestants, rows: [row(name, title, goals, more)] };
}

const CODECS = ['tickpeer', 'tickpeer-schema', 'msgpackr', 'gd-com'];

export const workloads = [
  echo('echo-small', 'echo 20-64 B', { sizes: SMALL }, { ws: 2, uws: 1, net: 1.5 }),
  echo(
    'echo-64-x32',
    'echo 64 B, 32 in flight',
    { sizes: [64], depth: 32 },
    { ws: 13, 'ws-cork': 3.6, uws: 1.8, net: 0.75 },
  ),
  echo('echo-1k', 'echo 1 KiB', { sizes: [KIB] }, { ws: 2.2, uws: 0.85, net: 1.5 }),
  echo('echo-1k-x16', 'echo 1 KiB, 16 in flight', { sizes: [KIB], depth: 16 }, { ws: 9, uws: 1.1, net: 0.85 }),
  echo('echo-16k', 'echo 16 KiB', { sizes: [16 * KIB], connections: 32 }, { ws: 4.5, uws: 0.6, net: 1.1 }),
  echo('echo-64k', 'echo 64 KiB', { sizes: [64 * KIB], connections: 32 }, { ws: 5.8, uws: 0.6, net: 1.1 }),
  echo('echo-1m', 'echo 1 MiB', { sizes: [KIB * KIB], connections: 8, turns: 2 }, { ws: 6.3, uws: 0.62, net: 0.88 }),
  echo(
    'text-bytes',
    'echo text 1 KiB, 16 in flight, as bytes',
    { payload: 'text', sizes: [KIB], depth: 16 },
    { ws: 8, uws: 1.6, net: 0.7 },
  ),
  echo(
    'text-strings',
    'echo text 1 KiB, 16 in flight, as strings',
    { payload: 'text', sizes: [KIB], depth: 16, strings: true },
    { ws: 2.4, uws: 1 },
    ['tickpeer', 'ws', 'ws-native', 'uws', 'bun', 'deno'],
  ),
  {
    ...echo('ping', 'one connection, ping-pong 64 B: p50', { sizes: [64], connections: 1 }, {}),
    rows: [row('ping', 'one connection, ping-pong 64 B: p50', { ws: 1 }, { metric: 'p50' })],
  },

  snapshot('snapshots-500', '500 × 20 × 128 B, flat out', { connections: 500 }, { ws: 16, uws: 1.05 }),
  snapshot('snapshots-2000', '2,000 × 20 × 128 B, flat out', { connections: 2000 }, { ws: 16, uws: 1.05 }),
  snapshot(
    '',
    '',
    { connections: 500, hz: 60, isSlow: true },
    {},
    {
      rows: [
        row('snapshots-60hz', '500 × 20 × 128 B at 60 Hz', { ws: 12, uws: 0.95 }),
        row('snapshots-60hz-share', '500 × 20 × 128 B at 60 Hz: share of a core', {}, { metric: 'share', limit: 0.32 }),
      ],
    },
  ),
  snapshot(
    'snapshots-2000-x1',
    '2,000 × 1 × 128 B, flat out',
    { connections: 2000, perTick: 1, window: 1 },
    { ws: 1.35, uws: 0.75 },
  ),
  snapshot(
    'broadcast',
    'one message to 2,000, × 20 × 128 B',
    { connections: 2000, isBroadcast: true },
    { ws: 22, uws: 0.85 },
  ),

  client('client-receive', 'receive-64', 'client receives 64 B', { size: 64 }, 1.75),
  client('client-receive', 'receive-1k', 'client receives 1 KiB', { size: KIB }, 1.5),
  client('client-receive', 'receive-64k', 'client receives 64 KiB', { size: 64 * KIB }, 1.7),
  client('client-send', 'send-64', 'client sends 64 B, 64 a turn', { size: 64 }, 6),
  client('client-send', 'send-1k', 'client sends 1 KiB, 32 a turn', { size: KIB, perFlush: 32 }, 5),
  client('client-send', 'send-64k', 'client sends 64 KiB, 8 a turn', { size: 64 * KIB, perFlush: 8 }, 4.9),

  tls('tls-1k', 'TLS, echo 1 KiB', { sizes: [KIB] }, { ws: 1.4, net: 1 }),
  tls('tls-1k-x16', 'TLS, echo 1 KiB, 16 in flight', { sizes: [KIB], depth: 16 }, { ws: 2.1, net: 0.8 }),
  tls('tls-64-x32', 'TLS, echo 64 B, 32 in flight', { sizes: [64], depth: 32 }, { ws: 3.1, uws: 1.15, net: 0.7 }),

  deflate('deflate', 'deflate, echo JSON 1 KiB', { deflate: 'none' }, { ws: 3.3, uws: 0.8 }),
  deflate(
    'deflate-x16',
    'deflate, echo JSON 1 KiB, 16 in flight',
    { deflate: 'none', depth: 16 },
    { ws: 4.5, uws: 0.85 },
  ),
  deflate('takeover', 'deflate with takeover, echo JSON 1 KiB', { deflate: 'takeover' }, {}),
  deflate(
    'takeover-x16',
    'deflate with takeover, echo JSON 1 KiB, 16 in flight',
    { deflate: 'takeover', depth: 16 },
    {},
  ),

  {
    group: 'connections',
    kind: 'idle',
    connections: 10_000,
    sizes: [64],
    isIdle: true,
    contestants: ['tickpeer', 'ws', 'websocket-driver', 'uws', 'bun', 'deno', 'net'],
    rows: [
      // At most 0.65 of what ws takes, and 1.15 of a bare socket.
      row(
        'idle-memory',
        '10,000 idle connections: KiB of each',
        { ws: 1 / 0.65, net: 1 / 1.15 },
        { metric: 'kib', limit: 4.5 },
      ),
      row('handshake', 'opening handshake', { ws: 1.9 }, { metric: 'handshake' }),
    ],
  },
  {
    group: 'connections',
    kind: 'idle',
    connections: 10_000,
    sizes: [64],
    isIdle: true,
    pollHz: 60,
    contestants: ['tickpeer', 'ws'],
    rows: [
      row('idle-polled', '10,000 idle peers, polled at 60 Hz: share of a core', {}, { metric: 'share', limit: 0.01 }),
    ],
  },

  micro('rpc', 'RPC in, handler, RPC out', 'rpc.mjs', [], ['tickpeer'], {}, { limit: 1 }),
  micro('idle', 'a poll of a server without clients', 'idle.mjs', [], ['tickpeer'], {}, { limit: 0.5 }),
  micro('variant-encode', 'a game’s state to bytes', 'variant.mjs', ['encode'], CODECS, { msgpackr: 1, 'gd-com': 3 }),
  micro('variant-decode', 'a game’s state from bytes', 'variant.mjs', ['decode'], CODECS, { msgpackr: 1, 'gd-com': 3 }),
];

/** The workloads that `names` select: a group, a row, or the beginning of a row's name. Without names: all. */
export function chooseWorkloads(names) {
  if (names.length === 0) return workloads;
  const chosen = workloads.filter(({ group, rows }) =>
    names.some((name) => group === name || rows.some((one) => one.name.startsWith(name))),
  );
  if (chosen.length > 0) return chosen;
  const known = [...new Set(workloads.map(({ group }) => group))].join(', ');
  throw new Error(
    `no workload is called ${names.join(', ')}; there are ${known}, and the names in bench/workloads.mjs`,
  );
}
