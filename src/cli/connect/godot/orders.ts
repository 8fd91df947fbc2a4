import { Dictionary, type Variant } from '../../../variant/index.ts';
import { CommandError, usageError } from '../../command/command-error.ts';
import { parseVariant, parseVariants, VariantTextError } from '../../variant-text/variant-parser.ts';
import { binaryOf } from '../piped-input.ts';
import type { Call, Game } from './game.ts';

const SERVER = 1;
const OBJECT_EXAMPLE = 'For example: {"node": "Main", "method": "move", "args": [Vector2(1, 2)], "to": 1}';
const CALL_EXAMPLE = 'For example: /call Main move Vector2(1, 2)';

interface Order {
  readonly usage: string;
  readonly purpose: string;
  run(rest: string, context: OrderContext): void;
}

/** What the commands of the prompt work on. */
export interface OrderContext {
  readonly game: Game;
  notice(line: string): void;
  leave(): void;
}

const ORDERS: Readonly<Record<string, Order>> = {
  help: {
    usage: '/help',
    purpose: 'prints this list',
    run(_, { notice }) {
      for (const { usage, purpose } of Object.values(ORDERS)) notice(`  ${usage.padEnd(30)}${purpose}`);
    },
  },
  call: {
    usage: '/call [@ID] NODE METHOD ARG...',
    purpose: 'calls a method at the server, or at @ID: a peer, 0 for all; arguments as in scripts, or JSON',
    run: (rest, { game }) => refuse(game.call(callOf(rest))),
  },
  bytes: {
    usage: '/bytes [@ID] 01 FF',
    purpose: 'sends bytes, as send_bytes does',
    run(rest, { game }) {
      const [to, digits] = targetOf(rest);
      refuse(game.sendBytes(binaryOf(digits, 'hex', 'It'), to));
    },
  },
  peers: {
    usage: '/peers',
    purpose: 'prints the ids',
    run: (_, { game, notice }) => notice(`you are ${game.id}; peers: ${game.peers.join(', ') || 'none'}`),
  },
  close: { usage: '/close', purpose: 'leaves', run: (_, { leave }) => leave() },
};

/** The commands as they are typed. */
export const GAME_COMMANDS: readonly string[] = Object.keys(ORDERS).map((name) => `/${name}`);

/** Runs a line of the prompt. What the user can do something about is a notice. */
export function runOrder(line: string, context: OrderContext): void {
  try {
    if (line.trim() === '') return;
    const [, name = '', rest = ''] = /^\/(\S*)\s*(.*)$/s.exec(line) ?? [];
    const order = Object.hasOwn(ORDERS, name) ? ORDERS[name] : undefined;
    if (order === undefined) throw usageError(`'${line}' is no command.`, '/help lists them.');
    order.run(rest, context);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    context.notice(`${error.message} ${error.nextStep}`);
  }
}

/** Runs a line of stdin: an object in JSON, which may have values as in scripts. Throws a usage error. */
export function runObject(line: string, game: Game): void {
  const order = read(() => parseVariant(line), OBJECT_EXAMPLE);
  if (!(order instanceof Dictionary)) throw usageError('A line of stdin is an object.', OBJECT_EXAMPLE);
  const to = order.get('to') ?? SERVER;
  if (typeof to !== 'number') throw usageError('"to" is the id of a peer.', OBJECT_EXAMPLE);
  const bytes = order.get('bytes');
  if (typeof bytes === 'string') {
    refuse(game.sendBytes(binaryOf(bytes, 'hex', '"bytes"'), to));
    return;
  }
  const node = order.get('node');
  const method = order.get('method');
  const args = order.get('args') ?? [];
  if (typeof node !== 'string' || typeof method !== 'string' || !Array.isArray(args)) {
    throw usageError('A line of stdin has "node", "method" and "args", or "bytes".', OBJECT_EXAMPLE);
  }
  refuse(game.call({ node, method, args, to }));
}

function callOf(text: string): Call {
  const [to, rest] = targetOf(text);
  const [, node = '', method = '', args = ''] = /^(\S+)\s+(\S+)\s*(.*)$/s.exec(rest) ?? [];
  if (node === '') throw usageError('A node and a method are missing.', CALL_EXAMPLE);
  return { node, method, args: read(() => parseVariants(args), CALL_EXAMPLE), to };
}

/** `@7 rest`. */
function targetOf(text: string): [to: number, rest: string] {
  const [, id, rest = ''] = /^@(-?\d+)\s+(.*)$/s.exec(text) ?? [];
  return id === undefined ? [SERVER, text] : [Number(id), rest];
}

function read<T extends Variant | Variant[]>(parse: () => T, example: string): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof VariantTextError)) throw error;
    throw usageError(`It cannot be read: ${error.message}.`, example);
  }
}

function refuse(problem: string): void {
  if (problem !== '') throw usageError(`Not sent: ${problem}.`, '');
}
