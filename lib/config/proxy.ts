// Proxies that the environment names. Deno sends every request through them, those to
// this very machine too: events in the clear, and the token of the local listener.

/** Variables that Deno reads, in either case. */
const PROXY_VARIABLES = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"];

/** This machine, in all ways that a URL can name it. */
const LOOPBACK = [
  "localhost", // And all names under it.
  "localhost.",
  "127.0.0.0/8",
  "::1",
  "::ffff:127.0.0.0/104",
  "0.0.0.0",
  "::",
];

/** Returns the variables that name a proxy, such as `HTTPS_PROXY`. */
export function proxyVariables(
  env: Readonly<Record<string, string>>,
): string[] {
  return PROXY_VARIABLES.flatMap((name) => [name, name.toLowerCase()])
    .filter((name) => env[name]);
}

/**
 * Exempts this machine from all proxies, for this process and those that it starts. To
 * be called before the first request, as Deno looks at the environment only then.
 *
 * @param env The environment.
 */
export function exemptLoopback(
  env: Pick<Deno.Env, "get" | "set" | "toObject"> = Deno.env,
): void {
  const { state } = Deno.permissions.querySync({ name: "env" });
  if (state !== "granted") return;
  if (proxyVariables(env.toObject()).length === 0) return;
  // An empty one counts as unset for Deno, too.
  const exempt = env.get("NO_PROXY") || env.get("no_proxy") || "";
  const entries = exempt.split(",").map((entry) => entry.trim());
  const all = new Set([
    ...entries.filter((entry) => entry !== ""),
    ...LOOPBACK,
  ]);
  env.set("NO_PROXY", [...all].join(","));
}
