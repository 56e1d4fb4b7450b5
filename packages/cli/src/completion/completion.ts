import { OptionsError } from '@callsign/daemon';
import { oneWordAtMost } from '../client/one-word.ts';
import { type Command, defineCommand } from '../command/command.ts';
import { EXIT } from '../command/exit.ts';
import { bashScript } from './bash.ts';
import { fishScript } from './fish.ts';
import { helpWords, wordsOf } from './words.ts';
import { zshScript } from './zsh.ts';

const SHELLS = { bash: bashScript, zsh: zshScript, fish: fishScript } as const;

/** @param commands all of them, this one included: hence a function */
export function completionOf(commands: () => Promise<readonly Command[]>): Command {
  return defineCommand({
    name: 'completion',
    text: 'prints what makes a shell complete commands and options',
    words: 'bash|zsh|fish',
    choices: Object.keys(SHELLS),
    options: () => ({}),
    examples: [
      ['completion bash > /etc/bash_completion.d/callsign', 'for every user of bash'],
      ['completion zsh > "$fpath[1]/_callsign"', 'for zsh'],
      ['completion fish > ~/.config/fish/completions/callsign.fish', 'for fish'],
    ],
    run: async (host, _values, given) => {
      const shell = oneWordAtMost('SHELL', given) ?? '';
      if (!isShell(shell)) throw new OptionsError([`SHELL is one of ${Object.keys(SHELLS).join(', ')}`]);
      const all = await commands();
      const words = all.map((command) => wordsOf(command, host.hostname));
      for (const line of SHELLS[shell]([...words, ...helpWords(all)])) host.print(line);
      return EXIT.yes;
    },
  });
}

function isShell(word: string): word is keyof typeof SHELLS {
  return Object.hasOwn(SHELLS, word);
}
