/** A file of the repository: its path from the top, with forward slashes, and what it holds. */
export interface SourceFile {
  readonly path: string;
  readonly source: string;
}

export interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

/** Who may import whom (ARCHITECTURE.md). */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  daemon: [],
  catalog: ['daemon'],
  dns: ['daemon'],
  registrar: ['catalog', 'daemon'],
  nameserver: ['catalog', 'daemon', 'dns'],
  cli: ['catalog', 'daemon', 'dns', 'nameserver', 'registrar'],
};

/** Outside packages whose types stop at one door each. */
const ONE_ADAPTER: Readonly<Record<string, string>> = {
  dockerode: 'packages/registrar/src/engine/docker.ts',
  etcd3: 'packages/catalog/src/etcd-store.ts',
  express: 'packages/daemon/src/http/http-server.ts',
  'isolated-vm': 'packages/registrar/src/plugins/guest.ts',
  koffi: 'packages/dns/src/batch/libc.ts',
  'native-dns-packet': 'packages/dns/src/message/message.ts',
  'prom-client': 'packages/daemon/src/metrics.ts',
};

/** Rooms inside a package that one other room alone may enter. */
const ROOM_OF: Readonly<Record<string, string>> = {
  'packages/nameserver/src/tree/': 'packages/nameserver/src/zone/',
};

/** A package's rooms by the floors that they stand on: imports lead down alone, and from one room on a floor to no other. */
const FLOORS: Readonly<Record<string, number>> = {
  'packages/dns/src/message/': 0,
  'packages/dns/src/edns/': 1,
  'packages/dns/src/tsig/': 1,
  'packages/dns/src/batch/': 1,
  'packages/dns/src/listeners/': 2,
  'packages/dns/src/forward/': 2,
  'packages/dns/src/answers/': 3,
  'packages/dns/src/relay/': 4,
};

/** The only files that read the process's environment and arguments, and hear its signals. */
const MAY_READ_PROCESS = new Set([
  'packages/cli/src/main.ts',
  'packages/registrar/src/plugins/guest-main.ts',
]);

/** The only files that load what they are told to: a worker thread its responder. */
const MAY_LOAD_ANYTHING = new Set(['packages/dns/src/batch/worker.ts']);

/** What runs in a browser, and is compiled for it alone. */
const BROWSER = 'packages/nameserver/src/web/';

/** What the server's answers are, for the dashboard to read; types leave nothing behind in what is served. */
const SHARED_TYPES = new Set([
  'packages/nameserver/src/api/shown-service.ts',
  'packages/nameserver/src/api/status.ts',
  'packages/nameserver/src/traffic/sample.ts',
]);

/** Doors of packages besides the front one: by them a thread or a command loads no more than it needs. */
const SIDE_DOORS = new Set(['daemon/metrics', 'dns/hot', 'nameserver/options', 'registrar/options']);

const SCOPE = '@callsign/';

/** Everything about a source file of a package that breaks a rule of the architecture, one sentence each. */
export function violations(file: SourceFile): string[] {
  const code = readCode(file.source);
  const wrong = importsOf(code).flatMap((specifier) => importProblem(file.path, specifier));
  if (loadsUnforeseen(code) && !MAY_LOAD_ANYTHING.has(file.path))
    wrong.push('loads a module that no reader can foresee');
  if (!MAY_READ_PROCESS.has(file.path)) wrong.push(...processProblems(code));
  return wrong.map((what) => `${file.path} ${what}`);
}

/** What a package declares against what its sources import: neither more nor less. */
export function manifestViolations(manifest: Manifest, files: readonly SourceFile[]): string[] {
  const imported = new Set(files.flatMap(packagesOf));
  const declared = new Set(Object.keys(manifest.dependencies ?? {}));
  const undeclared = [...imported].filter((name) => !declared.has(name));
  const vain = [...declared].filter((name) => !imported.has(name));
  return [
    ...undeclared.map((name) => `${manifest.name} imports ${name} undeclared`),
    ...vain.map((name) => `${manifest.name} declares ${name} and never imports it`),
  ];
}

function packagesOf({ source }: SourceFile): string[] {
  return importsOf(readCode(source)).flatMap((specifier) => packageOf(specifier) ?? []);
}

