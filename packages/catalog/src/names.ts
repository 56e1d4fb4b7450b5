import { CallsignError } from '@callsign/daemon';

/**
 * An owner name in canonical form: lower case, printable ASCII, with its trailing dot (`redis.dev.docker.`).
 * At most 63 bytes a label and 255 on the wire (RFC 1035, 2.3.4).
 */
export type OwnerName = string;

/** Where a record is kept: the labels of its owner name, reversed (`docker/dev/redis`). */
export type Key = string;

export const MAX_LABEL = 63;
const MAX_NAME = 255;
/** Any printable ASCII but the two characters that a key or a name in text form gives a meaning of its own. */
const LABEL = /^[\x21-\x2d\x30-\x5b\x5d-\x7e]+$/;

/** The labels of such a name without its upper-case letters, 63 bytes at most each. */
const KEY = /^[\x21-\x2d\x30-\x40\x5b\x5d-\x7e]{1,63}(?:\/[\x21-\x2d\x30-\x40\x5b\x5d-\x7e]{1,63})*$/;

export class NameError extends CallsignError {
  constructor(message: string) {
    super('NAME_INVALID', message);
  }
}

/** The canonical form of a name as people write it. @throws {NameError} saying which rule it breaks */
export function ownerName(text: string): OwnerName {
  const bare = text.endsWith('.') ? text.slice(0, -1) : text;
  // Not before the labels are checked: letters besides ASCII's have a lower case too, some in ASCII (RFC 4343, 3).
  return nameOfLabels(bare.split('.')).toLowerCase();
}

/** A domain as people name it. @throws {NameError} for several in one text, which would be one odd name, too */
export function domainName(text: string): OwnerName {
  if (text.includes(','))
    throw new NameError(`"${cut(text)}" has a comma: repeat the option for each domain`);
  return ownerName(text);
}

/** @throws {NameError} when a label is empty, too long or has a character that a key cannot hold */
export function nameOfLabels(labels: readonly string[]): OwnerName {
  const name = `${labels.join('.')}.`;
  for (const label of labels) checkLabel(label, name);
  if (name.length + 1 > MAX_NAME) {
    throw new NameError(`"${cut(name)}" is longer than 255 bytes`);
  }
  return name;
}

function checkLabel(label: string, name: string): void {
  if (label === '') throw new NameError(`"${cut(name)}" has an empty label`);
  if (label.length > MAX_LABEL) throw new NameError(`the label "${cut(label)}" is longer than 63 bytes`);
  if (!LABEL.test(label))
    throw new NameError(`the label "${cut(label)}" has a character that no name may have`);
}

/** The labels from left to right, without the root, which has none itself. */
export function labelsOf(name: OwnerName): string[] {
  return name === '.' ? [] : name.slice(0, -1).split('.');
}

/** How many labels a name has, without the root. */
export function depthOf(name: OwnerName): number {
  let depth = 0;
  for (let dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1)) depth += 1;
  return depth;
}

/** True when `name` is `zone` or below it. */
export function isWithin(name: OwnerName, zone: OwnerName): boolean {
  return name === zone || name.endsWith(`.${zone}`);
}

export function keyOf(name: OwnerName): Key {
  return labelsOf(name).toReversed().join('/');
}

/**
 * The owner name that a key stands for.
 * @throws {NameError} for a key that no question could ever ask for, upper case included
 */
export function nameOfKey(key: Key): OwnerName {
  return `${pathOfKey(key).toReversed().join('.')}.`;
}

/**
 * The labels of the owner name that a key stands for, from the root on.
 * @throws {NameError} for a key that no question could ever ask for, upper case included
 */
export function pathOfKey(key: Key): string[] {
  const path = key.split('/');
  // Most keys are in order, and seen to be so at once.
  if (KEY.test(key) && key.length + 2 <= MAX_NAME) return path;
  if (key !== key.toLowerCase()) throw new NameError(`the key "${cut(key)}" has upper-case letters`);
  nameOfLabels(path.toReversed());
  return path;
}

/**
 * A label made from any text by rule: lower case, everything but letters, digits and `-` becomes `-`,
 * hyphens at the ends are cut (RFC 952).
 * @throws {NameError} when nothing is left or more than 63 bytes are: cutting could make it somebody else's name
 */
export function safeLabel(text: string): string {
  const label = text
    .toLowerCase()
    .replace(/[^a-z0-9-]/g, '-')
    .replace(/^-+|-+$/g, '');
  if (label === '') throw new NameError(`"${cut(text)}" leaves nothing that a label may hold`);
  if (label.length > MAX_LABEL) throw new NameError(`"${cut(text)}" makes a label longer than 63 bytes`);
  return label;
}

/** Strangers' text is quoted in errors, but never at length. */
function cut(text: string): string {
  return text.length <= 80 ? text : `${text.slice(0, 77)}…`;
}
