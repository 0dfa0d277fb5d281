import { assert, assertEquals, assertMatch } from "@std/assert";
import { LocalRig, type LocalSetup } from "../support/local_rig.ts";

const TOKEN = "0123456789abcdef-Token!";

/** A request's headers and what is expected, for every path unless said. */
type Row = [headers: Record<string, string>, status: number];

async function assertTable(setup: LocalSetup, rows: readonly Row[]) {
  await using rig = await LocalRig.make(setup);
  for (const [headers, status] of rows) {
    for (const path of ["/", "/api/stats", "/metrics", "/api/nothing"]) {
      const response = await rig.fetch(path, { headers });
      const about = `${path} ${JSON.stringify(headers)}`;
      const text = await response.text();
      if (status === 200) {
        assert(response.status === 200 || response.status === 404, about);
      } else {
        assertEquals(response.status, status, about);
        const { success, message } = JSON.parse(text);
        assertEquals(success, false, about);
        assert(message.startsWith("Cannot answer: "), about);
      }
    }
  }
}

function hosts(expected: number, ...names: string[]): Row[] {
  return names.map((host) => [{ host }, expected]);
}

Deno.test("the local listener answers to its own names only", async () => {
  await assertTable({}, [
    ...hosts(
      200,
      "localhost:3001",
      "LocalHost:3001",
      "127.0.0.1:3001",
      "[::1]:3001",
      // Through a tunnel, which has a port of its own.
      "localhost",
      "localhost:8001",
      "127.0.0.1:80",
      "[::1]",
      "127.0.0.2:3001",
    ),
    ...hosts(
      403,
      "localhost:",
      "localhost:03001x",
      "localhost:3001:3001",
      "localhost.:3001",
      "evil.example",
      "evil.example:3001",
      "localhost.evil.example:3001",
      "evil.localhost:3001",
      "127.0.0.1.nip.io:3001",
      "127.0.0.2.example:3001",
      "0.0.0.0:3001",
      "10.0.0.7:3001",
      "127.1:3001",
      "2130706433:3001",
      "0x7f.0.0.1:3001",
      "::1:3001",
      "[::]:3001",
      "[::ffff:127.0.0.1]:3001",
      "[127.0.0.1]:3001",
      "[::1",
      "user@localhost:3001",
      "localhost:3001@evil.example",
      "localhost:3001/",
      "localhost:3001 evil.example",
      "localhost:3001, evil.example",
      "localhost:3001,localhost:3001",
      "http://localhost:3001",
      "",
      ":3001",
      "constructor:3001",
    ),
  ]);
});

Deno.test("the local listener answers to its configured name", async () => {
  await assertTable({ hostname: "Inbox.internal" }, [
    ...hosts(200, "inbox.internal:3001", "INBOX.internal:3001"),
    ...hosts(200, "localhost:3001"),
    ...hosts(403, "x.inbox.internal:3001", "inboxXinternal:3001"),
  ]);
  await assertTable({ hostname: "10.1.2.3" }, [
    ...hosts(200, "10.1.2.3:3001"),
    ...hosts(403, "10.1.2.4:3001", "0.0.0.0:3001"),
  ]);
  await assertTable({ hostname: "fd00::7" }, [
    ...hosts(200, "[fd00::7]:3001", "[FD00::7]:3001"),
    ...hosts(403, "[fd00::8]:3001", "fd00::7:3001"),
  ]);
});

Deno.test("the local listener on all addresses answers to any address and no name", async () => {
  for (const hostname of ["0.0.0.0", "::"]) {
    await assertTable({ hostname }, [
      ...hosts(200, "192.0.2.7:3001", "[2001:db8::7]:3001", "[::]:3001"),
      ...hosts(200, "0.0.0.0:3001", "localhost:3001"),
      ...hosts(200, "192.0.2.7", "192.0.2.7:3000"),
      ...hosts(403, "inbox.example:3001", "inbox.example"),
      ...hosts(403, "192.0.2.07:3001", "192.0.2:3001", "192.0.2.256:3001"),
      ...hosts(403, "192.0.2.7.example:3001", "[192.0.2.7]:3001", "::1:3001"),
      ...hosts(403, "[fe80::1%25eth0]:3001", "[:::]:3001", "[example]:3001"),
    ]);
  }
});

