/**
 * Moves the entries under "Unreleased" to a section of their own, and leaves an empty "Unreleased" above it.
 * `date` is `YYYY-MM-DD`. Throws if there is nothing to release, or if the version has a section already.
 */
export function releaseUnreleased(changelog, version, date) {
  if (sectionOf(changelog, version) !== null) throw new Error(`CHANGELOG.md has a section ${version} already`);
  const unreleased = sectionOf(changelog, 'Unreleased');
  if (unreleased === null) throw new Error('CHANGELOG.md has no section "Unreleased"');
  const entries = changelog.slice(unreleased.start, unreleased.end).trim();
  if (!/^- /m.test(entries)) throw new Error('CHANGELOG.md has no entries under "Unreleased"');
  const rest = changelog.slice(unreleased.end);
  const end = rest === '' ? '\n' : '\n\n';
  return `${changelog.slice(0, unreleased.start)}\n## ${version} - ${date}\n\n${entries}${end}${rest}`;
}

/** Where the text of a section begins, after its heading, and where the next section begins. */
function sectionOf(changelog, name) {
  for (const heading of changelog.matchAll(/^## \[?([^\s\]]+)\]?.*\n/gm)) {
    if (heading[1] !== name) continue;
    const start = heading.index + heading[0].length;
    const length = changelog.slice(start).search(/^## /m);
    return { start, end: length === -1 ? changelog.length : start + length };
  }
  return null;
}
