import { describe, type FieldProblem, HttpError } from '@callsign/daemon';

/** Reads a request's parameters, and keeps what is wrong with each, so that a client is told everything at once. */
export class Parameters {
  readonly #query: URLSearchParams;
  readonly #problems: FieldProblem[] = [];

  constructor(query: URLSearchParams) {
    this.#query = query;
  }

  /** Undefined for one that is absent, and for one that cannot be read. */
  read<T>(field: string, parse: (text: string) => T, fallback?: string): T | undefined {
    const text = this.#query.get(field) ?? fallback;
    if (text === undefined) return undefined;
    try {
      return parse(text);
    } catch (error) {
      this.#problems.push({ field, detail: describe(error) });
      return undefined;
    }
  }

  /** A parameter that nobody knows is a slip of the pen, and would otherwise find too much. */
  refuseUnknown(known: ReadonlySet<string>): void {
    for (const field of new Set(this.#query.keys())) {
      if (!known.has(field)) this.#problems.push({ field, detail: 'is no parameter of this request' });
    }
  }

  /** @throws {HttpError} 400 naming every parameter that is wrong */
  check(): void {
    if (this.#problems.length === 0) return;
    const told = this.#problems.map(({ field, detail }) => `${field}: ${detail}`).join('; ');
    throw new HttpError(400, 'PARAMETERS_INVALID', told, { problems: this.#problems });
  }
}
