/** A server's end of one connection, with either package. */
export interface Line {
  send(message: string | Uint8Array): void;
  close(code: number, reason: string): void;
  /** Sends a Close frame without a code, which no API does. */
  closeEmpty(): void;
  /** Ends TCP without a Close frame. */
  drop(): void;
}

/** What happens on one connection. Every part is optional. */
export interface Part {
  opened?(line: Line): void;
  received?(line: Line, message: string | Uint8Array): void;
  /** -1: without a closing handshake. */
  closed?(code: number, reason: string): void;
}

/** What a server saw of a client that has disconnected. */
export interface Note {
  readonly messages: number;
  readonly code: number;
  readonly reason: string;
}

/**
 * What the journey's server does, by the path of the client's URL. It is the same for every server:
 *
 * - `/echo` sends back what it receives
 * - `/size?bytes=N` sends one message of N bytes
 * - `/burst?count=N&size=M` sends N messages of M bytes, each beginning with its number, little-endian
 * - `/burst-when-told?count=N&size=M` the same, at the first message
 * - `/burst-then-close?count=N&size=M&code=C&reason=R` at once, followed by a Close
 * - `/close?code=C&reason=R`, `/close-empty`, `/gone` end the connection, each at the first message
 * - `/close-at-once?code=C` sends a Close as soon as it is open
 * - `/note?id=I` stores what it received and how the client ended it, and `/noted?id=I` sends that as soon as it is known: a
 *   `Note` in JSON
 */
export class Script {
  /** The number of messages in bursts that were given to the system so far. */
  burstMessages = 0;
  readonly #notes = new Map<string, Note>();
  readonly #asking = new Map<string, Line>();

  part(target: string): Part {
    const { pathname, searchParams } = new URL(target, 'ws://server.test');
    const number = (name: string): number => Number(searchParams.get(name));
    const code = number('code');
    const reason = searchParams.get('reason') ?? '';
    const id = searchParams.get('id') ?? '';
    switch (pathname) {
      case '/echo':
        return { received: (line, message) => line.send(message) };
      case '/size':
        return { opened: (line) => line.send(new Uint8Array(number('bytes'))) };
      case '/burst':
        return { opened: (line) => this.#burst(line, number('count'), number('size')) };
      case '/burst-when-told':
        return { received: (line) => this.#burst(line, number('count'), number('size')) };
      case '/burst-then-close':
        return {
          opened: (line) => {
            this.#burst(line, number('count'), number('size'));
            line.close(code, reason);
          },
        };
      case '/close':
        return { received: (line) => line.close(code, reason) };
      case '/close-at-once':
        return { opened: (line) => line.close(code, reason) };
      case '/close-empty':
        return { received: (line) => line.closeEmpty() };
      case '/gone':
        return { received: (line) => line.drop() };
      case '/note':
        return this.#notePart(id);
      case '/noted':
        return { opened: (line) => this.#tell(id, line) };
      default:
        throw new Error(`the script has no part for ${target}`);
    }
  }

  #burst(line: Line, count: number, size: number): void {
    for (let i = 0; i < count; i++) {
      const message = new Uint8Array(size);
      new DataView(message.buffer).setUint32(0, i, true);
      line.send(message);
    }
    this.burstMessages += count;
  }

  #notePart(id: string): Part {
    let messages = 0;
    return {
      received: () => messages++,
      closed: (code, reason) => {
        this.#notes.set(id, { messages, code, reason });
        const line = this.#asking.get(id);
        if (line !== undefined) this.#tell(id, line);
      },
    };
  }

  #tell(id: string, line: Line): void {
    const note = this.#notes.get(id);
    if (note === undefined) this.#asking.set(id, line);
    else line.send(JSON.stringify(note));
  }
}
