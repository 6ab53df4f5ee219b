import { create, type MessageInitShape } from "@bufbuild/protobuf";
import assert from "node:assert/strict";
import { test } from "node:test";
import { arranged, countSick } from "../../console/src/arrange.ts";
import { deploymentWord, isHealthy, isSick } from "../../console/src/eligibility.ts";
import { emptyFleet, withUpdate } from "../../console/src/fleet.ts";
import { isHealthy as isHealthyForCli, isSick as isSickForCli, stateCell } from "../../src/cli/render/eligibility-cell.ts";
import { DeploymentHealth, DeploymentSchema, Eligibility, type Deployment } from "../../gen/huntgroup/v1/admin_pb.ts";

const { ELIGIBLE, COOLING_DOWN, INVALID, BACKUP, DRAINING, RPM_LIMIT } = Eligibility;
const { UNSPECIFIED, OK, FAILING, NEVER_ANSWERED } = DeploymentHealth;

const deployment = (over: MessageInitShape<typeof DeploymentSchema>): Deployment =>
  create(DeploymentSchema, { id: "a", group: "m", eligibility: ELIGIBLE, health: OK, ...over });

for (const [eligibility, health, word, tone, sick, healthy] of [
  [ELIGIBLE, UNSPECIFIED, "eligible", "good", false, true],
  [ELIGIBLE, OK, "eligible", "good", false, true],
  [ELIGIBLE, FAILING, "failing", "bad", true, false],
  [ELIGIBLE, NEVER_ANSWERED, "never answered", "bad", true, false],
  [BACKUP, OK, "backup", "off", false, true],
  [BACKUP, FAILING, "backup, failing", "bad", true, false],
  [COOLING_DOWN, OK, "cooling down", "bad", true, false],
  [COOLING_DOWN, NEVER_ANSWERED, "cooling down", "bad", true, false],
  [INVALID, UNSPECIFIED, "left out", "bad", true, false],
  [DRAINING, OK, "draining", "off", false, false],
  [RPM_LIMIT, OK, "rpm limit", "waiting", false, false],
] as const)
  test(`the console calls eligibility ${eligibility} with health ${health} "${word}", and judges it as the command line does`, () => {
    const one = deployment({ eligibility, health });
    assert.deepEqual(deploymentWord(one), { word, tone });
    assert.deepEqual([isSick(one), isHealthy(one)], [sick, healthy]);
    assert.deepEqual([isSickForCli(one), isHealthyForCli(one)], [sick, healthy]);
    assert.equal(stateCell(one).text, word === "left out" ? "invalid" : word);
  });

/** 150 groups of 20. Each third group has a sick one more than the one before. */
const fleet = withUpdate(emptyFleet, {
  snapshot: true,
  removedIds: [],
  deployments: Array.from({ length: 3_000 }, (_, index) => {
    const group = Math.floor(index / 20);
    const sick = group % 3 === 0 && index % 20 >= 20 - (group / 3 + 1) / 3;
    return deployment({ id: `d${index}`, group: `g${group}`, health: sick ? FAILING : OK });
  }),
});
const everything = { filter: "", onlySick: false, sickFirst: false };

test("among 3,000 deployments in 150 groups the sick are counted on each group", () => {
  assert.equal(fleet.groups.length, 150);
  assert.equal(fleet.groups.map(countSick).filter((count) => count > 0).length, 48);
  assert.equal(countSick(fleet.groups[147]!), 16);
});

test("sick first puts the sickest groups first, and in each the sick ones, and else keeps the order", () => {
  const shown = arranged(fleet.groups, { ...everything, sickFirst: true });
  const counts = shown.map(countSick);
  assert.deepEqual(
    counts,
    counts.toSorted((one, other) => other - one),
  );
  assert.equal(shown[0]?.name, "g141");
  assert.deepEqual(
    shown[0].deployments.map(isSick),
    Array.from({ length: 20 }, (_, index) => index < 16),
  );
  assert.equal(shown.at(-1)?.name, "g149");
  assert.equal(shown.at(-1), fleet.groups.at(-1));
});

test("only the sick leaves out all others, and groups without any", () => {
  const shown = arranged(fleet.groups, { ...everything, onlySick: true });
  assert.equal(shown.length, 48);
  assert.ok(shown.every(({ deployments }) => deployments.every(isSick)));
  assert.deepEqual(
    arranged(fleet.groups, { ...everything, onlySick: true, filter: "g147" }).map(({ name }) => name),
    ["g147"],
  );
});

test("the filter finds the sick, and the words of their states", () => {
  for (const filter of ["sick", "failing"]) assert.equal(arranged(fleet.groups, { ...everything, filter }).length, 48);
  assert.equal(arranged(fleet.groups, everything), fleet.groups);
});
