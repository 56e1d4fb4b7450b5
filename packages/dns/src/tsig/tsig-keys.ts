/** The MACs that are spoken (RFC 8945, 6): node:crypto's name of the hash. MD5 and SHA-1 are not for new keys. */
export const TSIG_HASHES = {
  'hmac-sha224': 'sha224',
  'hmac-sha256': 'sha256',
  'hmac-sha384': 'sha384',
  'hmac-sha512': 'sha512',
} as const;

export type TsigAlgorithm = keyof typeof TSIG_HASHES;

/** A secret that two servers share (RFC 8945). */
export interface TsigKey {
  /** Canonical: lower case, trailing dot. */
  readonly name: string;
  readonly algorithm: TsigAlgorithm;
  readonly secret: Buffer;
}

const TOKEN = /"[^"]*"|\/\*[\s\S]*?\*\/|\/\/.*|#.*|[{};]|[^\s{};"]+/g;
const COMMENT = /^(?:\/\*|\/\/|#)/;
const CLAUSE = /^key (\S+) \{ (?:algorithm (\S+) ; secret (\S+)|secret (\S+) ; algorithm (\S+)) ; \} ; ?/;
const YAML_ITEM = /^ *- id: *(\S+)\n +algorithm: *(\S+)\n +secret: *(\S+)$/gm;
const NAME = /^(?:[!-\-/-~]{1,63}\.)+$/;
const MOST_NAME = 254;

/**
 * The keys in a file as `tsig-keygen` (BIND, NSD) or `keymgr -t` (Knot DNS) prints it.
 * @throws {Error} naming what is wrong with it
 */
export function parseTsigKeys(text: string): TsigKey[] {
  const keys = /^key:/m.test(text) ? yamlKeys(text) : clauseKeys(text);
  if (keys.length === 0) throw new Error('there is no key in it: write one with tsig-keygen or keymgr -t');
  const names = new Set(keys.map(({ name }) => name));
  if (names.size < keys.length) throw new Error('two keys have one name');
  return keys;
}

/** `key "name" { algorithm hmac-sha256; secret "…"; };` */
function clauseKeys(text: string): TsigKey[] {
  const tokens = (text.match(TOKEN) ?? []).filter((token) => !COMMENT.test(token));
  const keys: TsigKey[] = [];
  let rest = tokens.map((token) => token.replaceAll('"', '')).join(' ');
  while (rest !== '') {
    const clause = CLAUSE.exec(rest);
    if (clause === null) throw new Error('it is not made of key "NAME" { algorithm …; secret "…"; };');
    const [whole, name = '', algorithm, secret, secretFirst = '', algorithmLast = ''] = clause;
    keys.push(tsigKey(name, algorithm ?? algorithmLast, secret ?? secretFirst));
    rest = rest.slice(whole.length);
  }
  return keys;
}

function yamlKeys(text: string): TsigKey[] {
  return [...text.matchAll(YAML_ITEM)].map(([, name = '', algorithm = '', secret = '']) =>
    tsigKey(name, algorithm, secret),
  );
}

function tsigKey(text: string, algorithmText: string, secretText: string): TsigKey {
  const name = `${text.toLowerCase().replace(/\.$/, '')}.`;
  if (!NAME.test(name) || name.length > MOST_NAME) throw new Error(`"${text}" is no name for a key`);
  const algorithm = algorithmText.toLowerCase().replace(/\.$/, '');
  if (!isAlgorithm(algorithm)) {
    throw new Error(
      `the key ${name} has the algorithm ${algorithmText}, none of ${Object.keys(TSIG_HASHES).join(', ')}`,
    );
  }
  const secret = Buffer.from(secretText, 'base64');
  if (secret.length === 0 || unpadded(secret.toString('base64')) !== unpadded(secretText)) {
    throw new Error(`the secret of the key ${name} is not base64`);
  }
  return { name, algorithm, secret };
}

function isAlgorithm(text: string): text is TsigAlgorithm {
  return Object.hasOwn(TSIG_HASHES, text);
}

function unpadded(base64: string): string {
  return base64.replace(/=+$/, '');
}
