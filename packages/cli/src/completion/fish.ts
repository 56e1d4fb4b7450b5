import { type CommandWords, type Flag, quoted } from './words.ts';

export function fishScript(commands: readonly CommandWords[]): string[] {
  return [
    '# Completion of callsign for fish: callsign completion fish | source',
    'complete -c callsign -f',
    ...commands.map(
      ({ name, text }) => `complete -c callsign -n __fish_use_subcommand -a ${name} -d ${said(text)}`,
    ),
    ...commands.flatMap(commandLines),
  ];
}

function commandLines({ name, choices, takesPaths, flags }: CommandWords): string[] {
  const line = `complete -c callsign -n ${quoted(`__fish_seen_subcommand_from ${name}`)}`;
  const words = choices.length === 0 ? [] : [`${line} -a ${quoted(choices.join(' '))}`];
  const paths = takesPaths ? choices.map((choice) => `${chosen(name, choice)} -F`) : [];
  return [...words, ...paths, ...flags.map((flag) => `${line} ${flagWords(flag)}`)];
}

function chosen(name: string, choice: string): string {
  const both = `__fish_seen_subcommand_from ${name}; and __fish_seen_subcommand_from ${choice}`;
  return `complete -c callsign -n ${quoted(both)}`;
}

/** `-x`: a value that is no file; `-r -F`: one that is. */
function flagWords({ long, short, text, takes }: Flag): string {
  const letter = short === undefined ? [] : ['-s', short.slice(1)];
  const value = { nothing: [], path: ['-r', '-F'], value: ['-x'] }[takes];
  return [...letter, '-l', long.slice(2), ...value, '-d', said(text)].join(' ');
}

/** Fish ends a quoted word by a quote alone, and knows `\'` within it. */
function said(text: string): string {
  return `'${text.replace(/['\\]/g, '\\$&')}'`;
}
