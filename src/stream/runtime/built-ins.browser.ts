/** A browser has none of Node's modules, and nothing in its build asks for them. */
export function nodeZlib(): never {
  throw new Error('there is no node:zlib in a browser');
}

export function nodeHttp2(): never {
  throw new Error('there is no node:http2 in a browser');
}

export function nodeHttp(): never {
  throw new Error('there is no node:http in a browser');
}
