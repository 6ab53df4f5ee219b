import { describeFaults } from "./fault-matrix/describe-faults.ts";
import { nativeFaults } from "./fault-matrix/native-faults.ts";

/** The faults of providers with an API of their own, in their own words, beside a healthy host of OpenAI's format. */
for (const [name, faults] of nativeFaults) describeFaults(`the fault matrix of ${name}`, faults);
