import type { Failure } from '../../failure.ts';
import { isClientId } from '../wire/id-message.ts';

/**
 * How many ids are generated for one client at most, while each is taken. A random id is taken once in millions of times.
 */
const MOST_TRIES = 8;

/** A valid id that `generate` has returned and that is not taken. */
export function chooseClientId(generate: () => number, isTaken: (id: number) => boolean): number | Failure {
  let id = 0;
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    id = generate();
    if (!isClientId(id)) break;
    if (!isTaken(id)) return id;
  }
  const fault = isClientId(id) ? 'is taken' : 'is none of a client: those are integers from 2 to 2147483647';
  return { code: 'TICKPEER_INVALID_ID', message: `the id ${id} of generateUniqueId() ${fault}` };
}
