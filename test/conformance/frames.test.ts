import { conformance } from './conformance.ts';
import { FRAME_CASES } from './sections.ts';
import { frameRuns } from './tally.ts';

conformance(FRAME_CASES, frameRuns);
