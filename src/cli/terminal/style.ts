import { styleText } from 'node:util';

/** Formats of `util.styleText` that the command uses. */
export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'blue' | 'magenta' | 'cyan';

/** Returns `text` with the escape sequences of `style`, or unchanged. */
export type Paint = (style: Style, text: string) => string;

interface Target {
  readonly isTTY?: boolean;
}

/**
 * Colours for `target`: only on a terminal, and not with NO_COLOR (any value but the empty one) or TERM=dumb. FORCE_COLOR
 * (any value but the empty one and 0) has colours everywhere.
 */
export function paintFor(target: Target, env: NodeJS.ProcessEnv): Paint {
  return isColoured(target, env) ? paint : (_, text) => text;
}

function paint(style: Style, text: string): string {
  // The caller has decided; without this option, newer versions of Node look at process.stdout, too.
  return styleText(style, text, { validateStream: false });
}

function isColoured(target: Target, env: NodeJS.ProcessEnv): boolean {
  const forced = env.FORCE_COLOR;
  if (forced !== undefined && forced !== '') return forced !== '0';
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== '') return false;
  return target.isTTY === true && env.TERM !== 'dumb';
}
