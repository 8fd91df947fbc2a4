import { clearTimeout, setTimeout } from 'node:timers';
import { isFailure } from '../../failure.ts';
import { nextStepFor } from '../client/next-step.ts';
import { opened, startPeer } from '../client/open-peer.ts';
import { shownUrl } from '../client/shown-url.ts';
import type { Command } from '../command/command.ts';
import { CommandError } from '../command/command-error.ts';
import { ExitCode } from '../command/exit-code.ts';
import { printable } from '../terminal/printable.ts';
import { printNotice, type Terminal } from '../terminal/terminal.ts';
import { type ConnectSettings, OPTIONS, readSettings } from './options.ts';
import { type Connected, talk } from './talk.ts';
import { dialTimed } from './timed-route.ts';

/** `tickpeer connect`. */
export const connect: Command = {
  name: 'connect',
  summary: 'connects to a WebSocket server: sends what you type or pipe in, and prints what arrives',
  operands: 'URL',
  options: OPTIONS,
  details: `On a terminal, every line that you type is sent as text, and messages are printed above it. /help lists the \
commands of the prompt: /ping, /close, /hex, /variant and others. Ctrl-D closes the connection.

With a pipe, every line of stdin is one message. When stdin ends, answers are awaited for --wait SECONDS, or until --count N messages \
have arrived; then the connection is closed. Messages are printed one a line, notices go to stderr. Control characters are escaped. \
While the pipe behind stdout is full, the connection is not read.

The view "auto" shows text as text, and bytes as a Variant of Godot if they are one, as text if they are readable, and otherwise as hex. \
"variant" and "json" show what is neither as "auto" does. With --json, every line has the message and its size, time and kind.

With --godot it joins as SceneMultiplayer over WebSocketMultiplayerPeer does. It prints its id, who comes and leaves, and every packet: calls, paths, spawns, states, bytes; --hide sync,delta leaves out kinds. Packets have the numbers of methods and not their names: --rpc FILE has {"nodes": {"Main": ["move", "state"]}}, with all @rpc functions of each node, and may have "spawners" and "synchronizers"; tickpeer import GAME_DIR --names FILE writes it. Then /call Main move Vector2(1, 2) calls one, or a line of stdin: {"node": "Main", "method": "move", "args": [Vector2(1, 2)], "to": 1}.

Exit codes: 0 closed by you, or by the server with 1000, 1001 or no code. 1 fewer than --count messages, or one that could not be sent. 3 not \
connected. 4 closed with another code, or lost. 130 Ctrl-C.`,
  examples: [
    ['tickpeer connect ws://127.0.0.1:8060/ws', 'a prompt'],
    ["tickpeer connect wss://game.example -m hello --count 1 -H 'Authorization: Bearer …'", 'one question, one answer'],
    ['tickpeer connect ws://127.0.0.1:9080 --listen --json | jq .text', 'what the server sends, for a program'],
    ['tickpeer connect ws://127.0.0.1:9080 --godot --rpc rpc.json --hide sync', 'a player without a game'],
    ['tickpeer connect wss://127.0.0.1:8060/ws --ca development.crt --timings -m hi', 'how long each step took'],
  ],
  async run(words, terminal) {
    const settings = readSettings(words);
    const { names } = settings;
    if (names !== null) {
      // Loaded when it is used: the multiplayer is large. It polls the peer from the beginning: otherwise packets that come with the
      // server's Close would be gone.
      const { play } = await import('./godot/play.ts');
      return await play(startPeer(settings.client), names, settings, terminal);
    }
    const connected = await connectPeer(settings, terminal);
    return connected === null ? ExitCode.INTERRUPTED : await talk(connected, settings, terminal);
  },
};

/** A peer that is open, or null after an interruption. */
async function connectPeer(settings: ConnectSettings, terminal: Terminal): Promise<Connected | null> {
  const { url } = settings.client;
  const slow = setTimeout(() => printNotice(terminal, `connecting to ${shownUrl(url)} …`), 1000);
  try {
    if (settings.hasTimings) return await connectTimed(settings, terminal);
    const peer = startPeer(settings.client);
    return (await opened(peer, url, terminal.interrupted)) ? { peer, timings: null } : null;
  } finally {
    clearTimeout(slow);
  }
}

async function connectTimed({ client }: ConnectSettings, { interrupted }: Terminal): Promise<Connected | null> {
  const begin = performance.now();
  const { stream, times } = await dialTimed(client, interrupted);
  if (interrupted.aborted) return null;
  if (isFailure(stream)) {
    const step = nextStepFor(stream, null, client.url);
    throw new CommandError(ExitCode.NOT_CONNECTED, printable(stream.message), step);
  }
  const before = performance.now();
  const peer = startPeer(client, stream);
  if (!(await opened(peer, client.url, interrupted))) return null;
  const now = performance.now();
  return { peer, timings: { ...times, handshake: now - before, firstMessage: null, total: now - begin } };
}
