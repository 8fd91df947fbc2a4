// Packs the package as npm would publish it, checks its contents, and uses it from an empty project: npm run test:package
// With the path of a tarball, checks that one: node test/package/check.mjs build/release/tickpeer-1.2.3.tgz
// The compilers are in test/package/node_modules; npm run test:package installs them. Nothing else comes from the registry.
// Ends with the line `N passed, N failed`.
import { execFile } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, posix, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { rolldown } from 'rolldown';
import { addressOf, fieldsFor, packedDocuments } from '../../scripts/package-links.mjs';
import { newcomerWalks } from './newcomer.mjs';
import { checkOldest, copyConsumers, installOptionalPeers, typeChecks } from './types.mjs';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const scratch = realpathSync(mkdtempSync(join(tmpdir(), 'tickpeer-package-')));
const project = join(scratch, 'project');
const installed = join(project, 'node_modules', 'tickpeer');
const count = { passed: 0, failed: 0 };

/** For one command; four times what the slowest takes on a slow machine. */
const TIME_LIMIT = 120_000;
const MAX_FAILURE_LINES = 40;
/** Bytes, compressed, of a game that uses `WebSocketPeer`. */
const ROOM_FOR_A_PEER = 16_000;
/** The same with `tickpeer/peer`, which has no Variants. */
const ROOM_FOR_A_BARE_PEER = 9_000;
/** Of the unpacked package, with its documents. The command line has 800 kB of that, most of it packages that are bundled in. */
const MOST_FILES = 1100;
const MOST_BYTES = 4_800_000;

/** The repository's documents. Packing makes their links absolute, and afterwards relative again. */
const before = new Map(packedDocuments().map((document) => [document, readFileSync(join(root, document))]));

process.once('exit', () => rmSync(scratch, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));

const tarball = await step('npm pack', pack);
if (tarball !== undefined) {
  await step('publint --strict', () => run(tool('publint'), ['run', tarball, '--strict']));
  await step('attw, ESM only', () =>
    run(tool('@arethetypeswrong/cli', 'attw'), [tarball, '--profile', 'esm-only', '--no-emoji']),
  );
  if ((await step('npm install, offline', () => install(tarball))) !== undefined) {
    await step('the files in it', checkFiles);
    await step('its size', checkSize);
    await step('its addresses', checkAddresses);
    await step('the links of its documents', checkLinks);
    await step('import', () => run(join(project, 'smoke.mjs')));
    await step('require', () => run(join(project, 'smoke.cjs')));
    await step('the command line', checkCommandLine);
    await step('the oldest compiler that its documents name', () => checkOldest(root, packedTexts()));
    installOptionalPeers(root, project);
    for (const { name, check } of typeChecks(root, project, run)) await step(name, check);
    await step('a bundle for browsers', () => bundleForBrowsers('smoke-browser.ts', ROOM_FOR_A_PEER));
    await step('a bundle for browsers, without Variants', () =>
      bundleForBrowsers('smoke-peer.ts', ROOM_FOR_A_BARE_PEER),
    );
    await step('the sub-paths share their classes', () => run(join(project, 'shared.mjs')));
    await step('the sub-paths share their classes in a bundle for browsers', async () => {
      const bundle = await rolldown({ input: join(project, 'shared.mjs'), platform: 'browser' });
      await bundle.write({ file: join(project, 'bundled.mjs'), format: 'es' });
      await bundle.close();
      await run(join(project, 'bundled.mjs'));
    });
    for (const [name, walk] of newcomerWalks(root, scratch, (folder) => installAlone(tarball, folder)))
      await step(name, walk);
  }
}
console.log(`${count.passed} passed, ${count.failed} failed`);
process.exitCode = count.failed === 0 ? 0 : 1;

