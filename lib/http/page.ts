// The files of the page in `lib/web/`, each read on first use. Paths are looked up in a
// list and never reach the disk.

const TYPES = {
  css: "text/css; charset=utf-8",
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
} as const;

const INDEX = "index.html";

/** All files. */
const FILES = [
  "ages.js",
  "announcer.js",
  "api.js",
  "arrivals.js",
  "audit_view.js",
  "badge.js",
  "base.css",
  "body_actions.js",
  "bytes_text.js",
  "chart.js",
  "confirmation.js",
  "controls.css",
  "copy_text.js",
  "destinations_view.js",
  "diff_json.js",
  "dispatches.css",
  "dispatches.js",
  "dom.js",
  "empty_inbox.js",
  "envelope.js",
  "event_comparison.js",
  "event_facts.js",
  "event_list.js",
  "event_name.js",
  "event_page.js",
  "event_row.js",
  "event_view.js",
  "events_view.js",
  "figure.js",
  "filter.js",
  "filter_bar.js",
  "header_shape.js",
  "icon.svg",
  "index.html",
  "json_nodes.js",
  "json_tree.js",
  "keep_focus.js",
  "keys.js",
  "late_arrivals.js",
  "list.css",
  "list_events.js",
  "main.js",
  "minutes_text.js",
  "object_view.js",
  "outage.js",
  "overview.css",
  "overview.js",
  "pages.css",
  "panel.css",
  "panel_parts.js",
  "read_event.js",
  "rejected_delivery.js",
  "rejected_group.js",
  "rejected_view.js",
  "replay.js",
  "route.js",
  "row_cursor.js",
  "search_text.js",
  "send_to_url.js",
  "shell.css",
  "slow_notice.js",
  "span_text.js",
  "sse_parser.js",
  "status.js",
  "stream.js",
  "throttle.js",
  "time_range.js",
  "token.js",
  "token_form.js",
  "visible_text.js",
  "waiting_events.js",
  "worst_status.js",
] as const;

/**
 * Creates a server of the page's files.
 *
 * @returns A function that responds to the path of a URL, `/` for the page itself;
 * undefined if there is no such file.
 */
export function createPage(): (path: string) => Response | undefined {
  const bodies = new Map<string, Uint8Array<ArrayBuffer>>();
  return (path) => {
    const file = FILES.find((name) =>
      `/${name === INDEX ? "" : name}` === path
    );
    if (file === undefined) return undefined;
    const body = bodies.get(file) ?? read(file);
    bodies.set(file, body);
    return new Response(body, { headers: { "content-type": typeOf(file) } });
  };
}

function read(file: typeof FILES[number]): Uint8Array<ArrayBuffer> {
  return Deno.readFileSync(new URL(`../web/${file}`, import.meta.url));
}

function typeOf(file: typeof FILES[number]): string {
  const extension = file.slice(file.lastIndexOf(".") + 1);
  return TYPES[extension as keyof typeof TYPES];
}
