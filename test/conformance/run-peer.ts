import type { Role } from '../../src/protocol/index.ts';
import { WebSocketPeer, type WebSocketPeerOptions } from '../../src/websocket/index.ts';
import type { CaseDeflate, FrameCase } from './case.ts';
import { openPeer } from './raw-end.ts';
import { DEFLATE, judge } from './run-connection.ts';
import type { Split } from './split.ts';
import { encodeFrames } from './wire.ts';

/** The other side's header that negotiates exactly `deflate`. */
export function negotiating(role: Role, deflate: CaseDeflate): string {
  const { serverNoContextTakeover, clientNoContextTakeover, serverMaxWindowBits, clientMaxWindowBits } = {
    ...DEFLATE,
    ...deflate,
  };
  const params = [
    ...(serverNoContextTakeover ? ['server_no_context_takeover'] : []),
    ...(clientNoContextTakeover ? ['client_no_context_takeover'] : []),
    `server_max_window_bits=${serverMaxWindowBits}`,
    role === 'server' && clientMaxWindowBits === 15
      ? 'client_max_window_bits'
      : `client_max_window_bits=${clientMaxWindowBits}`,
  ];
  return ['permessage-deflate', ...params].join('; ');
}

/** Runs a case on a whole `WebSocketPeer`. Returns what is wrong, or null. */
export function runOnPeer(test: FrameCase, role: Role, split: Split): string | null {
  const { deflate, settings } = test;
  const options: WebSocketPeerOptions = {
    ...settings,
    ...(deflate === undefined ? {} : { compression: { ...DEFLATE, ...deflate } }),
  };
  const end = openPeer(role, options, split, deflate === undefined ? null : negotiating(role, deflate));
  end.isEchoing = test.isEchoed ?? false;
  for (const [at, step] of test.steps.entries()) {
    if ('receive' in step) {
      end.write(encodeFrames(role, step.receive, step.cut), split, `${test.name} ${role} ${at}`);
    } else if ('send' in step) {
      if (typeof step.send === 'string') end.peer.sendText(step.send);
      else end.peer.send(step.send, WebSocketPeer.WRITE_MODE_BINARY);
    } else if ('close' in step) {
      end.peer.close(step.close, step.reason);
    } else if ('take' in step) {
      end.turn();
      end.take(step.take);
    } else {
      end.end();
    }
    end.turn();
  }
  end.settle();
  return judge(test, role, { packets: end.packets, sent: end.read(), ending: end.ending });
}
