/**
 * The least that a server in Deno can do with a delivery: read it and answer.
 *
 * @module
 */

const ANSWER = '{"success":true,"message":"Webhook received successfully"}';
const headers = { "content-type": "application/json" };

Deno.serve(
  {
    hostname: "127.0.0.1",
    port: Number(Deno.env.get("PORT")),
    onListen: () => {},
  },
  async (request) => {
    await request.arrayBuffer();
    return new Response(ANSWER, { headers });
  },
);