/** Runs one check and prints its line. Returns the check's result (true for none), or undefined when it throws. */
async function step(name, check) {
  const start = performance.now();
  const print = (mark) => console.log(`${mark} ${name} (${((performance.now() - start) / 1000).toFixed(1)} s)`);
  try {
    const result = (await check()) ?? true;
    count.passed++;
    print('ok  ');
    return result;
  } catch (error) {
    count.failed++;
    print('FAIL');
    const lines = error.message.split('\n').slice(0, MAX_FAILURE_LINES);
    console.log(lines.map((line) => `     ${line}`.trimEnd()).join('\n'));
    return undefined;
  }
}

/** Returns the path of the tarball: the given one, or a new one (`npm pack` builds first, by `prepack`). */
async function pack() {
  const given = process.argv[2];
  if (given !== undefined) return resolve(given);
  await npm(['pack', '--pack-destination', scratch], root);
  const [name, ...more] = readdirSync(scratch).filter((file) => file.endsWith('.tgz'));
  if (name === undefined || more.length > 0) throw new Error(`one tarball expected in ${scratch}`);
  return join(scratch, name);
}

/** Makes a project with only the smoke tests in it, and installs the tarball there. */
async function install(path) {
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'empty', private: true, type: 'module' }));
  for (const [name, text] of Object.entries(projectFiles())) writeFileSync(join(project, name), text);
  copyConsumers(root, project);
  await npm(['install', '--offline', '--no-audit', '--no-fund', path], project);
  const others = readdirSync(join(project, 'node_modules')).filter(
    (name) => !name.startsWith('.') && name !== 'tickpeer',
  );
  if (others.length > 0) throw new Error(`came along, though nothing may: ${others.join(', ')}`);
}

/** A newcomer's project: nothing but the package. */
async function installAlone(path, folder) {
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'mine', private: true, type: 'module' }));
  await npm(['install', '--offline', '--no-audit', '--no-fund', path], folder);
}

function checkFiles() {
  const files = filesOf(installed);
  const { exports } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
  const documents = ['package.json', 'README.md', 'CHANGELOG.md', 'LICENSE', 'SECURITY.md'];
  const missing = [...documents, ...targetsOf(exports)].filter((file) => !files.includes(file));
  const scripts = files.filter((file) => file.endsWith('.js'));
  for (const script of scripts) {
    // The browser's build uses the types of Node's.
    const isForBrowsers = script === 'dist/index.browser.js' || script.startsWith('dist/browser/');
    const hasTypes = !isForBrowsers && !script.startsWith('dist/cli/');
    const declaration = hasTypes ? [script.replace(/\.js$/, '.d.ts')] : [];
    missing.push(...declaration.filter((file) => !files.includes(file)));
  }
  const needless = files.filter((file) => {
    const isOfBuild = /^dist\/(.*\.(js|d\.ts)|inspector\/page\.html)$/.test(file) && !/\.test\./.test(file);
    const isLicences = file === 'dist/cli/LICENSES.txt';
    return !isOfBuild && !isLicences && !documents.includes(file) && !/^docs\/[a-z-]+\.md$/.test(file);
  });
  const faults = [
    ...missing.map((file) => `missing: ${file}`),
    ...needless.map((file) => `has no place here: ${file}`),
  ];
  if (faults.length > 0) throw new Error(faults.join('\n'));
}

/** Every command is there and says how it is used, and one that needs a bundled package works. */
async function checkCommandLine() {
  const { bin, version } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
  const command = join(project, 'node_modules/.bin/tickpeer');
  if (realpathSync(command) !== join(installed, bin.tickpeer)) throw new Error(`${command} leads to something else`);
  const said = async (...words) => (await spawn(command, words, project)).stdout;
  if ((await said('--version')).trim() !== version) throw new Error(`the version is not ${version}`);
  const names = [...(await said('--help')).matchAll(/^ {2}([a-z]+) /gm)].map(([, name]) => name);
  if (!names.includes('serve')) throw new Error(`the help lists ${names.join(', ')}`);
  for (const name of names) {
    if (!(await said(name, '--help')).includes(`tickpeer ${name}`)) throw new Error(`${name} has no help`);
  }
  await said('cert', '--out', project);
  if (!existsSync(join(project, 'development.crt'))) throw new Error('cert made no certificate');
}

