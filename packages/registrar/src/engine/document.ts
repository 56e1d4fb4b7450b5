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
