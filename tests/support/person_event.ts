/**
 * Events of people, with links and personal data in them.
 *
 * @module
 */

/** An event about an object of a person. */
export interface PersonEvent {
  readonly id: string;
  readonly objectId: string;
  /** `inquiry.approved` unless given. */
  readonly name?: string;
  readonly reference?: string;
  readonly account?: string;
  readonly inquiry?: string;
  /** Several, as a case has. */
  readonly inquiries?: readonly string[];
  /** Personal data. */
  readonly canary?: string;
  readonly redactedAt?: string;
  readonly createdAt?: string;
}

/** The body of an event as Persona would send it. */
export function personBody(event: PersonEvent): string {
  const {
    id,
    objectId,
    name = "inquiry.approved",
    account,
    inquiry,
    inquiries = [],
  } = event;
  const type = name.slice(0, name.lastIndexOf("."));
  const related = (type: string, id: string | undefined) =>
    id === undefined ? {} : { [type]: { data: { type, id } } };
  return JSON.stringify({
    data: {
      type: "event",
      id,
      attributes: {
        name,
        "created-at": event.createdAt ?? "2024-02-15T23:48:17.732Z",
        payload: {
          data: {
            type,
            id: objectId,
            attributes: {
              status: "approved",
              "reference-id": event.reference ?? null,
              "name-first": event.canary ?? "Jane",
              "redacted-at": event.redactedAt ?? null,
            },
            relationships: {
              ...related("account", account),
              ...related("inquiry", inquiry),
              inquiries: {
                data: inquiries.map((id) => ({ type: "inquiry", id })),
              },
            },
          },
          included: [],
        },
      },
    },
  });
}
