// Runs one of the built examples: npm run example -- client ws://127.0.0.1:9080
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const [name = '', ...rest] = process.argv.slice(2);
const file = ['', '/main']
  .map((end) => `build/examples/${name}${end}.js`)
  .find((path) => name !== '' && existsSync(path));
if (file === undefined) {
  console.error('Which example? arena, chat, client, godot-server, metrics, snowball-fight or websocket-server-tls.');
  process.exit(2);
}
process.exitCode = spawnSync(process.execPath, [file, ...rest], { stdio: 'inherit' }).status ?? 1;
