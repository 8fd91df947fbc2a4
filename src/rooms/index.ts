/** What other rooms of `src/` use: what is published, and the codes, requests and plain data that the cluster reads as well. */

export { type RequestedRoom, requestedRoom } from './entering/requested-room.ts';
export { CODE_LETTERS, newCode, readCode } from './entering/room-code.ts';
export { checkCount, checkSeconds } from './limits/rooms-limits.ts';
export * from './public.ts';
export { checkPlainData } from './saving/plain-data.ts';
