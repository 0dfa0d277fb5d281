import { h } from "./dom.js";
import { readToken, saveToken } from "./token.js";

/**
 * Creates the form.
 *
 * @param {() => void} onToken Called when there is a token to try.
 */
export function tokenForm(onToken) {
  const input = h("input", {
    id: "token",
    type: "password",
    autocomplete: "off",
    required: true,
    "aria-describedby": "token-hint",
  });
  const hint = h("p", { id: "token-hint", role: "status" });
  /** @param {boolean} isRefused */
  const explain = (isRefused) => {
    hint.className = isRefused ? "failure" : "note";
    hint.replaceChildren(
      isRefused
        ? "That token was refused. It must match "
        : "It is the value of ",
      h("code", "INBOX_ADMIN_TOKEN"),
      " on the server. It is kept until this tab is closed.",
    );
  };
  explain(readToken() !== null);
  /** @param {Event} event */
  const onsubmit = (event) => {
    event.preventDefault();
    if (saveToken(input.value.trim())) return onToken();
    explain(true);
    input.select();
  };
  return h(
    "form.token-form",
    { onsubmit },
    h("h1", "This inbox requires a token"),
    h("label", { for: "token" }, "Token"),
    input,
    hint,
    h("button.primary", "Open the inbox"),
  );
}
