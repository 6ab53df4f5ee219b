import { describeFaults } from "./fault-matrix/describe-faults.ts";
import { hostedFaults, messagesFaults, nativeFaults, responsesFaults } from "./fault-matrix/native-faults.ts";

/** The faults of providers with an API of their own, in their own words, beside a healthy host of OpenAI's format. */
for (const [name, faults] of nativeFaults) describeFaults(`the fault matrix of ${name}`, faults);

/** Callers that speak Messages, of deployments that do: what comes goes through as it is, until it is a fault. */
describeFaults("the fault matrix of Messages", messagesFaults, ["Messages"]);

/** Callers that speak Responses, of deployments that have them, and of those that have chat alone: a sibling is always one of these. */
describeFaults("the fault matrix of Responses", responsesFaults, ["Responses"]);

/** By one door: behind the formats, which the others have been through both with, nothing knows who hosts them. */
describeFaults("the fault matrix of who hosts others' APIs", hostedFaults, ["REST"]);
