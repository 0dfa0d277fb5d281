// One line for people about one thing that happened, and below it what to do about
// it: in the log and in what follows the store.

import { escapeInLine } from "../escape.ts";
import { fitPieces, GAP, type Piece, wrapPieces } from "./fit_text.ts";

const COLORS = { green: 32, yellow: 33, red: 31, dim: 2 } as const;

/** The columns that hints are indented by, below the text above them. */
const HINT_INDENT = 2;

/** The content of a line. */
export interface PrettyLine {
  /** Its kind at a glance; indented if it belongs to the line above. */
  readonly mark: string;
  readonly color: keyof typeof COLORS;
  /** Pieces that give way where room is scarce, or a sentence that wraps. */
  readonly text: readonly Piece[] | string;
  /** Further details, less prominent. */
  readonly more?: readonly Piece[];
  /** Remedies. */
  readonly hints?: readonly string[];
}

/** The screen that lines are read on. */
export interface Screen {
  /** True if it shows colors. */
  readonly color: boolean;
  /** Returns its columns; null when it is not a terminal, and nothing is shortened. */
  readonly columns: () => number | null;
}

/**
 * Writes a line, and its hints below it.
 *
 * @returns The lines, without their last end.
 */
export function prettyLine(
  { mark, color, text, more = [], hints = [] }: PrettyLine,
  screen: Screen,
  timeMs: number,
): string {
  const paint = (color: keyof typeof COLORS, text: string) =>
    screen.color && text !== "" ? `\x1b[${COLORS[color]}m${text}\x1b[0m` : text;
  const time = new Date(timeMs).toTimeString().slice(0, 8);
  const indent = time.length + 1 + mark.length + 1;
  const room = (screen.columns() ?? Infinity) - indent;
  const [first = "", ...rest] = typeof text === "string"
    ? wrapPieces([escapeInLine(text)], room)
    : [fitted(text, more, room, (text) => paint("dim", text))];
  const escapedHints = hints.map(escapeInLine);
  const hintLines = wrapPieces(escapedHints, room - HINT_INDENT).map((line) =>
    " ".repeat(HINT_INDENT) + paint("dim", line)
  );
  return [
    `${paint("dim", time)} ${paint(color, mark)} ${first}`,
    ...[...rest, ...hintLines].map((line) => " ".repeat(indent) + line),
  ].join("\n");
}

function fitted(
  text: readonly Piece[],
  more: readonly Piece[],
  columns: number,
  dim: (text: string) => string,
): string {
  const texts = fitPieces([...text, ...more], columns).map(escapeInLine);
  const [plain, dimmed] = [
    texts.slice(0, text.length),
    texts.slice(text.length),
  ].map((texts) => texts.filter(Boolean).join(GAP));
  return [plain, dim(dimmed ?? "")].filter(Boolean).join(GAP);
}
