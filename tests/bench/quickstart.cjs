// @ts-nocheck: a program of Node, with its packages
// The server of Persona's quickstart for webhooks, step 7, as printed there.
// deno-lint-ignore-file
const express = require("express");
const crypto = require("crypto");
const app = express();

// TODO: Set your Persona webhook secret here
// You can find this in your Persona Dashboard under Webhooks > <your specific webhook>
const WEBHOOK_SECRET = process.env.PERSONA_WEBHOOK_SECRET ||
  "your_webhook_secret_here";

// Middleware to capture raw body for signature verification
app.use(express.json({
  verify: (req, res, buf, encoding) => {
    if (buf && buf.length) {
      req.rawBody = buf.toString(encoding || "utf8");
    }
  },
}));

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

// Webhook endpoint
app.post("/webhook", (req, res) => {
  console.log("📩 Webhook received:");
  console.log("Headers:", req.headers);
  const personaSignature = req.headers["persona-signature"];

  if (personaSignature) {
    const isValid = verifyPersonaSignature(
      req.rawBody,
      personaSignature,
      WEBHOOK_SECRET,
    );
    if (!isValid) {
      console.log("❌ Invalid signature - webhook rejected");
      return res.status(401).json({
        success: false,
        message: "Invalid webhook signature",
      });
    }
    console.log("✅ Signature verified");

    const data = req.body.data;
    console.log("Event type:", data.attributes.name);
    console.log("Payload entity type:", data.attributes.payload.data.type);
    console.log("Payload entity ID:", data.attributes.payload.data.id);
  } else {
    console.log("Body:", JSON.stringify(req.body, null, 2));
  }

  res.status(200).json({
    success: true,
    message: "Webhook received successfully",
  });
});

// Health check endpoint
app.get("/", (req, res) => {
  res.send("Webhook server is running. Send POST requests to /webhook");
});

// Start the server
const PORT = process.env.PORT || 3000;
app.listen(PORT, () => {
  console.log("Webhook server listening on port " + PORT);
  console.log("Webhook endpoint: http://localhost:" + PORT + "/webhook");
});