function packageOf(specifier: string): string | undefined {
  if (/^(node:|\.|\/|#)/.test(specifier)) return undefined;
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

function importProblem(path: string, specifier: string): string[] {
  if (specifier.startsWith('.')) return relativeProblem(path, specifier);
  if (isOfBrowser(path)) return [`imports ${specifier}, which is not there for the browser`];
  if (specifier.startsWith(SCOPE)) return scopeProblem(path, specifier.slice(SCOPE.length));
  if (/^(\/|file:)/.test(specifier)) return [`imports ${specifier} by a path of one machine`];
  const adapter = ONE_ADAPTER[packageOf(specifier) ?? ''];
  return adapter === undefined || adapter === path ? [] : [`imports ${specifier}: only ${adapter} may`];
}

function relativeProblem(path: string, specifier: string): string[] {
  const target = new URL(specifier, `file:///${path}`).pathname.slice(1);
  if (packageAt(target) !== packageAt(path)) return [`reaches into another package: ${specifier}`];
  const rooms = Object.entries(ROOM_OF).filter(([room]) => target.startsWith(room) && !path.startsWith(room));
  const shut = rooms.flatMap(([, may]) =>
    path.startsWith(may) ? [] : [`imports ${specifier}: only ${may} may`],
  );
  return [...shut, ...floorProblem(path, target), ...browserProblem(path, target)];
}

function floorProblem(path: string, target: string): string[] {
  const [from, to] = [path, target].map((file) => file.slice(0, file.lastIndexOf('/') + 1)) as [
    string,
    string,
  ];
  const [above, below] = [FLOORS[from], FLOORS[to]];
  const leadsDown = from === to || above === undefined || below === undefined || above > below;
  return leadsDown ? [] : [`leads up from ${from}: ${target}`];
}

/** What runs in a browser has nothing of what runs beside it but types, and its model knows no page. */
function browserProblem(path: string, target: string): string[] {
  if (isOfBrowser(path) !== isOfBrowser(target) && !SHARED_TYPES.has(target))
    return [`leads from the server into the browser or back: ${target}`];
  const isModel = (file: string) => file.startsWith(`${BROWSER}model/`);
  return isModel(path) && isOfBrowser(target) && !isModel(target)
    ? [`leads out of the model: ${target}`]
    : [];
}

function isOfBrowser(path: string): boolean {
  return path.startsWith(BROWSER);
}

function scopeProblem(path: string, imported: string): string[] {
  const [name = '', ...inner] = imported.split('/');
  if (inner.length > 0 && !SIDE_DOORS.has(imported)) return [`imports an inner file: ${SCOPE}${imported}`];
  return MAY_IMPORT[packageAt(path)]?.includes(name) ? [] : [`imports ${SCOPE}${name} against the table`];
}

function packageAt(path: string): string {
  return /^packages\/([^/]+)\//.exec(path)?.[1] ?? '';
}

/** Reading from `process` under its own name, taken apart, or through its module. */
function processProblems(code: Code): string[] {
  const wrong: string[] = [];
  const member = /(?<![\w$.]|\.\s*)process\s*\??\.\s*(env|argv|on|once|addListener|prependListener)\b/;
  const used = member.exec(code.bare.replace(/\bglobalThis\s*\??\.\s*/g, ''))?.[1];
  if (used !== undefined) wrong.push(`uses process.${used}`);
  if (/(?<![\w$])process\s*(?:\?\.\s*)?\[/.test(code.bare)) wrong.push('uses process by a computed name');
  if (/=\s*(?:globalThis\s*\.\s*)?process\b(?!\s*[.?[\w])/.test(code.bare)) wrong.push('takes process apart');
  if (importsOf(code).some((specifier) => /^(node:)?process$/.test(specifier))) wrong.push('imports process');
  return wrong;
}

/** A source without its comments, and the same again, character for character, with its strings made blank. */
export interface Code {
  readonly text: string;
  readonly bare: string;
}

const TOKEN = /\/\/[^\n]*|\/\*[\s\S]*?\*\/|(['"])(?:\\.|(?!\1)[^\\\n])*\1|`(?:\\.|[^\\`])*`/g;

/** So neither a comment that quotes an import nor a sentence about a process is taken for code. */
export function readCode(source: string): Code {
  const text = source.replace(TOKEN, (token) => (token.startsWith('/') ? ' ' : token));
  return { text, bare: text.replace(TOKEN, blanked) };
}

/** A template's expressions are code and stay. */
function blanked(token: string): string {
  const inner = token.slice(1, -1);
  const kept = token.startsWith('`') ? inner.split(/(\$\{[^}]*\})/) : [inner];
  const blank = kept.map((part, at) => (at % 2 === 0 ? ' '.repeat(part.length) : part)).join('');
  return `${token[0]}${blank}${token.at(-1)}`;
}

/** The module specifiers of static, re-exporting, dynamic, type and side-effect imports, and of `require`. */
export function importsOf({ text, bare }: Code): string[] {
  const forms = /\b(?:from\s*|import\s*\(?\s*|require\s*\(\s*)(['"`])( *)\1/dg;
  return [...bare.matchAll(forms)].map((match) => text.slice(...(match.indices?.[2] ?? [0, 0])));
}

/** An import whose specifier is worked out, or a way around imports. */
function loadsUnforeseen({ bare }: Code): boolean {
  return /\b(?:import|require)\s*\(\s*(?!(['"`]) *\1\s*[,)])|\bcreateRequire\b/.test(bare);
}
