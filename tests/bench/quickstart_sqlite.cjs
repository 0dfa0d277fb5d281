// @ts-nocheck: a program of Node, with its packages
// What one would write first to keep what the quickstart's server receives: the
// same server with better-sqlite3, one transaction a delivery, as durable as ours.
// deno-lint-ignore-file
const express = require("express");
const crypto = require("crypto");
const Database = require("better-sqlite3");
const app = express();

const WEBHOOK_SECRET = process.env.PERSONA_WEBHOOK_SECRET;

const db = new Database(process.env.BENCH_DATABASE);
db.pragma("journal_mode = WAL");
db.pragma("synchronous = FULL");
db.exec(`CREATE TABLE IF NOT EXISTS events (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  object_type TEXT,
  object_id TEXT,
  created_at TEXT,
  received_at INTEGER NOT NULL,
  body BLOB NOT NULL
)`);
const insert = db.prepare(
  "INSERT OR IGNORE INTO events VALUES (?, ?, ?, ?, ?, ?, ?)",
);

app.use(express.json({
  verify: (req, res, buf) => {
    req.rawBody = buf;
  },
}));

function verifyPersonaSignature(rawBody, signatureHeader, webhookSecret) {
  const signaturePairs = signatureHeader.split(" ");
  const timestamp = signaturePairs[0].split(",")[0].split("=")[1];
  const signatures = signaturePairs.map((pair) => {
    const v1Match = pair.match(/v1=([^,]+)/);
    return v1Match ? v1Match[1] : null;
  }).filter((sig) => sig !== null);
  const expectedSignature = crypto
    .createHmac("sha256", webhookSecret)
    .update(timestamp + ".")
    .update(rawBody)
    .digest("hex");
  return signatures.some((signature) => {
    try {
      return crypto.timingSafeEqual(
        Buffer.from(expectedSignature),
        Buffer.from(signature),
      );
    } catch (e) {
      return false;
    }
  });
}

app.post("/webhook", (req, res) => {
  const signature = req.headers["persona-signature"];
  const isValid = signature &&
    verifyPersonaSignature(req.rawBody, signature, WEBHOOK_SECRET);
  if (!isValid) {
    return res.status(401).json({
      success: false,
      message: "Invalid webhook signature",
    });
  }
  const { id, attributes } = req.body.data;
  const object = attributes.payload.data;
  insert.run(
    id,
    attributes.name,
    object.type,
    object.id,
    attributes["created-at"],
    Date.now(),
    req.rawBody,
  );
  res.status(200).json({
    success: true,
    message: "Webhook received successfully",
  });
});

app.get("/", (req, res) => {
  res.send("Webhook server is running. Send POST requests to /webhook");
});

app.listen(process.env.PORT);
