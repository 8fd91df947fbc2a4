import type { Command } from './command/command.ts';

/** A command that is loaded when it is used, so that `tickpeer` starts quickly. */
export interface CatalogueEntry extends Pick<Command, 'name' | 'operands' | 'summary'> {
  load(): Promise<Command>;
}

/** All commands, in the order of the help. */
export const catalogue: readonly CatalogueEntry[] = [
  {
    name: 'serve',
    operands: '[DIR]',
    summary: 'serves a directory with the headers that a Godot web export needs, and an echo or relay server beside it',
    load: async () => (await import('./serve/serve.ts')).serve,
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
