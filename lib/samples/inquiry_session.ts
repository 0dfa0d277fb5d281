// Sample: one device's visit to an inquiry.

import type { SampleContext } from "./context.ts";
import { type SamplePayload, type SampleResource, toOne } from "./resource.ts";

const VISIT_SECONDS = 368;

/** The payload of `inquiry-session.*`. */
export function inquirySessionPayload(context: SampleContext): SamplePayload {
  const { action, now } = context;
  const session = inquirySession(context, {
    id: context.objectId("inquiry-session"),
    inquiryId: context.id("inquiry"),
    startedSecondsBefore: action === "started" ? 0 : VISIT_SECONDS,
  });
  // A canceled session has no status of its own.
  const isOver = action === "expired" || action === "canceled";
  if (isOver) session.attributes.status = "expired";
  if (action === "expired") session.attributes["expired-at"] = now;
  return { data: session };
}

/** A session, at an address that is reserved for documentation. */
export function inquirySession(
  context: SampleContext,
  options: {
    readonly id: string;
    readonly inquiryId: string;
    readonly startedSecondsBefore: number;
  },
): SampleResource {
  const startedAt = context.ago(options.startedSecondsBefore);
  return {
    type: "inquiry-session",
    id: options.id,
    attributes: {
      status: "active",
      "created-at": startedAt,
      "started-at": startedAt,
      "ip-address": "192.0.2.61",
      "user-agent":
        "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
      "os-name": "Linux",
      "os-full-version": "x86_64",
      "device-type": "desktop",
      "browser-name": "Firefox",
      "browser-full-version": "128.0",
      "is-proxy": false,
      "is-tor": false,
      "is-datacenter": false,
      "is-vpn": false,
      "threat-level": "low",
      "country-code": "US",
      "region-code": "CA",
      "region-name": "California",
      latitude: 37.0,
      longitude: -120.5,
    },
    relationships: {
      inquiry: toOne("inquiry", options.inquiryId),
      device: toOne("device", context.id("device")),
    },
  };
}
