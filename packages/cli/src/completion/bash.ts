import { type CommandWords, type Flag, quoted } from './words.ts';

/** For bash 4.4 and later. */
export function bashScript(commands: readonly CommandWords[]): string[] {
  const names = commands.map(({ name }) => name).join(' ');
  const script = `# Completion of callsign for bash: source <(callsign completion bash)
_callsign() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} words flags paths values after
  COMPREPLY=()
  case \${COMP_WORDS[1]} in
${commands.map(commandCase).join('\n')}
  esac
  ((COMP_CWORD == 1)) && words=${quoted(names)} paths= values=
  [[ $word == -* ]] && words=$flags
  ((COMP_CWORD > 2)) && [[ $after && $word != -* && " $values " != *" $before "* ]] && paths+=" $before"
  if [[ " $paths " == *" $before "* ]]; then
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -f -- "$word")
  elif [[ " $values " != *" $before "* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
  fi
}
complete -F _callsign callsign`;
  return script.split('\n');
}

function commandCase({ name, choices, takesPaths, flags }: CommandWords): string {
  const of = (some: readonly Flag[]) => quoted(some.flatMap(spellings).join(' '));
  const taking = (takes: Flag['takes']) => of(flags.filter((flag) => flag.takes === takes));
  return `    ${name})
      words=${quoted(choices.join(' '))}
      flags=${of(flags)}
      paths=${taking('path')}
      values=${taking('value')}
      after=${takesPaths ? 'paths' : ''} ;;`;
}

function spellings({ long, short }: Flag): string[] {
  return short === undefined ? [long] : [long, short];
}
