import { PROGRAM_NAME } from "../program_name.ts";
import type { Command, Flag } from "./command.ts";
import { alignColumns } from "./table.ts";

/** The flag that every command has. */
export const HELP: Flag = { short: "h", help: "show this help" };

const EXAMPLES = [
  [`${PROGRAM_NAME} dev`, "try it, no settings needed"],
  [`${PROGRAM_NAME} send inquiry.approved`, "send it a sample"],
  [`${PROGRAM_NAME} events`, "list received events"],
  [`${PROGRAM_NAME} replay --dead`, "dispatch the dead letters again"],
];

/** The help of the program. */
export function programHelp(commands: readonly Command[]): string {
  return `persona-inbox: a durable inbox for Persona webhooks

Examples:
${indent(EXAMPLES)}
  PERSONA_WEBHOOK_SECRET=… ${PROGRAM_NAME} serve

Commands:
${indent(commands.map(({ name, summary }) => [name, summary]))}

Without a command it serves. Each command has a --help of its own.

Flags:
${indent([["-h, --help", HELP.help], ["-V, --version", "show the version"]])}
`;
}

/** The help of one command. */
export function commandHelp(command: Command): string {
  const { name, summary, operands, examples, flags } = command;
  const rows = Object.entries({ ...flags, help: HELP }).map(([name, flag]) => [
    [flag.short ? `-${flag.short}, --${name}` : `--${name}`, flag.value]
      .filter(Boolean).join(" "),
    flag.multiple ? `${flag.help}; may be repeated` : flag.help,
  ]);
  return `${summary}

Examples:
${examples.map((example) => `  ${PROGRAM_NAME} ${example}`).join("\n")}

Usage:
  ${PROGRAM_NAME} ${[name, operands, "[flags]"].filter(Boolean).join(" ")}

Flags:
${indent(rows)}
`;
}

function indent(rows: readonly (readonly string[])[]): string {
  return alignColumns(rows).map((line) => `  ${line}`).join("\n");
}
