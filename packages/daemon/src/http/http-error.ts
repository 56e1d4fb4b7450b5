import { CallsignError } from '../errors.ts';

/** A refusal that a client reads; becomes an RFC 9457 problem document. */
export class HttpError extends CallsignError {
  readonly status: number;
  readonly problems: readonly FieldProblem[];
  /** What the status asks for besides, as 401 does for a challenge (RFC 9110, 15.5.2). */
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    code: string,
    message: string,
    { problems = [], headers = {} }: Partial<Pick<HttpError, 'problems' | 'headers'>> = {},
  ) {
    super(code, message);
    this.status = status;
    this.problems = problems;
    this.headers = headers;
  }
}

/** One thing that is wrong with one field of a body. */
export interface FieldProblem {
  readonly field: string;
  readonly detail: string;
}
