import { conformance } from './conformance.ts';
import { COMPRESSION_CASES } from './sections.ts';
import { compressionRuns } from './tally.ts';

conformance(COMPRESSION_CASES, compressionRuns);
