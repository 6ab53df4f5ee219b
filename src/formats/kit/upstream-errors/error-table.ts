import type { ErrorCode } from "../../../core/errors.ts";

/**
 * Whose fault a provider's failure is: the one table. The first row that holds decides; where none does, the status alone.
 * `test/formats/kit/upstream-errors.test.ts` plays every known reply of a provider through it.
 */

/** One kind of failure and how providers tell it. */
export interface ErrorRow {
  readonly code: ErrorCode;
  /** What `code`, `type` and the like hold, in lower case and without `_`, `-`, `.` and spaces. */
  readonly words?: RegExp;
  /** What a message holds. Counts only where the request does not hold the same: some providers echo it. */
  readonly phrases?: RegExp;
  /** The statuses that it may come with. `undefined` is an error inside a 200 that names none. Omit it for all. */
  readonly at?: (status: number | undefined) => boolean;
  /** The same for phrases alone, where they are less certain than words. */
  readonly phrasesAt?: (status: number | undefined) => boolean;
  /** Holds only with a rate limit's word in `code` or `type` too. */
  readonly ofRateLimit?: true;
  /** Does not hold where the provider names when to try again, unless a word says it. */
  readonly notWithWait?: true;
  /** All accounts at the provider fare the same: another provider is asked first. */
  readonly ofProvider?: true;
}

/** The caller's statuses and those of the account: not the host's own faults (5xx), whose texts may speak of anything. */
const refused = (status: number | undefined): boolean => status === undefined || (status < 500 && status !== 429);
const below500 = (status: number | undefined): boolean => status === undefined || status < 500;
const oneOf =
  (...statuses: readonly (number | undefined)[]) =>
  (status: number | undefined): boolean =>
    statuses.includes(status);

export const rateLimitWords =
  /ratelimit|toomanyrequests|throttl|resourceexhausted|limit(?:requests|burst|exceeded)|quotaexceeded|concurren|^requests$|^tokens$|^130[23]$|^baseresp(?:1002|1039)$/;

