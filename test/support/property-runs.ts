/** By how much `npm run fuzz -- formats` multiplies the runs of properties. */
const factor = Number(process.env["PROPERTY_RUNS_FACTOR"] ?? 1);

/** How often a property is tried. @param usual With the other tests, where it has to be quick. */
export function propertyRuns(usual: number): { readonly numRuns: number } {
  return { numRuns: usual * factor };
}
