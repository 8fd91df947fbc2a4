/** One ES module with everything that the file `input` imports, and nothing unused; `tickpeer` is the browser's build.
 * `isBare`: as the build of `tickpeer/peer`, without Variants. */
export function bundleForBrowser(input: string, options?: { minify?: boolean; isBare?: boolean }): Promise<string>;
