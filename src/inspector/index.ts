/** A page that shows a running server; Node only. */
export { attachInspector, type Inspector, type InspectorOptions } from './attach-inspector.ts';
export type { InspectorTarget } from './collector/watched-target.ts';
