import { BODY_TARGETS } from "./body_target.ts";
import { CONFIG_TARGETS } from "./config_target.ts";
import { FILES_TARGETS } from "./files_target.ts";
import { FILTER_TARGETS } from "./filter_target.ts";
import type { FuzzTarget } from "./fuzz_target.ts";
import { HEADER_TARGETS } from "./header_target.ts";
import { HOST_TARGETS } from "./host_target.ts";
import { INBOX_JSON_TARGETS } from "./inbox_json_target.ts";
import { PAYLOAD_TARGETS } from "./payload_target.ts";
import { QUERY_TARGETS } from "./query_target.ts";
import { ROWS_TARGETS } from "./rows_target.ts";

/** All targets. */
export const TARGETS: readonly FuzzTarget[] = [
  ...HEADER_TARGETS,
  ...BODY_TARGETS,
  ...CONFIG_TARGETS,
  ...FILES_TARGETS,
  ...FILTER_TARGETS,
  ...HOST_TARGETS,
  ...INBOX_JSON_TARGETS,
  ...PAYLOAD_TARGETS,
  ...QUERY_TARGETS,
  ...ROWS_TARGETS,
];
