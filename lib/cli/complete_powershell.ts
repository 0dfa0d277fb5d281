// The completion script for PowerShell, 5.0 and newer.

import { type CommandWords, flagWords, isFile } from "./command_words.ts";

/** Writes the script. */
export function powershellCompletion(
  commands: readonly CommandWords[],
): string {
  const summaries = commands.map(({ name, summary }) => [name, summary]);
  const flags = commands.map(({ name, flags }) =>
    `    ${quoted(name)} = ${table(flagTexts(flags), "      ")}`
  );
  return `# PowerShell completion for persona-inbox. In $PROFILE:
#   persona-inbox completions powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName persona-inbox -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $commands = ${table(summaries, "    ")}
  $flags = @{
${flags.join("\n")}
  }
  # By the word before: $null stands for files, which PowerShell completes itself.
  $values = @{
${commands.flatMap(valueLines).join("\n")}
  }
  $before = @($commandAst.CommandElements | Where-Object {
    $_.Extent.EndOffset -lt $cursorPosition
  } | ForEach-Object { "$_" })
  $command = if ($before.Count -lt 2) { '' } else { $before[1] }
  $found = [ordered]@{}
  if ($command -eq '' -and -not $wordToComplete.StartsWith('-')) {
    $found = $commands
  } else {
    if ($command -eq '' -or $command.StartsWith('-')) { $command = 'serve' }
    $last = "$command $($before[-1])"
    if ($values.ContainsKey($last)) { $names = $values[$last] }
    elseif ($wordToComplete.StartsWith('-')) { $found = $flags[$command] }
    else { $names = $values[$command] }
    foreach ($name in $names) { $found[$name] = $name }
  }
  foreach ($name in $found.Keys) {
    if (-not $name.StartsWith($wordToComplete)) { continue }
    [System.Management.Automation.CompletionResult]::new(
      $name, $name, 'ParameterValue', $found[$name])
  }
}
`;
}

function flagTexts(flags: CommandWords["flags"]): string[][] {
  return Object.entries(flags).flatMap(([name, flag]) =>
    flagWords(name, flag).map((word) => [word, flag.help])
  );
}

function valueLines(command: CommandWords): string[] {
  const { name, flags, choices, operands } = command;
  const ofFlags = Object.entries(flags).flatMap(([flagName, flag]) =>
    flag.value
      ? flagWords(flagName, flag).map((word) =>
        valueLine(`${name} ${word}`, flag.value, flag.choices)
      )
      : []
  );
  return choices || isFile(operands)
    ? [valueLine(name, operands, choices), ...ofFlags]
    : ofFlags;
}

function valueLine(
  key: string,
  placeholder: string | undefined,
  choices: readonly string[] = [],
): string {
  const values = isFile(placeholder)
    ? "$null"
    : `@(${choices.map(quoted).join(", ")})`;
  return `    ${quoted(key)} = ${values}`;
}

function table(rows: readonly (readonly string[])[], indent: string): string {
  const lines = rows.map(([key = "", value = ""]) =>
    `${indent}${quoted(key)} = ${quoted(value)}`
  );
  return `[ordered]@{\n${lines.join("\n")}\n${indent.slice(2)}}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