export const errorTable: readonly ErrorRow[] = [
  // A request that is larger than a whole minute's limit of this account: time does not help, another account may.
  { code: "cannot_serve_this", at: oneOf(413), ofRateLimit: true },
  {
    code: "cannot_serve_this",
    at: oneOf(400, 413, 429),
    phrases: /request (?:is )?too large|limit [\d,]+, requested [\d,]+.{0,40}must be reduced/i,
    ofRateLimit: true,
  },
  { code: "cannot_serve_this", at: oneOf(402), phrases: /max_(?:completion_)?tokens|fewer tokens|shorter prompt/i },
  // Within a stream no status says so: Anthropic's limit of tokens speaks of too many of them, as a prompt's may.
  { code: "upstream_rate_limited", at: oneOf(undefined), words: /^ratelimiterror$/ },
  {
    code: "context_length_exceeded",
    at: refused,
    words:
      /contextlengthexceeded|exceedcontextsize|contextwindow(?:limit)?exceeded|tokenslimitreached|(?:prompt|context)toolong|inputtoolong|^1261$/,
    phrases:
      /maximum context|context[ _-]?(?:length|window|size|limit)|max(?:imum)? (?:prompt|input|sequence) length|max_model_len|(?:prompt|input)(?: \w+){0,3} too (?:long|large)|prompt exceeds|too large for model|too many (?:input |prompt )?tokens|tokens? (?:limit|count)\b.{0,40} exceed|exceed(?:s|ed)?\b.{0,40}\b(?:token limit|maximum number of tokens|max(?:imum)?(?: \w+){0,3} tokens)|range of input length|reduce the length of|current length is \d+ while limit|inputs?`? tokens \+ `?max_new_tokens/i,
  },
  {
    code: "content_policy_violation",
    at: refused,
    words:
      /content(?:policy|filter|management|moderation|blocked|risk)|moderation|responsibleai|datainspection|sensitive|safety|unsafe|prohibitedcontent|invalidprompt|guardrail|^1301$|^baseresp102[67]$/,
    phrases:
      /content (?:management )?policy|content[ _]filter|content exists risk|usage (?:guidelines|polic)|safety (?:system|check|filter|polic)|safety_check_type|inappropriate content|unsafe content|sensitive (?:content|words)|(?:was|were|been) flagged|(?:prompt|input|content|request)(?: \w+){0,3} blocked by|prohibited content/i,
  },
  {
    code: "operation_not_supported",
    at: (status) => below500(status) || status === 501,
    words: /^unknownurl$|operationnotsupported|unsupportedoperation|^notsupportederror$|^notimplemented(?:error)?$|^unimplemented$/,
    phrases:
      /unknown request url|invalid url \(|operation does not work with|(?:is not|isn't) a chat model|is a chat model|not supported in the v1|does(?: not|n't) support (?:the )?(?:chat|completions?|embeddings?|this (?:endpoint|operation|api))\b|not an embedding model/i,
    phrasesAt: refused,
  },
  {
    code: "cannot_serve_this",
    at: refused,
    phrases:
      /no endpoints found (?:that|matching)|does(?: not|n't) support (?:\w+ )?(?:tools?|tool|functions?|function|images?|image|vision|audio|video|files?|pdf|documents?|streaming|json|response_format|structured|system|developer|reasoning|thinking|multi-?modal|logprobs)\b|(?:is not|isn't|not) (?:a )?(?:multi-?modal|vision)|(?:image|audio|video|multi-?modal|tool)(?: \w+){0,2} (?:is|are) not supported|only supports? text|at most 0 (?:image|audio|video)|requires --enable-auto-tool-choice|invalid .?signature.? in .?(?:redacted_)?(?:thinking|reasoning)|(?:thought|thinking|reasoning)[ _]signature\b.{0,60} (?:invalid|not valid|missing|could not)|(?:invalid|corrupted|missing an?) (?:thought|thinking|reasoning)[ _]signature/i,
  },
  {
    code: "quota_exhausted",
    at: below500,
    words:
      /insufficient(?:quota|balance|credits?|funds)|billing|paymentrequired|arrears|overdue|credit(?:limit|balance)|spend(?:ing)?limit|exceededcurrentquota|quotaexhausted|servicequotaexceeded|account(?:suspended|overdue)|outofcredits?|nocredits?|creditsexhausted|balance(?:insufficient|notenough|toolow)|budgetexceeded|usagelimit|^1113$|^130[489]$|^1310$|^baseresp(?:1008|2056)$/,
  },
  {
    code: "quota_exhausted",
    at: below500,
    notWithWait: true,
    words: /^quotaexceeded$/,
    phrases:
      /credit balance|(?:insufficient|not enough|out of|no(?: more)?|requires more|run out of|purchase|buy) (?:account )?(?:balance|credits?|funds|quota)|balance(?: \w+){0,2} (?:too low|insufficient|not enough|not sufficient)|usage limits?\b|spend(?:ing)? limit|billing (?:hard |soft )?limit|plan and billing|exceeded (?:your|the)(?: \w+){0,3} (?:quota|credits|budget)|quota(?: \w+){0,3} (?:exhausted|used up)|account(?: \S+){1,3} suspended|too many (?:tokens|requests) per (?:day|month)|in arrears|overdue (?:balance|payment)|payment (?:is )?required/i,
  },
  {
    code: "upstream_not_found",
    at: oneOf(400, 403, 404, 410, 422, undefined),
    words:
      /(?:model|deployment|endpoint|engine)(?:not(?:found|exists?|available|open)|decommissioned|deprecated|retired)|unknownmodel|invalidmodel|nosuchmodel|^notfound(?:error)?$|apiversion(?:notsupported|unsupported)|^1211$/,
    phrases:
      /\b(?:model|deployment|engine|endpoint)\b.{0,200}?\b(?:does not|doesn't|do not|not) exist|could not find an existing deployment|\bmodel\b.{0,200}? (?:was |is |could )?not (?:be )?found|api version(?: \S+)? (?:is )?not supported|unsupported api[ -]version|no such model|unknown model|(?:is not|isn't) a valid model|invalid model (?:name|id)|does not have access to (?:the )?model|\bmodel\b.{0,200}? has been (?:decommissioned|deprecated|retired|removed)|on-demand throughput isn.{1,3}t supported|model identifier is invalid|reached the end of its life/i,
  },
  {
    code: "upstream_auth",
    at: (status) => refused(status) && status !== 404,
    words:
      /(?:invalid|incorrect|expired|missing|wrong|revoked)(?:api)?(?:key|token|credentials?)|apikey(?:invalid|expired|missing|disabled)|authentication|unauthenticated|unauthori[sz]ed|permission(?:denied|error)|accessdenied|forbidden|account(?:deactivated|disabled|terminated|locked)|organization(?:disabled|deactivated|restricted)|unsupportedcountry|servicedisabled|unrecognizedclient|(?:invalid|incomplete)signature|missingauthenticationtoken|invalidclienttokenid|^baseresp(?:1004|2049)$/,
    phrases:
      /(?:incorrect|invalid|expired|missing|no|wrong|unknown) (?:x-)?api[ -]key|api[ -]key(?: \w+){0,2} (?:not valid|invalid|expired|missing|not found|disabled|revoked)|organization (?:has been|is) (?:disabled|restricted|deactivated)|account (?:has been|is) (?:disabled|deactivated|terminated|blocked)|security token\b.{0,60} (?:expired|invalid)|location is not supported|(?:country|region|territory)\b.{0,40} not supported|has not been used in project|access denied due to|authentication (?:failed|error)|invalid (?:authentication|credentials|token)\b/i,
  },
  // Anthropic: the whole API has more to do than it can, whoever asks.
  { code: "upstream_overloaded", words: /^overloadederror$/, ofProvider: true },
  { code: "upstream_overloaded", at: oneOf(529), ofProvider: true },
  {
    code: "upstream_overloaded",
    words:
      /overloaded|slowdown|notready|serviceunavailable|^unavailable(?:error)?$|capacityexceeded|nocapacity|modelloading|serverbusy|^1305$|^3040$/,
    phrases:
      /\boverloaded\b|capacity (?:temporarily )?exceeded|temporarily (?:unavailable|out of capacity)|server is busy|\bloading model|model is (?:currently )?loading|deployment is not ready/i,
    phrasesAt: oneOf(429, 503, undefined),
  },
  {
    code: "upstream_rate_limited",
    words: rateLimitWords,
    phrases:
      /rate[ -]limit(?:s|ed)?\b|too many requests|(?:requests|tokens) per (?:second|minute|min|hour|day)|requests? (?:was |were )?throttled/i,
    phrasesAt: oneOf(403, undefined),
  },
  // What follows tells of errors inside a 200 that name no status.
  { code: "upstream_timeout", at: oneOf(undefined), words: /timeout|timedout|deadlineexceeded/ },
  {
    code: "invalid_request",
    at: oneOf(undefined),
    words:
      /^(?:invalidrequest|badrequest|validation|unprocessableentity)(?:error)?$|^invalid(?:argument|parameter(?:error)?|value)$|^baseresp2013$/,
  },
];

/** What a status means where no row holds. */
export function codeOfStatus(status: number): ErrorCode {
  switch (status) {
    case 400:
    case 422:
      return "invalid_request";
    case 413:
      return "request_too_large";
    case 401:
    case 403:
      return "upstream_auth";
    case 402:
      return "quota_exhausted";
    // A wrong `api_base` shows as any of these.
    case 404:
    case 405:
    case 410:
      return "upstream_not_found";
    case 501:
      return "operation_not_supported";
    case 408:
    case 504:
    case 524:
      return "upstream_timeout";
    case 429:
      return "upstream_rate_limited";
    // 498: Groq's flex tier is full. 529: Anthropic is overloaded.
    case 498:
    case 503:
    case 529:
      return "upstream_overloaded";
    default:
      return isBetween(status) ? "upstream_unreachable" : "upstream_error";
  }
}

/** Statuses of what stands between here and the provider: proxies, balancers, networks that deliver content. */
function isBetween(status: number): boolean {
  return [407, 421, 444, 460, 495, 496, 497, 530].includes(status) || (status >= 520 && status <= 527);
}

/** Statuses that say what is wrong even where a web page comes with them. */
const tellingStatuses: ReadonlySet<number> = new Set([401, 402, 404, 405, 408, 410, 413, 429, 500, 501, 503, 504, 524]);

/** What a web page in place of an error means: something in between answered, unless its status says what is wrong. */
export function codeOfPage(status: number): ErrorCode {
  return tellingStatuses.has(status) ? codeOfStatus(status) : "upstream_unreachable";
}
