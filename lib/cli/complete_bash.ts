// The completion script for bash, 3.2 and newer.

import { type CommandWords, flagWords, isFile } from "./command_words.ts";

/** Writes the script. */
export function bashCompletion(commands: readonly CommandWords[]): string {
  return `# bash completion for persona-inbox. In ~/.bashrc:
#   source <(persona-inbox completions bash)
_persona_inbox() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]}
  local command=\${COMP_WORDS[1]} words= files=
  # bash takes --flag=value for three words.
  if [[ $cur == = ]]; then cur=
  elif [[ $prev == = ]]; then prev=\${COMP_WORDS[COMP_CWORD-2]}; fi
  if [[ $COMP_CWORD == 1 && $cur != -* ]]; then
    words='${commands.map(({ name }) => name).join(" ")}'
  else
    [[ $command == -* ]] && command=serve
    case "$command $prev" in
${commands.flatMap(valueCases).join("\n")}
    *)
      case $command in
${commands.map(wordCase).join("\n")}
      esac
    esac
  fi
  if [[ -n $files ]]; then
    local IFS=$'\\n'
    compopt -o filenames 2>/dev/null
    COMPREPLY=($(compgen -f -- "$cur"))
  else
    COMPREPLY=($(compgen -W "$words" -- "$cur"))
  fi
}
complete -F _persona_inbox persona-inbox
`;
}

/** The cases of words after a flag that takes a value. */
function valueCases({ name, flags }: CommandWords): string[] {
  return Object.entries(flags).flatMap(([flagName, flag]) => {
    if (!flag.value) return [];
    const patterns = flagWords(flagName, flag).map((word) =>
      `"${name} ${word}"`
    );
    const words = flag.choices?.join(" ") ?? "";
    const effect = isFile(flag.value) ? "files=1" : `words='${words}'`;
    return [`    ${patterns.join("|")}) ${effect};;`];
  });
}

/** The case of all other words of a command. */
function wordCase(command: CommandWords): string {
  const { name, flags, choices = [], operands } = command;
  const words = Object.entries(flags).flatMap(([name, flag]) =>
    flagWords(name, flag)
  );
  const operand = isFile(operands) ? "files=1" : `words='${choices.join(" ")}'`;
  return `      ${name}) if [[ $cur == -* ]]; then words='${
    words.join(" ")
  }'; else ${operand}; fi;;`;
}
