// @ts-nocheck: a program of Node, with its packages
// The check of Persona's quickstart for webhooks, step 7, as printed there, under
// plain `node:http`: `node node_handler.cjs SECRET` prints its port.
// deno-lint-ignore-file
const crypto = require("crypto");
const http = require("http");

const WEBHOOK_SECRET = process.argv[2];

function verifyPersonaSignature(rawBody, signatureHeader, webhookSecret) {
  try {
    // Parse the signature header
    // Format: "t=<timestamp>,v1=<signature>" or multiple space-separated pairs during rotation
    const signaturePairs = signatureHeader.split(" ");

    // Extract timestamp from first pair
    const firstPair = signaturePairs[0];
    const timestamp = firstPair.split(",")[0].split("=")[1];

    // Extract all signatures (in case of key rotation)
    const signatures = signaturePairs.map((pair) => {
      const v1Match = pair.match(/v1=([^,]+)/);
      return v1Match ? v1Match[1] : null;
    }).filter((sig) => sig !== null);

    // Compute expected signature
    const expectedSignature = crypto
      .createHmac("sha256", webhookSecret)
      .update(timestamp + "." + rawBody)
      .digest("hex");

    // Check if any of the signatures match the expected (for key rotation support)
    const isValid = signatures.some((signature) => {
      try {
        return crypto.timingSafeEqual(
          Buffer.from(expectedSignature),
          Buffer.from(signature),
        );
      } catch (e) {
        return false;
      }
    });

    return isValid;
  } catch (error) {
    console.error("Error verifying signature:", error.message);
    return false;
  }
}

const server = http.createServer((req, res) => {
  const chunks = [];
  req.on("data", (chunk) => chunks.push(chunk));
  req.on("end", () => {
    const rawBody = Buffer.concat(chunks).toString("utf8");
    const personaSignature = req.headers["persona-signature"];
    const isValid = personaSignature !== undefined &&
      verifyPersonaSignature(rawBody, personaSignature, WEBHOOK_SECRET);
    if (isValid) JSON.parse(rawBody).data.attributes.name.length;
    res.writeHead(isValid ? 200 : 401, { "content-type": "application/json" });
    res.end(JSON.stringify({
      success: isValid,
      message: isValid
        ? "Webhook received successfully"
        : "Invalid webhook signature",
    }));
  });
});

server.listen(0, "127.0.0.1", () => console.log(server.address().port));
