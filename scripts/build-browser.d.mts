/** One ES module with all that the file `input` imports, `tickpeer` as in a browser; nothing unused is in it. */
export function bundleForBrowser(input: string, options?: { minify?: boolean }): Promise<string>;
