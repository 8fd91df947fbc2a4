import type { Command } from './command/command.ts';

/** A command that is loaded when it is used, so that `tickpeer` starts quickly. */
export interface CatalogueEntry extends Pick<Command, 'name' | 'operands' | 'summary'> {
  load(): Promise<Command>;
}

/** All commands, in the order of the help. */
export const catalogue: readonly CatalogueEntry[] = [
  {
    name: 'connect',
    operands: 'URL',
    summary: 'connects to a WebSocket server: sends what you type or pipe in, and prints what arrives',
    load: async () => (await import('./connect/connect.ts')).connect,
  },
  {
    name: 'serve',
    operands: '[DIR]',
    summary: 'serves a directory with the headers that a Godot web export needs, and an echo or relay server beside it',
    load: async () => (await import('./serve/serve.ts')).serve,
  },
  {
    name: 'decode',
    operands: 'FILE',
    summary: 'shows the WebSocket messages in a capture: pcap, pcapng, HAR, or a recording of tickpeer',
    load: async () => (await import('./decode/decode.ts')).decode,
  },
  {
    name: 'doctor',
    operands: 'URL',
    summary: 'looks at every step of connecting to a server, and says what to do about what is wrong',
    load: async () => (await import('./doctor/doctor.ts')).doctor,
  },
  {
    name: 'record',
    operands: '--to URL',
    summary: 'passes connections on to a server, and records the bytes of both directions',
    load: async () => (await import('./record/record.ts')).record,
  },
  {
    name: 'replay',
    operands: 'FILE MODULE',
    summary: 'runs a server with the bytes of a recording, on a virtual clock',
    load: async () => (await import('./replay/replay.ts')).replay,
  },
  {
    name: 'cert',
    operands: '[NAME...]',
    summary: 'makes a certificate and its key for development',
    load: async () => (await import('./cert/cert.ts')).cert,
  },
  {
    name: 'import',
    operands: 'GAME_DIR',
    summary: 'writes the TypeScript declarations of a Godot project: its @rpc functions, spawners and synchronizers',
    load: async () => (await import('./import/import.ts')).importGame,
  },
  {
    name: 'bench',
    operands: 'URL',
    summary: 'lets many bots send messages to a server, and measures the round trips',
    load: async () => (await import('./bench/bench.ts')).bench,
  },
];