/** No source maps: the code differs from the source only by the types, and `src/` is not in the package. */
function checkSize() {
  const files = filesOf(installed);
  const bytes = files.reduce((sum, file) => sum + statSync(join(installed, file)).size, 0);
  const size = `${files.length} files, ${bytes} bytes`;
  if (files.length > MOST_FILES || bytes > MOST_BYTES) {
    throw new Error(`${size}; at most ${MOST_FILES} files, ${MOST_BYTES} bytes`);
  }
  const mapped = files.filter((file) => readFileSync(join(installed, file), 'utf8').includes('\n//# sourceMappingURL'));
  if (mapped.length > 0) throw new Error(`these name a source map: ${mapped.join(', ')}`);
}

/** `repository.url` defines the address; everything else follows from it. */
function checkAddresses() {
  const manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
  for (const [name, wanted] of Object.entries(fieldsFor(addressOf(manifest)))) {
    const found = JSON.stringify(manifest[name]);
    if (found !== JSON.stringify(wanted)) throw new Error(`${name} is ${found}, not ${JSON.stringify(wanted)}`);
  }
}

/** Every link is absolute or leads to a packed file, and packing has left the repository's documents unchanged. */
function checkLinks() {
  const files = filesOf(installed);
  const faults = [];
  for (const document of files.filter((file) => file.endsWith('.md'))) {
    const text = readFileSync(join(installed, document), 'utf8');
    const links = [/\]\(([^)\s]+)\)/g, /\b(?:src|srcset|href)="([^"]+)"/g].flatMap((link) => [...text.matchAll(link)]);
    for (const [, link] of links) {
      if (/^(#|[a-z]+:)/.test(link)) continue;
      const target = posix.join(posix.dirname(document), link.replace(/#.*/, ''));
      if (!files.includes(target)) faults.push(`${document}: ${link}`);
    }
    if (!before.get(document)?.equals(readFileSync(join(root, document)))) {
      faults.push(`${document} is not as it was before`);
    }
  }
  if (faults.length > 0) throw new Error(faults.join('\n'));
}

/** Bundles a program as a game's build does. The bundle imports nothing, and has at most `room` bytes. */
async function bundleForBrowsers(program, room) {
  const bundle = await rolldown({ input: join(project, program), platform: 'browser' });
  const { output } = await bundle.generate({ format: 'es', minify: true });
  await bundle.close();
  const { code } = output[0];
  if (output.length !== 1 || /from\s*["']/.test(code)) throw new Error('the bundle still imports something');
  const { length } = gzipSync(code, { level: 9 });
  if (length > room) throw new Error(`${length} bytes compressed, at most ${room}`);
}

/** The program `command` of a package that is installed in the repository. */
function tool(name, command = name) {
  const folder = join(root, 'node_modules', name);
  const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  return join(folder, typeof bin === 'string' ? bin : bin[command]);
}

function npm(args, cwd) {
  const path = process.env.npm_execpath;
  if (path !== undefined && existsSync(path)) return spawn(process.execPath, [path, ...args], cwd);
  return spawn('npm', args, cwd);
}

function run(script, args = []) {
  return spawn(process.execPath, [script, ...args], project);
}

/** Runs a command without showing its output, which it returns. When it fails, throws an error with all that it printed. */
async function spawn(command, args, cwd) {
  const running = promisify(execFile)(command, args, {
    cwd: existsSync(cwd) ? cwd : scratch,
    env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined },
    timeout: TIME_LIMIT,
    killSignal: 'SIGKILL',
    maxBuffer: Number.POSITIVE_INFINITY,
  });
  running.child.stdin.end();
  try {
    return await running;
  } catch (error) {
    const outcome = error.killed ? `killed after ${TIME_LIMIT} ms` : `ended with ${error.signal ?? error.code}`;
    throw new Error([`${[command, ...args].join(' ')}: ${outcome}`, error.stdout, error.stderr].join('\n').trimEnd());
  }
}

/** The package's documents. */
function packedTexts() {
  const documents = filesOf(installed).filter((file) => file.endsWith('.md'));
  return documents.map((file) => readFileSync(join(installed, file), 'utf8'));
}

/** Every file under `folder`, by its path in it. */
function filesOf(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .split(sep)
        .join('/'),
    );
}

/** The files that the `exports` of a package.json lead to. */
function targetsOf(value) {
  if (typeof value === 'string') return [value.replace(/^\.\//, '')];
  return Object.values(value ?? {}).flatMap(targetsOf);
}

function projectFiles() {
  return {
    'round-trip.cjs': `
module.exports = async ({ ErrorCode, WebSocketPeer, WebSocketServer }) => {
  const expectOk = (what, code) => {
    if (code !== ErrorCode.OK) throw new Error(what + ' answered ' + ErrorCode[code]);
  };
  const server = new WebSocketServer();
  const client = new WebSocketPeer();
  expectOk('listen', server.listen(0, '127.0.0.1'));
  expectOk('connectToUrl', client.connectToUrl('ws://127.0.0.1:' + server.getLocalPort()));
  const packets = [];
  let hasSpoken = false;
  let hasStopped = false;
  const end = performance.now() + 20_000;
  while (!(hasStopped && server.isStopped() && client.getReadyState() === WebSocketPeer.STATE_CLOSED)) {
    if (performance.now() > end) throw new Error('no end to it; state ' + client.getReadyState() + ', packets: ' + packets);
    server.poll();
    for (const peer of server.readyPeers()) {
      for (const packet of peer.packets()) expectOk('sendText', peer.sendText('you said ' + packet));
    }
    client.poll();
    packets.push(...client.packets());
    if (client.getReadyState() === WebSocketPeer.STATE_OPEN && !hasSpoken) {
      hasSpoken = true;
      expectOk('sendText', client.sendText('x'));
    }
    if (packets.length === 1 && client.getReadyState() === WebSocketPeer.STATE_OPEN) client.close(1000, 'bye');
    if (client.getReadyState() === WebSocketPeer.STATE_CLOSED && !hasStopped) {
      hasStopped = true;
      server.stop();
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const outcome = JSON.stringify([packets, client.getCloseCode()]);
  if (outcome !== '[["you said x"],1000]') throw new Error('came out as ' + outcome + ': ' + client.getLastFailure()?.message);
};
`,
    'smoke.mjs': `
import { ErrorCode, WebSocketPeer, WebSocketServer } from 'tickpeer';
import { Cluster } from 'tickpeer/cluster';
import { Rooms } from 'tickpeer/rooms';
import { VirtualClock, VirtualNetwork } from 'tickpeer/testing';
import { attachInspector } from 'tickpeer/inspector';
import roundTrip from './round-trip.cjs';
new VirtualNetwork({ clock: new VirtualClock() }).connect();
const inspector = attachInspector(new WebSocketServer());
if (!('url' in inspector)) throw new Error(inspector.message);
if (!(await (await fetch(inspector.url)).text()).includes('tickpeer inspector')) throw new Error('the page is missing');
inspector.close();
new Rooms(new WebSocketServer(), { kinds: {} }).poll();
if (typeof Cluster.join !== 'function') throw new Error('the cluster is missing');
await roundTrip({ ErrorCode, WebSocketPeer, WebSocketServer });
`,
    'shared.mjs': `
import { PacketPeer, ErrorCode } from 'tickpeer';
import { ConnectionStatus, OfflineMultiplayerPeer, SceneMultiplayer, rpc } from 'tickpeer/multiplayer';
import { Vector2, varToBytes, vector2 } from 'tickpeer/variant';
class Given extends PacketPeer {
  takePacket() { return varToBytes(new Vector2(1, 2)); }
}
const value = new Given().getVar();
if (!(value instanceof Vector2) || !value.equals(new Vector2(1, 2))) throw new Error('getVar() has another Vector2');
const peer = new OfflineMultiplayerPeer();
if (!(peer instanceof PacketPeer)) throw new Error('the multiplayer has another PacketPeer');
if (peer.getConnectionStatus() !== ConnectionStatus.CONNECTION_CONNECTED) throw new Error('not connected');
const heard = [];
const multiplayer = new SceneMultiplayer();
multiplayer.multiplayerPeer = peer;
const main = multiplayer.node('Main', {
  move: rpc.anyPeer([vector2], (from, at) => heard.push([from, at.x]), { callLocal: true }),
});
if (main.move.rpc(new Vector2(3, 4)) !== ErrorCode.OK || heard.join() !== '1,3') throw new Error('heard ' + heard);
`,
    'smoke.cjs': `
const tickpeer = require('tickpeer');
require('./round-trip.cjs')(tickpeer).then(async () => {
  const { WebSocketPeer } = await import('tickpeer');
  if (WebSocketPeer !== tickpeer.WebSocketPeer) throw new Error('import and require give two packages');
});
`,
    'smoke.ts': `
import { ErrorCode, WebSocketPeer, WebSocketServer } from 'tickpeer';
import { rpc, SceneMultiplayer } from 'tickpeer/multiplayer';
import { vector2, type Vector2 } from 'tickpeer/variant';
new SceneMultiplayer().node('Main', {
  move: rpc.anyPeer([vector2], (from: number, at: Vector2) => console.log(from, at.x)),
  // @ts-expect-error: the argument is a Vector2; without types there is no error.
  stop: rpc.anyPeer([vector2], (from: number, at: string) => console.log(from, at)),
});
const server: WebSocketServer = new WebSocketServer();
const listening: ErrorCode = server.listen(0, '127.0.0.1');
const client: WebSocketPeer = new WebSocketPeer();
const ok: boolean = listening === ErrorCode.OK && client.connectToUrl('ws://127.0.0.1:1') === ErrorCode.OK;
for (const peer of server.readyPeers()) for (const packet of peer.packets()) peer.sendText(\`\${ok} \${packet}\`);
// @ts-expect-error: a text is not a number; without types there is no error.
client.sendText(1);
`,
    'smoke-browser.ts': `
import { WebSocketPeer } from 'tickpeer';
const socket: WebSocketPeer = new WebSocketPeer({ inboundBufferSize: 1_000_000 });
socket.connectToUrl(location.href.replace('http', 'ws'));
requestAnimationFrame(() => {
  socket.poll();
  for (const packet of socket.packets()) document.title = typeof packet === 'string' ? packet : String(packet.length);
});
`,
    'smoke-peer.ts': `
import { ErrorCode, State, WebSocketPeer } from 'tickpeer/peer';
const socket: WebSocketPeer = new WebSocketPeer({ inboundBufferSize: 1_000_000 });
if (socket.connectToUrl('ws://127.0.0.1:1') !== ErrorCode.OK) throw new Error(socket.getLastFailure()?.message);
export const isOpen: boolean = socket.getReadyState() === State.STATE_OPEN;
class Chat extends WebSocketPeer {
  say(text: string): ErrorCode {
    return this.sendText(text);
  }
}
export const said: ErrorCode = new Chat().say('hello');
// @ts-expect-error: without Variants.
socket.getVar();
`,
    'smoke-require.cts': `
import tickpeer = require('tickpeer');
const client: tickpeer.WebSocketPeer = new tickpeer.WebSocketPeer();
const sent: tickpeer.ErrorCode = client.sendText('x');
// @ts-expect-error: a code is not a text; without types there is no error.
const text: string = sent;
`,
  };
}
