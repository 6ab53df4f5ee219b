import { Command, Option } from "commander";
import { ExplainRouteResponseSchema, type ExplainRouteResponse_Candidate as Candidate } from "../../../gen/huntgroup/v1/admin_pb.ts";
import { ok } from "../../lib/result.ts";
import { table, type Column } from "../render/table.ts";
import { eligibilityCell } from "../render/eligibility-cell.ts";
import { number } from "../render/format.ts";
import type { ServerAct, Understood } from "../kit/task.ts";
import { list, presentText, wholeNumber } from "../kit/values.ts";
import { operatorCommand } from "./operator-command.ts";

const largestNumber = 4_294_967_295;

const columns: readonly Column<Candidate>[] = [
  { title: "", cell: ({ picked }) => (picked ? { text: ">", style: "good" } : "") },
  { title: "ID", cell: ({ deploymentId }) => deploymentId },
  { title: "STATUS", cell: ({ eligibility }) => eligibilityCell(eligibility) },
  { title: "WEIGHT", cell: ({ weight }) => number(weight), alignRight: true },
  { title: "SCORE", cell: ({ score }) => number(score), alignRight: true },
  { title: "DETAIL", cell: ({ detail }) => detail, mayBeCut: true },
];

interface ExplainFlags {
  readonly tag?: readonly string[];
  readonly bytes?: number;
  readonly maxOutputTokens?: number;
  readonly stream?: boolean;
  readonly asKey?: string;
  readonly region?: string;
}

/** Makes the command `huntgroup explain MODEL`. */
export function explainCommand(understood: Understood): Command {
  const size = wholeNumber(0, largestNumber);
  const command = new Command("explain")
    .description("where such a call would go now, and why")
    .argument("<MODEL>", "", presentText)
    .addOption(new Option("--tag <TAG>", "a tag of the call; may be given several times").argParser(list))
    .addOption(new Option("--bytes <N>", "size of its body").argParser(size))
    .addOption(new Option("--max-output-tokens <N>", "its cap on output tokens").argParser(size))
    .addOption(new Option("--stream", "whether it wants a stream"))
    .addOption(new Option("--as-key <NAME>", "whose call it is: the name of a key"))
    .addOption(new Option("--region <REGION>", "the region that it must stay in"))
    .addHelpText("after", "\nIt changes nothing and calls no deployment. Strategies that draw may draw differently for the next call.");
  return operatorCommand(command, understood, explain);
}

function explain(model: string, { tag = [], bytes = 0, maxOutputTokens, stream = false, asKey = "", region }: ExplainFlags): ServerAct {
  const request = {
    model,
    tags: [...tag],
    requestBytes: bytes,
    stream,
    key: asKey,
    ...(maxOutputTokens !== undefined && { maxOutputTokens }),
    ...(region !== undefined && { allowedRegion: region }),
  };
  return async (session) => {
    const response = await session.client.explainRoute(request);
    session.answer(ExplainRouteResponseSchema, response, () => {
      const { group, strategy, candidates, pickedId, reason, scoreMeaning, fallbacks } = response;
      const head = [
        `${request.model}${group === request.model || group === "" ? "" : ` is group ${group}`}, by ${strategy}: ${pickedId ?? "no deployment"}`,
        ...(reason === "" ? [] : [reason]),
      ];
      const tail = [
        ...(scoreMeaning === "" ? [] : [`score: ${scoreMeaning}`]),
        ...(fallbacks.length === 0 ? [] : [`a failed call goes on to ${fallbacks.join(", ")}`]),
      ];
      const rows = candidates.length === 0 ? "" : `\n${table(columns, candidates, session.page())}`;
      return `${head.join("\n")}\n${rows}${tail.length === 0 ? "" : `\n${tail.join("\n")}\n`}`;
    });
    return ok(undefined);
  };
}
