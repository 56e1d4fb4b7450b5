import { type CommandWords, type Flag, quoted } from './words.ts';

/** For a file `_callsign` in a folder of $fpath, or to be sourced. */
export function zshScript(commands: readonly CommandWords[]): string[] {
  return [
    '#compdef callsign',
    '_callsign() {',
    '  local -a commands=(',
    ...commands.map(({ name, text }) => `    ${quoted(`${name}:${text.replaceAll(':', '\\:')}`)}`),
    '  )',
    '  if (( CURRENT == 2 )); then',
    "    _describe 'command' commands",
    '    return',
    '  fi',
    '  shift words',
    '  (( CURRENT -= 1 ))',
    '  case $words[1] in',
    ...commands.flatMap(commandCase),
    '  esac',
    '}',
    'if [[ $funcstack[1] == _callsign ]]; then _callsign "$@"; else compdef _callsign callsign; fi',
  ];
}

function commandCase({ name, choices, takesPaths, flags }: CommandWords): string[] {
  const words = choices.length === 0 ? ["'*:: :_default'"] : [quoted(`1:word:(${choices.join(' ')})`)];
  const paths = takesPaths ? ["'*:file:_files'"] : [];
  return [
    `    ${name})`,
    `      _arguments ${[...flags.flatMap(specs), ...words, ...paths].join(' \\\n        ')} ;;`,
  ];
}

/** One specification of zshcompsys(1) for each spelling, which shut each other out. */
function specs({ long, short, text, takes, value, many }: Flag): string[] {
  const spellings = short === undefined ? [long] : [short, long];
  const once = many ? '*' : spellings.length > 1 ? `(${spellings.join(' ')})` : '';
  const action = { nothing: '', path: `:${escaped(value)}:_files`, value: `:${escaped(value)}: ` }[takes];
  return spellings.map((spelling) => quoted(`${once}${spelling}[${escaped(text)}]${action}`));
}

function escaped(text: string): string {
  return text.replace(/[[\]:\\]/g, '\\$&');
}
