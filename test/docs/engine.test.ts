import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { ErrorCode, TCPStatus, TLSStatus } from 'tickpeer';
import { RpcMode } from 'tickpeer/multiplayer';
import {
  type DecodeOptions,
  decodeVariant,
  type EncodeOptions,
  typeName,
  type VariantType,
  varToBytes,
} from 'tickpeer/variant';
import { describe, expect, test } from 'vitest';
import { Command } from '../../src/multiplayer/wire/command.ts';
import { ClientHandshake, Opcode, parseUrl, ServerHandshake } from '../../src/protocol/index.ts';
import { drainOutput, feed, makeConnection, takePackets } from '../support/connection.ts';
import { nodePlatform } from '../support/platform.ts';
import {
  type Block,
  bytesOfCell,
  bytesOfHex,
  codeOf,
  EngineDocument,
  engineDocuments,
  hasBytes,
  hexOfBytes,
  type Table,
} from './engine-document.ts';
import { fieldsOf } from './engine-fields.ts';
import { type Notation, parseNotation, parseValue, toValue } from './engine-notation.ts';
import { compress, decompress, tableOf, writePacket } from './engine-packet.ts';

const DOCUMENTS = engineDocuments();
const utf8 = new TextEncoder();

/** A value and its bytes, encoded and decoded. */
function checkVariant(options: EncodeOptions & DecodeOptions): (row: readonly string[]) => void {
  return ([value, bytes]) => {
    const expected = parseValue(codeOf(value!));
    expect(hexOfBytes(varToBytes(expected, options))).toBe(codeOf(bytes!));
    const decoded = decodeVariant(bytesOfCell(bytes!), options);
    const again = 'code' in decoded ? decoded.message : decoded.value;
    expect(hexOfBytes(varToBytes(again, options))).toBe(codeOf(bytes!));
    // Vectors of 64-bit floats are compared by their contents, all other values completely.
    expect(again).toEqual(expected);
  };
}

/** Bytes that no encoder writes, and how a decoder reads them. */
function checkDecoding([bytes, result]: readonly string[]): void {
  const decoded = decodeVariant(bytesOfCell(bytes!));
  const expected = codeOf(result!);
  if (expected.startsWith('ERR_')) {
    expect('code' in decoded ? ErrorCode[decoded.error] : decoded.value).toBe(expected);
  } else {
    expect('code' in decoded ? decoded.message : decoded.value).toEqual(parseValue(expected));
  }
}

function checkArgument([value, bytes]: readonly string[]): void {
  const expected = parseValue(codeOf(value!));
  expect(hexOfBytes(compress(expected))).toBe(codeOf(bytes!));
  expect(decompress(bytesOfCell(bytes!)).map((found) => found.value)).toEqual([expected]);
}

function checkArgumentDecoding([bytes, result]: readonly string[]): void {
  const expected = codeOf(result!);
  if (expected === 'refused') expect(() => decompress(bytesOfCell(bytes!))).toThrow();
  else expect(decompress(bytesOfCell(bytes!)).map(({ value }) => value)).toEqual([parseValue(expected)]);
}

/** A packet: as the library writes it, and parsed again. */
function checkPacket(text: string, bytes: Uint8Array): void {
  expect(hexOfBytes(writePacket(text))).toBe(hexOfBytes(bytes));
  const packet = parseNotation(text);
  if (packet.kind === 'call' && packet.name === 'ID') return;
  checkFields(packet, bytes);
}