Deno.test("the local listener on port 80 answers to its name with and without the port", async () => {
  await assertTable({ port: 80 }, [
    ...hosts(200, "localhost", "localhost:80", "[::1]", "127.0.0.1:80"),
    ...hosts(200, "localhost:3001"),
    ...hosts(403, "evil.example"),
    [{ host: "localhost", origin: "http://localhost" }, 200],
    [{ host: "localhost:80", origin: "http://localhost" }, 200],
    [{ host: "localhost", origin: "http://localhost:3001" }, 403],
  ]);
});

Deno.test("the local listener refuses other origins", async () => {
  const origins: [origin: string, status: number][] = [
    ["http://localhost:3001", 200],
    ["http://127.0.0.1:3001", 403],
    ["http://[::1]:3001", 403],
    ["https://localhost:3001", 403],
    ["http://localhost", 403],
    ["http://localhost:3000", 403],
    ["http://localhost:30011", 403],
    ["http://localhost:3001.evil.example", 403],
    ["http://localhost:3001/", 403],
    ["http://evil.example", 403],
    ["http://evil.example:3001", 403],
    ["chrome-extension://abcdef", 403],
    ["file://", 403],
    ["null", 403],
    ["", 403],
    ["http://localhost:3001, http://evil.example", 403],
  ];
  await assertTable(
    {},
    origins.map((
      [origin, status],
    ) => [{ host: "localhost:3001", origin }, status]),
  );
  await assertTable({}, [
    [{ host: "127.0.0.1:3001", origin: "http://127.0.0.1:3001" }, 200],
    [{ host: "127.0.0.1:3001", origin: "http://localhost:3001" }, 403],
    [{ host: "localhost:8001", origin: "http://localhost:8001" }, 200],
    [{ host: "localhost:8001", origin: "http://localhost:3001" }, 403],
    [{ host: "[::1]:3001", origin: "http://[::1]:3001" }, 200],
    [{ host: "evil.example:3001", origin: "http://evil.example:3001" }, 403],
  ]);
});

Deno.test("behind a proxy without a token, a refusal says what to set", async () => {
  await using rig = await LocalRig.make();
  const messageFor = async (site: string) => {
    const response = await rig.fetch("/api/replay", {
      method: "POST",
      headers: { origin: "https://inbox.example", "sec-fetch-site": site },
      body: '{"dead":true}',
    });
    assertEquals(response.status, 403);
    return (await response.json()).message;
  };
  assertMatch(await messageFor("same-origin"), /Set INBOX_ADMIN_TOKEN/);
  assertMatch(await messageFor("cross-site"), /another site/);
});

Deno.test("behind TLS the right token admits the page and no other site", async () => {
  await using rig = await LocalRig.make({ token: TOKEN });
  const own = "http://localhost:3001";
  const proxied = "https://inbox.example";
  const right = `Bearer ${TOKEN}`;
  const wrong = `Bearer ${TOKEN}x`;
  type Sent = {
    origin?: string;
    site?: string;
    host?: string;
    authorization?: string;
  };
  const table: [sent: Sent, status: number][] = [
    [{ authorization: right }, 202],
    [{ authorization: right, origin: own, site: "same-origin" }, 202],
    [{ authorization: right, origin: proxied, site: "same-origin" }, 202],
    // Browsers do not say it where the page came by plain HTTP.
    [{ authorization: right, origin: proxied }, 202],
    // Our own page, whose user must still tell it the token.
    [{ origin: proxied, site: "same-origin" }, 401],
    [{ authorization: wrong, origin: proxied, site: "same-origin" }, 401],
    // Another site, whether or not its browser tells of sites.
    [{ origin: "https://evil.example" }, 401],
    [{ origin: "null" }, 401],
    [{ origin: "https://evil.example", site: "cross-site" }, 403],
    [{ origin: proxied, site: "cross-site", authorization: right }, 403],
    [{ origin: proxied, site: "same-site", authorization: right }, 403],
    [{ origin: proxied, site: "none", authorization: right }, 403],
    [{ origin: proxied, site: "", authorization: right }, 403],
    [{ origin: own, site: "cross-site", authorization: right }, 403],
    [{ site: "cross-site", authorization: right }, 403],
    // A name that was made to lead here, and a proxy that passes its own name on.
    [{
      host: "evil.example:3001",
      origin: "http://evil.example:3001",
      site: "same-origin",
      authorization: right,
    }, 403],
    [{ host: "inbox.example", origin: proxied, authorization: right }, 403],
  ];
  for (const [{ site, ...rest }, status] of table) {
    const headers = {
      ...rest,
      ...(site !== undefined && { "sec-fetch-site": site }),
    };
    const about = JSON.stringify(headers);
    const post = await rig.fetch("/api/replay", {
      method: "POST",
      headers: { ...headers, "content-type": "application/json" },
      body: '{"dead":true}',
    });
    await post.body?.cancel();
    assertEquals(post.status, status, about);
    const get = await rig.fetch("/api/events", { headers });
    await get.body?.cancel();
    assertEquals(get.status, status === 202 ? 200 : status, about);
    // What a browser asks before it sends a token to another site.
    const preflight = await rig.fetch("/api/replay", {
      method: "OPTIONS",
      headers: {
        ...headers,
        origin: headers.origin ?? "https://evil.example",
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization",
      },
    });
    await preflight.body?.cancel();
    assert(!preflight.ok, about);
    for (const [name] of preflight.headers) {
      assert(!name.startsWith("access-control-"), about);
    }
  }
});

