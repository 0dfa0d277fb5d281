// `completions`: what a shell needs to complete commands, flags and their values.

import type { Command } from "./command.ts";
import type { CommandWords } from "./command_words.ts";
import { bashCompletion } from "./complete_bash.ts";
import { fishCompletion } from "./complete_fish.ts";
import { powershellCompletion } from "./complete_powershell.ts";
import { zshCompletion } from "./complete_zsh.ts";
import { HELP } from "./help.ts";
import { print } from "./print.ts";

const SHELLS: Readonly<
  Record<string, (commands: readonly CommandWords[]) => string>
> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
  powershell: powershellCompletion,
};

/**
 * `persona-inbox completions`
 *
 * @param commands Returns all commands, itself among them.
 */
export function completionsCommand(
  commands: () => readonly Command[],
): Command {
  const shells = Object.keys(SHELLS);
  return {
    name: "completions",
    summary: `Print a completion script for ${shells.join(", ")}`,
    operands: "SHELL",
    operandsMax: 1,
    choices: shells,
    examples: [
      "completions bash >> ~/.bashrc",
      "completions zsh > ~/.zfunc/_persona-inbox",
      "completions fish > ~/.config/fish/completions/persona-inbox.fish",
    ],
    flags: {},
    async run(args, io) {
      const [shell = ""] = args.operands;
      const script = Object.hasOwn(SHELLS, shell) ? SHELLS[shell] : undefined;
      if (!script) {
        args.faults.push(
          `completions needs a shell: ${shells.join(", ")}`,
        );
      }
      args.throwFaults();
      await print(script?.(wordsOf(commands())).trimEnd() ?? "", io);
      return 0;
    },
  };
}

/** Every command with its `--help`, and `help` itself. */
function wordsOf(commands: readonly Command[]): CommandWords[] {
  const help: CommandWords = {
    name: "help",
    summary: "Show the help of a command",
    operands: "COMMAND",
    operandsMax: 1,
    choices: commands.map(({ name }) => name),
    flags: {},
  };
  return [
    ...commands.map((command) => ({
      ...command,
      flags: { ...command.flags, help: HELP },
    })),
    help,
  ];
}
