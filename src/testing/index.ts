/** For tests: a clock that a test moves, and a network with any conditions. Every run is the same. */
export type { Conditions } from './conditions.ts';
export { Random } from './random.ts';
export { Recorder, type RecorderOptions } from './recorder.ts';
export {
  type RecordedEvent,
  RecordedKind,
  type RecordingHeader,
  RecordingReader,
  RecordingWriter,
  readerOf,
} from './recording-format.ts';
export {
  type ReplayDifference,
  type ReplayedConnection,
  type ReplayedProgram,
  type ReplayHost,
  type ReplayOptions,
  type ReplayResult,
  replay,
} from './replay.ts';
export { VirtualClock } from './virtual-clock.ts';
export type { LinkOptions, VirtualLink } from './virtual-link.ts';
export { type NetworkOptions, VirtualNetwork } from './virtual-network.ts';
export type { VirtualStream } from './virtual-stream.ts';