Deno.test("behind TLS the page loads its files, which other sites cannot read", async () => {
  const proxied = "https://inbox.example";
  // Browsers ask with an Origin for a script that is a module.
  const table: [headers: Record<string, string>, status: number][] = [
    [{ origin: proxied, "sec-fetch-site": "same-origin" }, 200],
    [{ origin: proxied }, 200],
    [{ origin: proxied, "sec-fetch-site": "cross-site" }, 403],
    [{ origin: proxied, "sec-fetch-site": "same-site" }, 403],
    [{ origin: proxied, "sec-fetch-site": "none" }, 403],
    [{ origin: proxied, host: "evil.example:3001" }, 403],
  ];
  for (const token of [TOKEN, null]) {
    await using rig = await LocalRig.make({ token });
    for (const [headers, status] of table) {
      for (const path of ["/", "/app.js"]) {
        const response = await rig.fetch(path, { headers });
        await response.body?.cancel();
        const about = `${token} ${path} ${JSON.stringify(headers)}`;
        assertEquals(response.status, token === null ? 403 : status, about);
        for (const [name] of response.headers) {
          assert(!name.startsWith("access-control-"), about);
        }
        const policy = response.headers.get("cross-origin-resource-policy");
        assertEquals(policy, "same-origin", about);
      }
    }
  }
});

Deno.test("the local listener refuses requests of other sites", async () => {
  await assertTable({}, [
    [{ "sec-fetch-site": "none" }, 200],
    [{ "sec-fetch-site": "same-origin" }, 200],
    [{ "sec-fetch-site": "same-site" }, 403],
    [{ "sec-fetch-site": "cross-site" }, 403],
    [{ "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" }, 403],
    [{ "sec-fetch-site": "cross-site", "sec-fetch-mode": "cors" }, 403],
    [{ "sec-fetch-site": "" }, 403],
    [{ "sec-fetch-site": "other" }, 403],
    [{ "sec-fetch-site": "none, cross-site" }, 403],
  ]);
});

Deno.test("a link from elsewhere may lead to the page and nothing else", async () => {
  await using rig = await LocalRig.make();
  const link = {
    "sec-fetch-site": "cross-site",
    "sec-fetch-mode": "navigate",
    "sec-fetch-dest": "document",
  };
  const table: [
    path: string,
    changes: Record<string, string>,
    status: number,
    method?: string,
  ][] = [
    ["/", {}, 200],
    ["/", { "sec-fetch-site": "same-site" }, 200],
    ["/#event/evt_1", {}, 200],
    ["/", {}, 403, "POST"],
    ["/", {}, 403, "HEAD"],
    ["/?reveal=1", {}, 403],
    ["/app.js", {}, 403],
    ["/api/events", {}, 403],
    ["/api/events/evt_1?reveal=1", {}, 403],
    ["/metrics", {}, 403],
    ["/", { "sec-fetch-dest": "iframe" }, 403],
    ["/", { "sec-fetch-dest": "embed" }, 403],
    ["/", { "sec-fetch-mode": "no-cors" }, 403],
    ["/", { origin: "http://evil.example" }, 403],
    ["/", { host: "evil.example:3001" }, 403],
  ];
  for (const [path, changes, status, method = "GET"] of table) {
    const headers = { ...link, ...changes };
    const response = await rig.fetch(path, { method, headers });
    await response.body?.cancel();
    const about = `${method} ${path} ${JSON.stringify(changes)}`;
    assertEquals(response.status, status, about);
  }
});

