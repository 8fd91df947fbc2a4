/** A page that shows a running server; Node only. */
export { attachInspector, type Inspector, type InspectorOptions } from './attach-inspector.ts';
export type { InspectedCluster, InspectedNode, InspectedRoom } from './collector/cluster-book.ts';
export type { InspectorTarget } from './collector/watched-target.ts';
