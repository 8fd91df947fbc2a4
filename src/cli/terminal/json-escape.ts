import { escapeControls } from '../../escape-controls.ts';

/** JSON in one line, with escapes for the control characters and the marks of direction that its strings may have as they are. */
export function escapedForJson(text: string): string {
  // Escaped as in a string of JSON.
  return escapeControls(text);
}
