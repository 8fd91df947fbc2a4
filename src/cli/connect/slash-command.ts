import { varToBytes } from '../../variant/index.ts';
import { CommandError, usageError } from '../command/command-error.ts';
import { parseVariant, VariantTextError } from '../variant-text/variant-parser.ts';
import type { Conversation, Outgoing } from './conversation.ts';
import { VIEWS, type View } from './message-view.ts';
import { binaryOf } from './piped-input.ts';

/** What the commands of the prompt work on. */
export interface PromptContext {
  readonly conversation: Conversation;
  view: View;
  /** Milliseconds; null when no Pong came. */
  ping(): Promise<number | null>;
  /** Lines about the connection. */
  status(): readonly string[];
  notice(line: string): void;
}

interface SlashCommand {
  readonly usage: string;
  readonly purpose: string;
  run(rest: string, context: PromptContext): Promise<void> | void;
}

/** The commands of the prompt, by the word behind the slash. */
const COMMANDS: Readonly<Record<string, SlashCommand>> = {
  help: {
    usage: '/help',
    purpose: 'prints this list',
    run(_, { notice }) {
      notice('A line is sent as text. A line that begins with two slashes is sent with one.');
      for (const { usage, purpose } of Object.values(COMMANDS)) notice(`  ${usage.padEnd(24)}${purpose}`);
    },
  },
  ping: {
    usage: '/ping',
    purpose: 'sends a Ping, and measures the round trip',
    async run(_, { ping, notice }) {
      const time = await ping();
      notice(time === null ? 'no Pong yet' : `Pong after ${time.toFixed(2)} ms`);
    },
  },
  text: {
    usage: '/text TEXT',
    purpose: 'sends TEXT, whatever it begins with',
    run: (rest, context) => send(rest, context),
  },
  hex: {
    usage: '/hex 01 FF',
    purpose: 'sends bytes',
    run: (rest, context) => send({ bytes: binaryOf(rest, 'hex', 'It'), isText: false }, context),
  },
  base64: {
    usage: '/base64 Af8=',
    purpose: 'sends bytes',
    run: (rest, context) => send({ bytes: binaryOf(rest, 'base64', 'It'), isText: false }, context),
  },
  json: {
    usage: '/json {"a": 1}',
    purpose: 'checks that it is JSON, and sends it as text',
    run: (rest, context) => send(checkedJson(rest), context),
  },
  variant: {
    usage: '/variant Vector2(1, 2)',
    purpose: "sends a value as Godot's put_var does",
    run: (rest, context) => send({ bytes: varToBytes(variantOf(rest)), isText: false }, context),
  },
  view: {
    usage: '/view VIEW',
    purpose: `shows messages as ${VIEWS.join(', ')}`,
    run(rest, context) {
      const view = VIEWS.find((name) => name === rest);
      if (view === undefined) throw usageError(`There is no view '${rest}'.`, `Views: ${VIEWS.join(', ')}.`);
      context.view = view;
    },
  },
  status: {
    usage: '/status',
    purpose: 'prints the state, the addresses and the counts of the connection',
    run(_, { status, notice }) {
      for (const line of status()) notice(line);
    },
  },
  close: {
    usage: '/close [CODE [REASON]]',
    purpose: 'closes the connection; the default is 1000',
    run(rest, { conversation }) {
      const [, code = '1000', reason = ''] = /^(\S+)?\s*(.*)$/.exec(rest) ?? [];
      if (!/^\d+$/.test(code)) throw usageError(`'${code}' is no close code.`, 'For example: /close 4000 bye');
      try {
        conversation.close(Number(code), reason);
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        throw usageError(`${error.message}.`, 'For example: /close 4000 bye');
      }
    },
  },
};

/** The commands as they are typed. */
export const SLASH_COMMANDS: readonly string[] = Object.keys(COMMANDS).map((name) => `/${name}`);

/** Runs a line of the prompt: a command, or a text to send. What the user can do something about is a notice. */
export async function runLine(line: string, context: PromptContext): Promise<void> {
  try {
    if (!line.startsWith('/') || line.startsWith('//')) {
      if (line !== '') await send(line.replace(/^\/\//, '/'), context);
      return;
    }
    const [, name = '', rest = ''] = /^\/(\S*)\s*(.*)$/s.exec(line) ?? [];
    const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
    if (command === undefined) throw usageError(`There is no command '/${name}'.`, '/help lists them.');
    await command.run(rest, context);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    context.notice(`${error.message} ${error.nextStep}`);
  }
}

async function send(message: Outgoing, { conversation, notice }: PromptContext): Promise<void> {
  const problem = await conversation.send(message);
  if (problem !== '') notice(`not sent: ${problem}`);
}

function checkedJson(text: string): string {
  try {
    JSON.parse(text);
    return text;
  } catch (error) {
    throw usageError(`No JSON: ${error instanceof Error ? error.message : error}.`, 'For example: /json {"a": 1}');
  }
}

function variantOf(text: string): ReturnType<typeof parseVariant> {
  try {
    return parseVariant(text);
  } catch (error) {
    if (!(error instanceof VariantTextError)) throw error;
    throw usageError(`No Variant: ${error.message}.`, 'For example: /variant { "at": Vector2(1, 2) }');
  }
}
