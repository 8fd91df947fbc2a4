// The newcomer's three ways of docs/start/, each in an empty folder with the packed package alone: its files and commands are
// taken from the text as they stand. For check.mjs.
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import ts from 'typescript';

const TIME_LIMIT = 60_000;

/** The walks: a name, and a function that does it. `install(folder)` makes a project with the package in `folder`. */
export function newcomerWalks(root, scratch, install) {
  /** A project with the files of a page, which a newcomer makes by hand. */
  const follow = async (page) => {
    const text = readFileSync(join(root, 'docs/start', `${page}.md`), 'utf8');
    const folder = join(scratch, page);
    mkdirSync(folder);
    await install(folder);
    for (const [, name, source] of text.matchAll(/^`([\w./-]+)`[^\n]*:\n\n```\w+\n(.*?)^```$/gms)) {
      writeFileSync(join(folder, name), source);
      // What `npx tsx` does with the types.
      const options = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 };
      const script = name.replace(/\.ts$/, '.js');
      if (script !== name)
        writeFileSync(join(folder, script), ts.transpileModule(source, { compilerOptions: options }).outputText);
    }
    return { text, folder };
  };

  return [
    [
      'newcomer: a Godot game',
      async () => {
        const { text, folder } = await follow('godot-game');
        const port = await freePort();
        const server = start(folder, ['server.js'], { PORT: String(port) });
        try {
          await server.prints(`The server listens on port ${port}.`);
          const bot = start(folder, ['bot.js', `ws://127.0.0.1:${port}`]);
          await bot.ends(0);
          const shown = /It prints `(moved to [^`]*)`/.exec(text)?.[1];
          if (bot.output() !== `${shown}\n`) throw new Error(`the bot printed: ${bot.output()}`);
        } finally {
          server.kill();
        }
      },
    ],
    [
      'newcomer: a TypeScript game loop',
      async () => {
        const { folder } = await follow('game-loop');
        const port = await freePort();
        const server = start(folder, ['server.js'], { PORT: String(port) });
        try {
          await server.prints(`port: ${port}`);
          const page = await (await fetch(`http://127.0.0.1:${port}/`)).text();
          const [, script] = /from '(\/[^']*)'/.exec(page) ?? [];
          const response = await fetch(`http://127.0.0.1:${port}${script}`);
          const code = await response.text();
          if (
            response.headers.get('content-type') !== 'text/javascript' ||
            !/as WebSocketPeer\b|WebSocketPeer,/.test(code)
          ) {
            throw new Error(`${script} is not the browser's build`);
          }
          // What the page does, without a browser; test/browser/game-loop.test.ts has the page in one.
          const player = `
            import { WebSocketPeer } from 'tickpeer';
            const socket = new WebSocketPeer();
            socket.connectToUrl('ws://127.0.0.1:${port}/game');
            let isPressed = false;
            setInterval(() => {
              socket.poll();
              if (!isPressed && socket.getReadyState() === WebSocketPeer.STATE_OPEN) isPressed = socket.sendText('right') === 0;
              for (const packet of socket.packets()) if (JSON.parse(packet)[0]?.x > 220) process.exit(0);
            }, 16);`;
          writeFileSync(join(folder, 'player.js'), player);
          await start(folder, ['player.js']).ends(0);
        } finally {
          server.kill();
        }
      },
    ],
    [
      'newcomer: bots and tools',
      async () => {
        const { text, folder } = await follow('bots-and-tools');
        const [, command] = /^npx (tickpeer serve --echo)$/m.exec(text) ?? [];
        if (command === undefined) throw new Error('the page shows no server');
        const [program, ...args] = command.split(' ');
        const { bin } = JSON.parse(readFileSync(join(folder, 'node_modules/tickpeer/package.json'), 'utf8'));
        const server = start(folder, [join('node_modules/tickpeer', bin[program]), ...args, '--port', '0']);
        try {
          const [url] = await server.prints(/ws:\/\/\S+\/ws\b/);
          const bots = start(folder, ['bots.js', url]);
          await bots.ends(0);
          if (!/^(p(50|95|99): [\d.]+ ms\n){3}$/.test(bots.output()))
            throw new Error(`the bots printed: ${bots.output()}`);
        } finally {
          server.kill();
        }
      },
    ],
  ];
}

/** A program of the newcomer's. */
function start(folder, args, environment = {}) {
  const child = spawn(process.execPath, args, {
    cwd: folder,
    env: { ...process.env, NO_COLOR: '1', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: TIME_LIMIT,
  });
  let output = '';
  const ended = new Promise((resolve) => child.once('close', resolve));
  const changed = () => Promise.race([ended, new Promise((resolve) => child.stdout.once('data', resolve))]);
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text));
  const fail = (what) => new Error(`${args.join(' ')}: ${what}; it printed:\n${output}`);
  return {
    output: () => output,
    kill: () => child.kill(),
    /** Waits until it has printed a text. */
    prints: async (wanted) => {
      const find = () => (typeof wanted === 'string' ? output.includes(wanted) && [wanted] : wanted.exec(output));
      while (!find()) {
        if (child.exitCode !== null || child.signalCode !== null) throw fail(`it ended without printing ${wanted}`);
        await changed();
      }
      return find();
    },
    /** Waits for its end. */
    ends: async (code) => {
      await ended;
      if (child.exitCode !== code) throw fail(`it ended with ${child.signalCode ?? child.exitCode}`);
    },
  };
}

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}
