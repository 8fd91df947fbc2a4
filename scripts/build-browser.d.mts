/** One ES module with all that the file `input` imports, `tickpeer` as in a browser; nothing unused is in it.
 * `isBare`: as the build of `tickpeer/peer`, without Variants. */
export function bundleForBrowser(input: string, options?: { minify?: boolean; isBare?: boolean }): Promise<string>;
