import { TempDir } from "../../support/temp_dir.ts";
import { testAgainstModel } from "../state_machine.ts";

testAgainstModel({
  name: "sqlite file",
  clients: 1,
  async place() {
    const dir = await TempDir.make();
    return {
      url: `sqlite:${dir.path}/inbox.db`,
      [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose](),
    };
  },
});
