import { TLSOptions } from 'tickpeer';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { makeIdentity } from '../support/certificates.ts';
import { journeyOn } from './journey.ts';
import type { Identities, JourneyServer } from './journey-server.ts';
import { startOurServer } from './our-server.ts';
import type { Where } from './step.ts';
import { unusedPort } from './unused-port.ts';
import { startWsServer } from './ws-server.ts';

type Start = (identities: Identities) => JourneyServer | Promise<JourneyServer>;

const SERVERS: readonly (readonly [string, Start])[] = [
  ['our server', startOurServer],
  ['ws', startWsServer],
];

describe.each(SERVERS)('the journey on Node, against %s', (_name, start) => {
  let server: JourneyServer;
  let where: Where;

  beforeAll(async () => {
    const [trusted, untrusted] = [await makeIdentity('trusted'), await makeIdentity('untrusted')];
    server = await start({
      trusted: { key: trusted.keyPem, certificate: trusted.certificatePem },
      untrusted: { key: untrusted.keyPem, certificate: untrusted.certificatePem },
    });
    const trust = TLSOptions.client(trusted.certificate);
    where = { ...server.addresses, unused: `ws://127.0.0.1:${unusedPort()}`, trust, platform: 'node' };
  });
  afterAll(() => server.stop());

  test.each(journeyOn('node'))('$name', (step) => step.run(where));
});
