import { describeFaults } from "./fault-matrix/describe-faults.ts";
import { faults } from "./fault-matrix/faults.ts";

/** Every fault through every door: the faults stand in `fault-matrix/faults.ts`, what must come of them in `fault-matrix/rules.ts`. */
describeFaults("the fault matrix", faults);
