/** The inspector’s page, one HTML file. */
export function buildInspectorPage(): Promise<string>;
