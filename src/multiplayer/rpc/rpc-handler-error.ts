import { isError } from '../../bytes.ts';

/**
 * Thrown by `SceneMultiplayer.poll()`, or by a call that also runs here (`callLocal`), when a handler has thrown. It says
 * which call that was; its `cause` is what the handler threw.
 */
export class RpcHandlerError extends Error {
  override readonly name = 'RpcHandlerError';
  /** The node's path. */
  readonly path: string;
  /** The method's name in the game's script. */
  readonly method: string;
  /** The caller's id. */
  readonly from: number;

  constructor(path: string, method: string, from: number, cause: unknown) {
    const reason = isError(cause) ? cause.message : String(cause);
    super(`"${method}" of "${path}", called by ${from}: ${reason}`, { cause });
    this.path = path;
    this.method = method;
    this.from = from;
  }
}
