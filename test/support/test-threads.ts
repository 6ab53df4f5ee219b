/** On how many threads a run of the tests has services serve: what holds on one must hold on all of them together. `HUNTGROUP_TEST_THREADS`. */
export const testThreads = Number(process.env["HUNTGROUP_TEST_THREADS"] ?? "1");
