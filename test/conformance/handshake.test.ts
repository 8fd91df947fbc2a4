import { conformance } from './conformance.ts';
import { HANDSHAKE_CASES } from './sections.ts';
import { handshakeRuns } from './tally.ts';

conformance(HANDSHAKE_CASES, handshakeRuns);
