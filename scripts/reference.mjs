// Writes docs/reference: a page for every export of every sub-path, by TypeDoc from the comments in src/. Not committed.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, posix, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Application, Converter, ReflectionKind } from 'typedoc';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const out = join(root, 'docs/reference');
const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** What is in each sub-path, for the first page. */
const CONTENTS = {
  tickpeer: 'WebSocket peers and servers, TLS, keys, logs',
  'tickpeer/multiplayer': 'Godot’s multiplayer: `SceneMultiplayer`, remote calls, spawners and synchronizers',
  'tickpeer/variant': 'Godot’s values, their schemas and their bytes',
  'tickpeer/rooms': 'many rooms behind one server',
  'tickpeer/cluster': 'rooms in several processes and on several machines, by a NATS server',
  'tickpeer/inspector': 'a page that shows a running server',
  'tickpeer/testing': 'a virtual clock and a virtual network, recording and replaying',
  'tickpeer/peer': '`WebSocketPeer` for browsers, without Variants',
  'tickpeer/protocol': 'RFC 6455 without sockets, for a transport of your own',
};

/** The sub-paths of the package as they are imported, by the names that TypeDoc gives their modules. */
const MODULES = new Map(
  Object.entries(exports)
    .filter(([, target]) => typeof target === 'object')
    .map(([path, { types }]) => [types.slice('./dist/'.length, -'.d.ts'.length), posix.join('tickpeer', path)]),
);

const app = await Application.bootstrapWithPlugins({
  name: 'Reference',
  entryPoints: [...MODULES.keys()].map((name) => join(root, 'src', `${name}.ts`)),
  tsconfig: join(root, 'tsconfig.json'),
  plugin: ['typedoc-plugin-markdown'],
  out,
  readme: 'none',
  logLevel: 'Error',
  // `npm test` checks the types, and test/house/surface.test.ts that every type can be imported.
  skipErrorChecking: true,
  validation: false,
  excludeInternal: true,
  excludePrivate: true,
  excludeExternals: true, // the members of Array, for classes that extend it
  disableSources: true,
  githubPages: false,
  cleanOutputDir: true,
  sort: ['alphabetical'],
  entryFileName: 'index',
  hidePageHeader: true,
  hideBreadcrumbs: true,
  useCodeBlocks: true,
  expandParameters: true,
  parametersFormat: 'table',
  interfacePropertiesFormat: 'table',
  enumMembersFormat: 'table',
  typeDeclarationFormat: 'table',
  tableColumnSettings: { hideSources: true, hideModifiers: true },
});

app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
  for (const module of project.getReflectionsByKind(ReflectionKind.Module)) {
    const name = MODULES.get(module.name) ?? MODULES.get(`${module.name}/index`);
    if (name === undefined) throw new Error(`no sub-path has the module ${module.name}`);
    module.name = name;
  }
});

// "Inherited from BasePeer" says nothing to a reader: the class is not exported. Last, since TypeDoc copies comments by these.
app.converter.on(
  Converter.EVENT_RESOLVE_END,
  ({ project }) => {
    for (const reflection of Object.values(project.reflections)) {
      for (const link of ['inheritedFrom', 'overwrites', 'implementationOf']) delete reflection[link];
    }
  },
  -10_000,
);

const project = await app.convert();
if (project === undefined) process.exit(1);
await app.generateOutputs(project);
if (app.logger.hasErrors()) process.exit(1);

const pages = readdirSync(out, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.md'));
for (const page of pages) {
  const file = join(out, page);
  writeFileSync(file, linked(readFileSync(file, 'utf8'), dirname(file)));
}
writeFileSync(join(out, 'index.md'), indexPage());
console.log(`docs/reference: ${pages.length} pages`);

/** Comments name documents by their path in the repository: here they become links. Code stays as it is. */
function linked(text, folder) {
  return text.replace(/^```.*?^```$|`[^`\n]+`|\bdocs\/([\w/-]+\.md)(#[\w-]+)?/gms, (found, document, anchor = '') => {
    if (document === undefined || !existsSync(join(root, 'docs', document))) return found;
    const target = relative(folder, join(root, 'docs', document))
      .split(sep)
      .join('/');
    return `[${found}](${target}${anchor})`;
  });
}

function indexPage() {
  const missing = [...MODULES.values()].filter((name) => !(name in CONTENTS));
  if (missing.length > 0) throw new Error(`what is in ${missing.join(', ')}?`);
  const rows = Object.entries(CONTENTS).map(([name, text]) => `| [\`${name}\`](${name}/index.md) | ${text} |`);
  return `# Reference\n\nEvery export of the package, from the comments in its sources.\n\n| import from | |\n|---|---|\n${rows.join('\n')}\n`;
}
