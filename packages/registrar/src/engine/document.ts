/** What the Engine wrote, of which nothing is taken for granted. */
export type Document = Readonly<Record<string, unknown>>;

export function object(value: unknown): Document {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Document) : {};
}

export function array(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** Keeps a key called `__proto__` a key: `fromEntries` defines, it does not assign. */
export function mapped<T>(values: Document, read: (value: unknown) => T): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, read(value)]));
}

/** The same object where it holds nothing but texts, as it nearly always does: labels are many. */
export function texts(values: Document): Readonly<Record<string, string>> {
  return areTexts(values) ? values : mapped(values, text);
}

function areTexts(values: Document): values is Readonly<Record<string, string>> {
  return Object.values(values).every((value) => typeof value === 'string');
}
