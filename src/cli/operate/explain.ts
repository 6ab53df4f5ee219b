import { ExplainRouteResponseSchema, type ExplainRouteResponse_Candidate as Candidate } from "../../../gen/huntgroup/v1/admin_pb.ts";
import { ok } from "../../lib/result.ts";
import { table, type Column } from "../render/table.ts";
import { eligibilityCell } from "../render/eligibility-cell.ts";
import { number } from "../render/format.ts";
import { operatorSpec } from "./operator-spec.ts";

const largestNumber = 4_294_967_295;

const columns: readonly Column<Candidate>[] = [
  { title: "", cell: ({ picked }) => (picked ? { text: ">", style: "good" } : "") },
  { title: "ID", cell: ({ deploymentId }) => deploymentId },
  { title: "STATUS", cell: ({ eligibility }) => eligibilityCell(eligibility) },
  { title: "WEIGHT", cell: ({ weight }) => number(weight), alignRight: true },
  { title: "SCORE", cell: ({ score }) => number(score), alignRight: true },
  { title: "DETAIL", cell: ({ detail }) => detail, mayBeCut: true },
];

export const explain = operatorSpec({
  name: "explain",
  usage: "MODEL [--tag T]… [--bytes N] …",
  summary: "where such a call would go now, and why",
  options: [
    { name: "tag", value: "TAG", help: "a tag of the call; may be given several times" },
    { name: "bytes", value: "N", help: "size of its body" },
    { name: "max-output-tokens", value: "N", help: "its cap on output tokens" },
    { name: "stream", help: "whether it wants a stream" },
    { name: "as-key", value: "NAME", help: "whose call it is: the name of a key" },
    { name: "region", value: "REGION", help: "the region that it must stay in" },
  ],
  notes: "It changes nothing and calls nobody. Strategies that draw may draw differently for the next call.",
  parse(words) {
    const maxOutputTokens = words.wholeNumber("max-output-tokens", 0, largestNumber);
    const allowedRegion = words.text("region");
    const request = {
      model: words.argument("a model"),
      tags: [...words.list("tag")],
      requestBytes: words.wholeNumber("bytes", 0, largestNumber) ?? 0,
      stream: words.flag("stream"),
      key: words.text("as-key") ?? "",
      ...(maxOutputTokens !== undefined && { maxOutputTokens }),
      ...(allowedRegion !== undefined && { allowedRegion }),
    };
    return async (session) => {
      const response = await session.client.explainRoute(request);
      session.answer(ExplainRouteResponseSchema, response, () => {
        const { group, strategy, candidates, pickedId, reason, scoreMeaning, fallbacks } = response;
        const head = [
          `${request.model}${group === request.model || group === "" ? "" : ` is group ${group}`}, by ${strategy}: ${pickedId ?? "nobody"}`,
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
  },
});