/** Compares the notation with the packet's fields. */
function checkFields(packet: Notation, bytes: Uint8Array): void {
  if (packet.kind !== 'call') throw new Error('a packet was expected');
  const fields = fieldsOf(bytes);
  const textOf = (name: string): string | null | undefined => fields.find((field) => field.name === name)?.text;
  const bytesOf = (name: string) => fields.find((field) => field.name === name)?.bytes;
  const [first, second] = packet.args;
  switch (packet.name) {
    case 'ADD_PEER':
    case 'DEL_PEER':
      expect([textOf('sub-command'), textOf('peer')]).toEqual([packet.name, `${toValue(first!)}`]);
      break;
    case 'RELAY':
      expect([textOf('sub-command'), textOf('peer')]).toEqual([packet.name, `${toValue(first!)}`]);
      checkFields(second!, bytesOf('packet')!);
      break;
    case 'AUTH':
      expect(textOf('sub-command')).toBe('AUTH');
      expect(bytesOf('data')).toEqual(first === undefined ? undefined : utf8.encode(toValue(first) as string));
      break;
    case 'RAW':
      expect([textOf('command'), bytesOf('bytes')]).toEqual(['RAW', utf8.encode(toValue(first!) as string)]);
      break;
    case 'SIMPLIFY_PATH':
      expect([textOf('number'), textOf('path')]).toEqual([`${toValue(first!)}`, JSON.stringify(toValue(second!))]);
      break;
    case 'CONFIRM_PATH':
      expect([textOf('number'), textOf('valid')]).toEqual([
        `${toValue(first!)}`,
        toValue(second!) === true ? '1' : '0',
      ]);
      break;
    case 'CALL': {
      const node = first!.kind === 'call' ? toValue(first!.args[0]!) : toValue(first!);
      if (typeof node === 'string') expect(textOf('path')).toBe(JSON.stringify(node));
      else expect(textOf('node')).toBe(`${node}`);
      expect(textOf('method')).toBe(`${toValue(second!)}`);
      const args = packet.args.slice(2).map(toValue);
      const raw = bytesOf('bytes');
      const found = fields.filter(({ name }) => name === 'argument').map(({ value }) => value);
      expect(raw === undefined ? found : [raw]).toEqual(args);
      break;
    }
    default:
      throw new Error(`${packet.name} is no packet`);
  }
}

/** A frame of a server: as the library writes it, and as a client of the library reads it. */
function checkFrame([text, cell]: readonly string[]): void {
  const frame = parseNotation(codeOf(text!));
  if (frame.kind !== 'call') throw new Error('a frame was expected');
  const [first, second] = frame.args.map(toValue);
  const server = makeConnection('server');
  const client = makeConnection('client');
  if (frame.name === 'Binary') server.send(first as Uint8Array<ArrayBuffer>, Opcode.BINARY);
  else if (frame.name === 'Text') server.send(utf8.encode(first as string), Opcode.TEXT);
  else if (frame.name === 'Close') server.close((first ?? 0) as number, (second ?? '') as string, 0);
  else throw new Error(`${frame.name} is no frame`);
  expect(hexOfBytes(drainOutput(server))).toBe(codeOf(cell!));
  feed(client, bytesOfCell(cell!));
  if (frame.name === 'Close') {
    expect([client.closeCode, client.closeReason]).toEqual([first ?? 1005, second ?? '']);
  } else {
    const payload = frame.name === 'Text' ? utf8.encode(first as string) : first;
    expect(takePackets(client)).toEqual([{ payload, isText: frame.name === 'Text' }]);
  }
}

/** Names, their numbers, and the checksum, by the library and by Node's MD5. */
function checkMethods([methods, numbers, checksum]: readonly string[]): void {
  const list = methods === 'none' ? '' : codeOf(methods!);
  const table = tableOf(list);
  const names = [...table.scriptNames, ...table.nodeNames];
  const told = names.map((name) => {
    const { id } = table.byName(name)!;
    return `${name} ${id < 0x8000 ? id : `0x${id.toString(16)}`}`;
  });
  expect(told.join(', ')).toBe(numbers === 'none' ? '' : codeOf(numbers!));
  expect(table.md5).toBe(codeOf(checksum!));
  const hashed = createHash('md5').update([...table.nodeNames, ...table.scriptNames].join(''));
  expect(hashed.digest('hex')).toBe(table.md5);
}

function checkError([number, name]: readonly string[]): void {
  expect(ErrorCode[Number(number)]).toBe(codeOf(name!));
}

function checkTypeId([id, type]: readonly string[]): void {
  expect(typeName(Number(id) as VariantType)).toBe(type);
}

function checkCommand([number, names]: readonly string[]): void {
  expect(Command[Number(number)]).toBe(names!.split(';')[0]);
}

function checkMode([name, number]: readonly string[]): void {
  expect(RpcMode[Number(number)]).toBe(codeOf(name!));
}

function checkStatus(statuses: Readonly<Record<number, string>>): (row: readonly string[]) => void {
  return ([name, number]) => expect(statuses[Number(number)]).toBe(codeOf(name!));
}

