import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect } from 'vitest';
import { eventsOf } from '../../src/cli/decode/capture.ts';
import { EventLines } from '../../src/cli/decode/event-lines.ts';
import { BrokenCapture } from '../../src/cli/decode/file-bytes.ts';
import { RecordedKind, RecordingWriter } from '../../src/testing/index.ts';
import { converse } from '../support/conversation.ts';
import { pcap, pcapng, tcpPackets } from '../support/pcap-writer.ts';
import { mutate } from './fuzz.ts';
import { fuzz } from './fuzz-runner.ts';

const directory = mkdtempSync(join(tmpdir(), 'tickpeer-fuzz-'));
afterAll(() => rmSync(directory, { recursive: true }));

const CAPTURES = captures();

/** Captures of a real connection, in every format. */
function captures(): readonly Uint8Array[] {
  const { client, server, step, sent } = converse({ compression: true });
  server.send(Uint8Array.of(5, 0, 0, 0));
  client.sendText('words '.repeat(50));
  step();
  server.send(Uint8Array.of(3, 0x68, 0x69));
  client.close();
  step();
  const packets = tcpPackets(sent, { linkType: 1 }, 120);
  const chunks: Uint8Array[] = [];
  const writer = new RecordingWriter({ seed: 1, startedAt: 0 }, (chunk) => chunks.push(chunk));
  writer.event(RecordedKind.OPENED, 0, 1, 'client');
  for (const { isFromClient, bytes } of sent)
    writer.event(isFromClient ? RecordedKind.RECEIVED : RecordedKind.SENT, 1, 1, bytes);
  const har = {
    log: {
      entries: [
        { request: { url: 'ws://a/' }, _webSocketMessages: [{ type: 'send', time: 1, opcode: 2, data: 'AAAA' }] },
      ],
    },
  };
  return [pcap(packets, 1), pcapng(packets, 1), Buffer.concat(chunks), Buffer.from(JSON.stringify(har))];
}

fuzz(
  'captures',
  (chance) => {
    const capture = chance.pick(CAPTURES);
    const file = join(directory, 'capture');
    // The header stays now and then, so that what is behind it is read.
    const kept = chance.below(2) === 0 ? chance.pick([4, 24, 60]) : 0;
    writeFileSync(file, Buffer.concat([capture.subarray(0, kept), mutate(chance, [capture.subarray(kept)])]));
    const lines = new EventLines('auto', {}, (_, text) => text);
    let count = 0;
    try {
      for (const event of eventsOf(file)) {
        if (event.kind === 'progress') continue;
        const line = chance.below(2) === 0 ? lines.text(event) : lines.json(event);
        expect(line).not.toContain('\n');
        count++;
      }
    } catch (error) {
      if (!(error instanceof BrokenCapture)) throw error;
      expect(error.message).toMatch(/^it |^the |^its /);
    }
    expect(count).toBeLessThan(1000);
  },
  1000,
);
