// The completion script for zsh.

import type { Flag } from "./command.ts";
import { type CommandWords, flagWords, isFile } from "./command_words.ts";

/** Writes the script. */
export function zshCompletion(commands: readonly CommandWords[]): string {
  const names = commands.map(({ name, summary }) =>
    `    ${quoted(`${name}:${summary.replaceAll(":", "\\:")}`)}`
  );
  return `#compdef persona-inbox
# zsh completion for persona-inbox: save it as _persona-inbox in a folder of $fpath,
# or write into ~/.zshrc, after compinit:
#   source <(persona-inbox completions zsh)
_persona-inbox() {
  local -a commands=(
${names.join("\n")}
  )
  if (( CURRENT == 2 )) && [[ $PREFIX != -* ]]; then
    _describe -t commands command commands
    return
  fi
  local command=serve
  if [[ $words[2] != -* ]]; then
    command=$words[2]
    shift words
    (( CURRENT-- ))
  fi
  case $command in
${commands.map(commandCase).join("\n")}
  esac
}
if [[ $funcstack[1] == _persona-inbox ]]; then _persona-inbox "$@"
else compdef _persona-inbox persona-inbox; fi
`;
}

function commandCase({ name, flags, ...rest }: CommandWords): string {
  const specs = Object.entries(flags).map(([name, flag]) =>
    flagSpec(name, flag)
  );
  const { operands, operandsMax, choices } = rest;
  if (operandsMax > 0) {
    const position = operandsMax > 1 ? "*" : "1";
    const label = (operands ?? "").replace(/[[\]…]/g, "");
    specs.push(quoted(`${position}:${label}:${actionOf(operands, choices)}`));
  }
  return `    ${name}) _arguments -s ${
    specs.map((spec) => `\\\n      ${spec}`).join(" ")
  };;`;
}

function flagSpec(name: string, flag: Flag): string {
  const { value, help, choices, multiple } = flag;
  const words = flagWords(name, flag);
  const text = help.replace(/[[\]:\\]/g, "\\$&");
  return words.map((word) => {
    const prefix = multiple
      ? "*"
      : words.length > 1
      ? `(${words.join(" ")})`
      : "";
    const takes = value ? word.startsWith("--") ? "=" : "+" : "";
    const rest = value ? `:${value}:${actionOf(value, choices)}` : "";
    return quoted(`${prefix}${word}${takes}[${text}]${rest}`);
  }).join(" ");
}

/** A single space: nothing can be proposed. */
function actionOf(
  placeholder: string | undefined,
  choices: readonly string[] | undefined,
): string {
  if (choices) return `(${choices.join(" ")})`;
  return isFile(placeholder) ? "_files" : " ";
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
