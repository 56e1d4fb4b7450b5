import type { Environment } from '@callsign/daemon';

/** All that a command may see of the process that it runs in. */
export interface Host {
  /** The command line behind the command's own name. */
  readonly argv: readonly string[];
  readonly env: Environment;
  readonly pid: number;
  readonly hostname: string;
  /** Where an embedded store is kept when nobody says where; its folder is made. */
  readonly stateFile: () => string;
  readonly readFile: (path: string) => string;
  /** Writes a line for the person or program that reads the result. */
  readonly print: (line: string) => void;
  /** Writes a line of the log. */
  readonly logLine: (line: string) => void;
  /** True when the log is read by a person at a terminal. */
  readonly terminal: boolean;
  /** True when what is printed is read by a person at a terminal. */
  readonly reader: boolean;
  /** How wide that terminal is; absent: what is printed goes elsewhere. */
  readonly columns?: number | undefined;
  /** Fires when the process is asked to end. */
  readonly stop: AbortSignal;
}
