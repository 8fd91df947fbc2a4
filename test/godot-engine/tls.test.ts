import { createHash, createPublicKey } from 'node:crypto';
import { rpc } from 'tickpeer/multiplayer';
import { string } from 'tickpeer/variant';
import { test } from 'vitest';
import { makeIdentity, serverOptions } from '../support/certificates.ts';
import { gather } from './engine/gather.ts';
import { useEngines } from './engine/use-engines.ts';
import { Side, told } from './ours/side.ts';
import { expectNext } from './ours/until.ts';

const identity = await makeIdentity('interop.example');
const publicKey = createPublicKey(identity.key.toKeyObject()!).export({ type: 'spki', format: 'der' });
/** The browser trusts this key alone, and nobody else's certificate that it does not know. */
const trust = `--ignore-certificate-errors-spki-list=${createHash('sha256').update(publicKey).digest('base64')}`;

const engines = useEngines(
  `
@rpc("any_peer") func greet(text: String) -> void:
	tell_call("greet", [text])
`,
  { args: [trust] },
);

test('an engine joins over wss, and calls pass in both directions', async () => {
  const [game] = engines;
  const server = Side.server({ tls: serverOptions(identity) });
  const main = server.multiplayer.node('Main', { greet: rpc.anyPeer([string], server.teller('greet')) });
  const [id] = await gather(server, [game!]);
  for (const text of ['full', 'short']) {
    await game!.run(`rpc_id(1, "greet", "${text}")`);
    main.greet.rpc(text);
    await expectNext(server.told, [told('greet', id, text)]);
    await expectNext(game!.lines, [told('greet', 1, text)]);
  }
});

test('with a certificate that the browser does not know, the connection fails', async () => {
  const [game] = engines;
  const server = Side.server({ tls: serverOptions(await makeIdentity('stranger.example')) });
  await game!.run(`join("${server.url}")`);
  await expectNext(game!.lines, [told('connection_failed')]);
});
