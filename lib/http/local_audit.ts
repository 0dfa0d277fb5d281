// Route of the local listener for the audit trail.

import { type LocalHandler, respondJson } from "./local_call.ts";

/** `GET /api/audit`: the latest records, latest first. */
export const listAudit: LocalHandler = async (_call, { auditRecords }) =>
  respondJson({ records: await auditRecords() });
