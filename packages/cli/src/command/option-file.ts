import { type CallsignError, OptionsError } from '@callsign/daemon';
import type { Host } from './host.ts';

/** What the file that an option names says. @throws {OptionsError} naming the option when it cannot be read or parsed */
export function readOptionFile<T>(host: Host, flag: string, path: string, parse: (text: string) => T): T {
  const text = optionFile(host, flag, path);
  try {
    return parse(text);
  } catch (error) {
    throw new OptionsError([`--${flag}: ${path}: ${(error as Error).message}`]);
  }
}

function optionFile(host: Host, flag: string, path: string): string {
  try {
    return host.readFile(path);
  } catch (error) {
    throw new OptionsError([`--${flag}: ${path} cannot be read: ${(error as CallsignError).message}`]);
  }
}
