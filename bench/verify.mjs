// Checks that compressed answers contain what was sent. The load counts them, and passes on the first bytes of one connection.
import { constants, createInflateRaw } from 'node:zlib';
import { messagesOf } from './plan.mjs';

const TAIL = Buffer.from([0, 0, 255, 255]);

/** Throws unless the whole frames in `capture` inflate to the workload's messages, in order; returns how many there were. */
export async function verifyCompressed(capture, workload) {
  const expected = messagesOf(workload).flat();
  const bytes = Buffer.from(capture, 'hex');
  let shared = null;
  let seen = 0;
  for (let at = 0; at + 2 <= bytes.length; seen++) {
    const short = bytes[at + 1] & 127;
    const header = short === 126 ? 4 : 2;
    const length = short === 126 ? bytes.readUInt16BE(at + 2) : short;
    if (at + header + length > bytes.length) break;
    const payload = bytes.subarray(at + header, at + header + length);
    const isCompressed = (bytes[at] & 0x40) !== 0;
    if (workload.deflate === 'takeover') shared ??= createInflateRaw({ finishFlush: constants.Z_SYNC_FLUSH });
    const stream = shared ?? createInflateRaw({ finishFlush: constants.Z_SYNC_FLUSH });
    const message = isCompressed ? await inflate(stream, payload) : payload;
    if (!message.equals(expected[seen % expected.length])) throw new Error(`answer ${seen} is not what was sent`);
    at += header + length;
  }
  if (seen === 0) throw new Error('no compressed answer was captured');
  return seen;
}

function inflate(stream, payload) {
  return new Promise((resolve, reject) => {
    const chunks = [];
    const take = (chunk) => chunks.push(chunk);
    stream.on('data', take).once('error', reject);
    stream.write(payload);
    stream.write(TAIL, () =>
      stream.flush(constants.Z_SYNC_FLUSH, () => {
        stream.off('data', take).off('error', reject);
        resolve(Buffer.concat(chunks));
      }),
    );
  });
}
