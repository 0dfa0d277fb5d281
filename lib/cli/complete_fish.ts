// The completion script for fish.

import type { Flag } from "./command.ts";
import { type CommandWords, isFile } from "./command_words.ts";

/** Writes the script. */
export function fishCompletion(commands: readonly CommandWords[]): string {
  return `# fish completion for persona-inbox:
#   persona-inbox completions fish > ~/.config/fish/completions/persona-inbox.fish
complete -c persona-inbox -f
${commands.flatMap(commandLines).join("\n")}
`;
}

function commandLines(command: CommandWords): string[] {
  const { name, summary, flags, choices, operands } = command;
  const seen = `-n ${quoted(`__fish_seen_subcommand_from ${name}`)}`;
  const conditions = name === "serve"
    ? [seen, "-n __fish_use_subcommand"] // It is what runs without a command.
    : [seen];
  return [
    line("-n __fish_use_subcommand", `-a ${name}`, summary),
    ...conditions.flatMap((condition) =>
      Object.entries(flags).map(([name, flag]) =>
        line(condition, flagOptions(name, flag), flag.help)
      )
    ),
    ...choices ? [`${line(seen, `-a ${quoted(choices.join(" "))}`)}`] : [],
    ...isFile(operands) ? [line(seen, "-F")] : [],
  ];
}

function flagOptions(
  name: string,
  { short, value, choices }: Flag,
): string {
  const names = short ? `-l ${name} -s ${short}` : `-l ${name}`;
  if (!value) return names;
  if (isFile(value)) return `${names} -r -F`;
  return choices
    ? `${names} -x -a ${quoted(choices.join(" "))}`
    : `${names} -x`;
}

function line(condition: string, options: string, help?: string): string {
  const description = help === undefined ? "" : ` -d ${quoted(help)}`;
  return `complete -c persona-inbox ${condition} ${options}${description}`;
}

function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, "\\$&")}'`;
}
