import { readdirSync, readFileSync } from 'node:fs';

/** All files of a Godot project of text files, by their paths without `res://`. `folder` ends with a slash. */
export function readProject(folder: URL): Record<string, string> {
  const files: Record<string, string> = {};
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const isPart = entry.isFile() && /\.(?:godot|tscn|tres|gd)$/.test(entry.name);
    if (isPart) files[entry.name] = readFileSync(new URL(entry.name, folder), 'utf8');
  }
  return files;
}