/** By a table's columns: the check of its rows. Tables with other columns contain no bytes. */
const CHECKS: Readonly<Record<string, (row: readonly string[]) => void>> = {
  'value | bytes': checkVariant({}),
  'value | bytes from a double-precision build': checkVariant({ doublePrecision: true }),
  'value | bytes with full objects': checkVariant({ fullObjects: true, allowObjects: true }),
  'bytes | decoded as': checkDecoding,
  'value | bytes as an argument': checkArgument,
  'bytes of an argument | decoded as': checkArgumentDecoding,
  'packet | bytes': ([text, bytes]) => checkPacket(codeOf(text!), bytesOfCell(bytes!)),
  'call | packet | bytes': ([, text, bytes]) => checkPacket(codeOf(text!), bytesOfCell(bytes!)),
  'frame | bytes': checkFrame,
  'methods | numbers | checksum': checkMethods,
  'number | name | meaning': checkError,
  'id | type | payload': checkTypeId,
  'command | name | flags | transfer mode | size in bytes': checkCommand,
  'mode | number | who may call': checkMode,
  'TCP status | number': checkStatus(TCPStatus),
  'TLS status | number': checkStatus(TLSStatus),
};

/** A dump: a packet's bytes line by line, `bytes  name = value ; remark`. A line without `name` continues the one before. */
function checkDump({ lines }: Block): void {
  let bytes: number[] = [];
  const claimed: { name: string; text: string; bytes: Uint8Array }[] = [];
  for (const line of lines) {
    const [, hex, name, text] =
      /^([0-9A-F]{2}(?: [0-9A-F]{2})*)(?: {2,}([a-z][a-z -]*?) = (.*?)(?: +; .*)?)?$/.exec(line) ?? [];
    if (hex === undefined) throw new Error(`not understood: ${line}`);
    bytes.push(...bytesOfHex(hex));
    if (name === undefined) continue;
    claimed.push({ name, text: text!, bytes: Uint8Array.from(bytes) });
    bytes = [];
  }
  expect(bytes).toEqual([]);
  const fields = fieldsOf(Uint8Array.from(claimed.flatMap((part) => [...part.bytes])));
  expect(claimed.map((part) => [part.name, hexOfBytes(part.bytes)])).toEqual(
    fields.map((field) => [field.name, hexOfBytes(field.bytes)]),
  );
  for (const [index, field] of fields.entries()) {
    const { text, bytes: own } = claimed[index]!;
    if (field.text !== null) {
      expect(text).toBe(field.text);
    } else if (['argument', 'state', 'value'].includes(field.name)) {
      expect(field.value).toEqual(parseValue(text));
      expect(hexOfBytes(compress(parseValue(text)))).toBe(hexOfBytes(own));
    } else if (field.name === 'packet') {
      checkPacket(text, own);
    } else {
      expect(own).toEqual(utf8.encode(parseValue(text) as string));
    }
  }
}

/** The opening handshake with the nonce of RFC 6455 1.3: what the library writes, and what it accepts. */
function checkHandshake({ language, lines }: Block): void {
  const text = `${lines.join('\r\n')}\r\n\r\n`;
  const platform = { ...nodePlatform, fillRandom: (bytes: Uint8Array) => bytes.set(utf8.encode('the sample nonce')) };
  const url = parseUrl('ws://example.com:9080/chat?room=1');
  if ('code' in url) throw new Error(url.message);
  const client = new ClientHandshake({ url, protocols: ['chat', 'superchat'], headers: ['X-Token: abc'] }, platform);
  const request = client.takeRequest();
  if (language === 'http request') {
    expect(Buffer.from(request).toString()).toBe(text);
    return;
  }
  const server = new ServerHandshake(
    { supportedProtocols: ['superchat', 'chat'], headers: ['X-Room: 1'] },
    nodePlatform,
  );
  server.receive(request);
  server.accept();
  expect(Buffer.from(server.takeResponse()).toString()).toBe(text);
  client.receive(utf8.encode(text));
  expect(client.result).toMatchObject({ state: 'accepted', protocol: 'chat' });
}

const BLOCKS: Readonly<Record<string, (block: Block) => void>> = {
  bytes: checkDump,
  'http request': checkHandshake,
  'http response': checkHandshake,
};
/** Blocks without bytes, and those that engine-session.test.ts checks. */
const OTHER_BLOCKS = ['text', 'gdscript', 'session'];