Deno.test("the guard checks every method", async () => {
  await using rig = await LocalRig.make();
  const foreign = [{ host: "evil.example" }, { origin: "null" }, {
    "sec-fetch-site": "cross-site",
  }];
  for (const method of ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"]) {
    for (const headers of foreign) {
      for (const path of ["/", "/api/replay", "/api/events/evt_1/replay"]) {
        const init = { method, headers: headers as HeadersInit };
        const response = await rig.fetch(path, init);
        await response.body?.cancel();
        assertEquals(response.status, 403, `${method} ${path}`);
      }
    }
  }
  assertEquals(rig.logged, []);
});

Deno.test("the local listener demands its token for all data", async () => {
  await using rig = await LocalRig.make({ token: TOKEN });
  const table: [authorization: string | undefined, isRight: boolean][] = [
    [`Bearer ${TOKEN}`, true],
    [`bearer ${TOKEN}`, true],
    [`BEARER   ${TOKEN}`, true],
    [undefined, false],
    ["", false],
    ["Bearer", false],
    ["Bearer ", false],
    [TOKEN, false],
    [`Basic ${btoa(`:${TOKEN}`)}`, false],
    [`Bearer ${TOKEN}x`, false],
    [`Bearer ${TOKEN.slice(0, -1)}`, false],
    [`Bearer ${TOKEN.toUpperCase()}`, false],
    [`Bearer ${TOKEN} ${TOKEN}`, false],
    [`Bearer ${TOKEN}, Bearer ${TOKEN}`, false],
    [`Bearer x${TOKEN}`, false],
    [`Bearer "${TOKEN}"`, false],
    [`Bearer ${"x".repeat(5_000)}`, false],
    ["Bearer é", false],
    [`Token ${TOKEN}`, false],
  ];
  const paths: [path: string, method: string, status: number][] = [
    ["/api/events", "GET", 200],
    ["/api/events", "HEAD", 200],
    ["/api/events", "DELETE", 405],
    ["/api/events/evt_1", "GET", 404],
    ["/api/events/evt_1/replay", "POST", 404],
    ["/api/replay", "POST", 400],
    ["/api/objects/inq_1", "GET", 404],
    ["/api/rejected", "GET", 200],
    ["/api/stats", "GET", 200],
    ["/api/stream", "HEAD", 200],
    ["/metrics", "GET", 200],
  ];
  for (const [authorization, isRight] of table) {
    for (const [path, method, status] of paths) {
      const response = await rig.fetch(path, {
        method,
        headers: authorization === undefined ? {} : { authorization },
      });
      const text = await response.text();
      const about = `${method} ${path} ${authorization}`;
      assertEquals(response.status, isRight ? status : 401, about);
      assertEquals(
        response.headers.get("www-authenticate"),
        isRight ? null : "Bearer",
        about,
      );
      assert(!text.includes(TOKEN), about);
    }
  }
});

Deno.test("a token in the URL is ignored", async () => {
  await using rig = await LocalRig.make({ token: TOKEN });
  for (const name of ["token", "access_token", "authorization"]) {
    const path = `/api/stats?${name}=${encodeURIComponent(TOKEN)}`;
    const response = await rig.fetch(path);
    await response.body?.cancel();
    assertEquals(response.status, 401);
  }
});

Deno.test("the page and its files need no token", async () => {
  await using rig = await LocalRig.make({ token: TOKEN });
  for (const path of ["/", "/app.js", "/?x=1"]) {
    const response = await rig.fetch(path);
    assertEquals(response.status, 200, path);
    assert((await response.text()).startsWith("the file "));
  }
});
