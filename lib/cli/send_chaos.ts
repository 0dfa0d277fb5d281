// `send --chaos`: what a receiver must stand, and what must come out of it.

import {
  type ChaosDelivery,
  chaosSignature,
  type ExpectedEvent,
  expectedEvent,
  planChaos,
} from "./chaos_plan.ts";
import type { Io } from "./io.ts";
import { postDelivery } from "./post_delivery.ts";
import { notify, print } from "./print.ts";
import type { SendTarget } from "./send_advice.ts";
import type { ChaosOptions } from "./send_plan.ts";
import { alignColumns } from "./table.ts";

/** The most answers that are told one by one. */
const TOLD_MAX = 10;

interface SendChaosOptions extends ChaosOptions {
  readonly target: SendTarget;
  readonly asJson: boolean;
}

/**
 * Makes the deliveries of a seed, and prints the events that must come out.
 *
 * @returns 1 if an answer was not as it must be.
 */
export async function sendChaos(
  bodies: readonly Uint8Array<ArrayBuffer>[],
  { seed, secret, target, asJson }: SendChaosOptions,
  io: Io,
): Promise<number> {
  const { deliveries, expected } = planChaos(bodies, seed);
  const startedAt = Math.floor(Date.now() / 1000);
  let wrong = 0;
  for (const delivery of deliveries) {
    const nowSeconds = Math.floor(Date.now() / 1000);
    const status = await postDelivery(
      {
        body: delivery.body,
        signature: await chaosSignature(delivery, { secret, nowSeconds }),
        firstAttemptedAt: startedAt,
        attemptsMade: 1 + delivery.copy,
      },
      target,
      io,
    );
    const fault = answerFault(delivery, status);
    if (fault && wrong++ < TOLD_MAX) await notify(fault, io);
  }
  const refused = deliveries.filter(({ isAccepted }) => !isAccepted).length;
  await notify(
    `${deliveries.length} deliveries, ${refused} of them to refuse: ${
      wrong === 0 ? "each answer was as it must be" : `${wrong} wrong answers`
    }. What must come out, in the order of created-at:`,
    io,
  );
  await print(shownEvents(expected, asJson).join("\n"), io);
  return wrong === 0 ? 0 : 1;
}

function answerFault(
  { kind, isAccepted, body }: ChaosDelivery,
  status: number,
): string | undefined {
  const [from, to] = isAccepted ? [200, 299] : [400, 499];
  if (status >= from && status <= to) return undefined;
  const must = isAccepted ? "accepted" : "refused";
  const { id } = expectedEvent(body, 0);
  return `Answered ${status} to ${id} (${kind}): it must be ${must}`;
}

function shownEvents(
  expected: readonly ExpectedEvent[],
  asJson: boolean,
): string[] {
  if (asJson) return expected.map((event) => JSON.stringify(event));
  return alignColumns(expected.map((event) => [
    event.createdAt ?? "",
    event.name,
    event.objectId ?? "",
    event.id,
    event.duplicates === 0 ? "" : `again ${event.duplicates}`,
  ]));
}
