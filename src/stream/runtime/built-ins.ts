/**
 * Node's modules that most programs never use, loaded when they are first used: `import 'tickpeer'` takes less time and memory without.
 * (`import()` would make what is synchronous asynchronous. Node has `getBuiltinModule` from 20.16 on; Bun and Deno have it, too.)
 */
let zlibModule: typeof import('node:zlib') | undefined;
let http2Module: typeof import('node:http2') | undefined;
let httpModule: typeof import('node:http') | undefined;

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
