// Access tokens in URLs. Whoever has one opens the file, a passport's photo: so it stays
// masked in a payload that is revealed, until it is asked for.

/** A parameter of a URL's query or fragment, and its value. */
const PARAMETER = /([?&#][^=&#?\s"'<>]{1,128}=)([^&#\s"'<>]+)/g;

/** The user and password of a URL. */
const USER = /(:\/\/)([^/?#\s"'<>@]+)(?=@)/g;

/** A text in JSON, its quotes included. */
const JSON_TEXT = /"[^"\\]*(?:\\.[^"\\]*)*"/g;

/**
 * Masks what may be a token in the URLs of a text, however it is escaped if that is JSON.
 * No list of names could be complete: each parameter keeps its name, and of its value the
 * length. All else stays as it is.
 */
export function maskTokens(text: string): string {
  if (!isJson(text)) return maskIn(text);
  return text.replace(JSON_TEXT, (literal) => {
    const value: string = JSON.parse(literal);
    const masked = maskIn(value);
    return masked === value ? literal : JSON.stringify(masked);
  });
}

function maskIn(text: string): string {
  const mask = (_: string, before: string, value: string) =>
    `${before}<string ${value.length}>`;
  return text.replace(PARAMETER, mask).replace(USER, mask);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