describe.each(DOCUMENTS)('$name', ({ tables, blocks, prose }) => {
  const rows = tables
    .filter(({ columns }) => columns in CHECKS)
    .flatMap(({ columns, rows }: Table) => rows.map((row) => ({ columns, row, about: row.join(' | ') })));

  if (rows.length > 0) {
    test.each(rows)('$about', ({ columns, row }) => {
      expect(row).toHaveLength(columns.split(' | ').length);
      CHECKS[columns]!(row);
    });
  }

  const dumps = blocks.filter(({ language }) => language in BLOCKS);
  if (dumps.length > 0) {
    test.each(dumps.map((block) => ({ block, first: block.lines.slice(0, 2).join(' / ') })))('$first', ({ block }) => {
      BLOCKS[block.language]!(block);
    });
  }

  test('there are no other examples', () => {
    const unknown = blocks.filter(({ language }) => !(language in BLOCKS || OTHER_BLOCKS.includes(language)));
    expect(unknown).toEqual([]);
    const others = tables.filter(({ columns }) => !(columns in CHECKS)).flatMap(({ rows: cells }) => cells.flat());
    const texts = blocks
      .filter(({ language }) => ['text', 'gdscript'].includes(language))
      .flatMap(({ lines }) => lines);
    expect([...prose, ...others, ...texts].filter(hasBytes)).toEqual([]);
  });
});

/** The rows of all tables with these columns. */
function rowsUnder(name: string, columns: string): readonly (readonly string[])[] {
  const { tables } = DOCUMENTS.find((document) => document.name === `engine/${name}`)!;
  return tables.filter((table) => table.columns === columns).flatMap(({ rows }) => rows);
}

test('every type of the format has its id, its payload and an example', () => {
  const all = Array.from({ length: 39 }, (_, id) => id);
  expect(rowsUnder('variant-format.md', 'id | type | payload').map(([id]) => Number(id))).toEqual(all);
  const shown = new Set(rowsUnder('variant-format.md', 'value | bytes').map(([, bytes]) => bytesOfCell(bytes!)[0]));
  expect([...shown].sort((a, b) => a! - b!)).toEqual(all);
});

test('every error code and every command has a row', () => {
  const codes = rowsUnder('error-codes.md', 'number | name | meaning');
  expect(codes.map(([number]) => Number(number))).toEqual(Array.from({ length: 49 }, (_, number) => number));
  const commands = rowsUnder('multiplayer-wire.md', 'command | name | flags | transfer mode | size in bytes');
  expect(commands.map(([number]) => Number(number))).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
});

describe('links', () => {
  const all = new Map([...DOCUMENTS, new EngineDocument('design.md')].map((document) => [document.name, document]));

  test.each([...all.values()])('of $name lead somewhere', ({ name, links, anchors }) => {
    const broken = links.filter((link) => {
      const [path, anchor] = link.split('#') as [string, string | undefined];
      const target = path === '' ? name : new URL(path, `file:///${name}`).pathname.slice(1);
      if (!existsSync(new URL(`../../docs/${path === '' ? name : target}`, import.meta.url))) {
        return !existsSync(new URL(path, new URL(`../../docs/${name}`, import.meta.url)));
      }
      if (anchor === undefined) return false;
      const found = path === '' ? anchors : (all.get(target)?.anchors ?? new EngineDocument(target).anchors);
      return !found.has(anchor);
    });
    expect(broken).toEqual([]);
  });

  test('in comments of the sources lead to a heading', () => {
    const folder = new URL('../../src/', import.meta.url);
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
    const cited = files.flatMap((file) =>
      [...readFileSync(new URL(file, folder), 'utf8').matchAll(/docs\/([\w/-]+\.md)#([\w-]+)/g)].map(
        ([citation, document = '', anchor = '']) => ({ file, citation, document, anchor }),
      ),
    );
    expect(cited.length).toBeGreaterThan(20);
    const anchors = new Map(cited.map(({ document }) => [document, new EngineDocument(document).anchors]));
    const broken = cited.filter(({ document, anchor }) => !anchors.get(document)!.has(anchor));
    expect(broken.map(({ file, citation }) => `${file}: ${citation}`)).toEqual([]);
  });
});
