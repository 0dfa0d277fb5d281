export { SeededRandom } from "../../lib/seeded_random.ts";
