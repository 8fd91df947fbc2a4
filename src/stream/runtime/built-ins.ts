/**
 * Node's modules that most programs do not use, loaded at their first use: `import 'tickpeer'` is faster and smaller without
 * them. (`import()` would be asynchronous. Node has `getBuiltinModule` from 20.16 on; Bun and Deno have it, too.)
 */
let zlibModule: typeof import('node:zlib') | undefined;
let http2Module: typeof import('node:http2') | undefined;
let httpModule: typeof import('node:http') | undefined;

if (typeof process.getBuiltinModule !== 'function') {
  // As `engines` of package.json, of which npm only warns.
  throw new Error(`tickpeer needs Node 20.19 or newer, and this is Node ${process.versions.node}`);
}

export function nodeZlib(): typeof import('node:zlib') {
  zlibModule ??= process.getBuiltinModule('node:zlib');
  return zlibModule;
}

export function nodeHttp2(): typeof import('node:http2') {
  http2Module ??= process.getBuiltinModule('node:http2');
  return http2Module;
}

export function nodeHttp(): typeof import('node:http') {
  httpModule ??= process.getBuiltinModule('node:http');
  return httpModule;
}

/** Whether this process is a worker of `node:cluster`. */
export function isClusterWorker(): boolean {
  const cluster: object = process.getBuiltinModule('node:cluster');
  return 'isWorker' in cluster && cluster.isWorker === true;
}
