/**
 * What `--help` prints, made from the commands themselves.
 *
 * @module
 */

import type { Command, Flag } from "./command.ts";
import { alignColumns } from "./table.ts";

const HELP: Flag = { help: "show this help" };

/**
 * The help of the program.
 *
 * @param commands All commands.
 * @returns The text.
 */
export function programHelp(commands: readonly Command[]): string {
  return `persona-inbox: a durable inbox for Persona webhooks

Examples:
  persona-inbox dev                      try it out, no settings needed
  persona-inbox send inquiry.approved    send it a sample
  persona-inbox events                   see what came in
  persona-inbox replay --dead            dispatch again what was given up
  PERSONA_WEBHOOK_SECRET=wbhsec_… persona-inbox serve

Commands:
${indent(commands.map(({ name, summary }) => [name, summary]))}

Without a command it serves. Each command has a --help of its own.

Flags:
${indent([["--help", HELP.help], ["--version", "show the version"]])}
`;
}

/**
 * The help of one command.
 *
 * @param command The command.
 * @returns The text.
 */
export function commandHelp(command: Command): string {
  const { name, summary, operands, examples, flags } = command;
  const rows = Object.entries({ ...flags, help: HELP }).map(([name, flag]) => [
    flag.value ? `--${name} ${flag.value}` : `--${name}`,
    flag.multiple ? `${flag.help}; may be repeated` : flag.help,
  ]);
  return `${summary}

Examples:
${examples.map((example) => `  persona-inbox ${example}`).join("\n")}

Usage:
  persona-inbox ${[name, operands, "[flags]"].filter(Boolean).join(" ")}

Flags:
${indent(rows)}
`;
}

function indent(rows: readonly (readonly string[])[]): string {
  return alignColumns(rows).map((line) => `  ${line}`).join("\n");
}
