import { timestampDate, type Timestamp } from "@bufbuild/protobuf/wkt";
import type { TargetedSubmitEvent } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Key, KeyStats } from "../../../gen/huntgroup/v1/admin_pb.ts";
import type { Api } from "../api.ts";
import { Confirm } from "../confirm.tsx";
import { count } from "../format.ts";
import { pure } from "../hooks.ts";
import { dollars, keyWord, toKeySpec } from "../key-spec.ts";
import { Meter } from "../meter.tsx";
import type { Notices } from "../notices.ts";
import { sentence } from "../sentence.ts";

const listEveryMs = 5_000;
/** How long the secret from before stays valid: long enough to put the new one in its place. */
const overlapSeconds = 3_600n;

interface Props {
  readonly api: Api;
  readonly active: boolean;
  /** The etag of the state in force: another one means that something was changed. */
  readonly etag: string;
  readonly notices: Notices;
  /** What each key has used since the start. */
  readonly stats: readonly KeyStats[];
}

/** A secret that was just made. It is in no other answer. */
interface NewSecret {
  readonly name: string;
  readonly secret: string;
}

/** Shows callers' keys with what they may and have spent; makes, rotates and revokes them. */
export const Keys = pure(({ api, active, etag, notices, stats }: Props) => {
  const [keys, setKeys] = useState<readonly Key[]>();
  const [fault, setFault] = useState("");
  const [made, setMade] = useState<NewSecret>();

  useEffect(() => {
    if (!active) {
      // A secret does not stay on the page when another one is looked at.
      setMade(undefined);
      return undefined;
    }
    const list = async (): Promise<void> => {
      try {
        setKeys((await api.admin.listKeys({})).keys);
        setFault("");
      } catch (error) {
        setFault(sentence(error));
      }
    };
    void list();
    const timer = setInterval(() => void list(), listEveryMs);
    return () => clearInterval(timer);
  }, [api, active, etag, made]);

  const attempt = async (what: string, act: () => Promise<string>): Promise<boolean> => {
    try {
      notices.done(await act());
      return true;
    } catch (error) {
      notices.failed(`${what}: ${sentence(error)}`);
      return false;
    }
  };
  const createKey = (form: FormData): Promise<boolean> =>
    attempt("No key made", async () => {
      const spec = toKeySpec(form, Date.now());
      const { secret } = await api.admin.createKey({ spec });
      setMade({ name: spec.name, secret });
      return `Made the key ${spec.name}`;
    });
  const rotate = (name: string): Promise<boolean> =>
    attempt(`${name} not rotated`, async () => {
      const { secret } = await api.admin.rotateKey({ name, overlap: { seconds: overlapSeconds, nanos: 0 } });
      setMade({ name, secret });
      return `${name} has a new secret; the old one is valid for an hour`;
    });
  const revoke = (name: string): Promise<boolean> =>
    attempt(`${name} not revoked`, async () => {
      await api.admin.revokeKey({ name });
      return `${name} is revoked`;
    });
  const used = new Map(stats.map((one) => [one.key, one.totals]));

  return (
    <div class="page">
      <h2>Keys</h2>
      {fault === "" ? null : <p class="fault">{fault}</p>}
      {made === undefined ? null : <Secret {...made} onClose={() => setMade(undefined)} />}
      {keys === undefined ? null : keys.length === 0 ? (
        <p class="note">There are no keys.</p>
      ) : (
        <table class="plain keys">
          <thead>
            <tr>
              <th scope="col">Key</th>
              <th scope="col">State</th>
              <th scope="col">Models</th>
              <th scope="col">Spent</th>
              <th scope="col">Used of allowed</th>
              <th scope="col">Since the start</th>
              <th scope="col">
                <span class="hidden">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {keys.map((key) => (
              <KeyRow key={key.spec?.name} of={key} totals={used.get(key.spec?.name ?? "")} onRotate={rotate} onRevoke={revoke} />
            ))}
          </tbody>
        </table>
      )}
      <NewKey onCreate={createKey} />
    </div>
  );
});

interface RowProps {
  readonly of: Key;
  readonly totals: KeyStats["totals"];
  readonly onRotate: (name: string) => Promise<boolean>;
  readonly onRevoke: (name: string) => Promise<boolean>;
}

function KeyRow({ of: key, totals, onRotate, onRevoke }: RowProps) {
  const [asked, setAsked] = useState(false);
  const { spec, origin, spentUsd, budgetResetsAt, usedRpm, usedTpm, inFlight } = key;
  const name = spec?.name ?? "";
  const { word, tone } = keyWord(key);
  return (
    <tr>
      <th scope="row">
        <span class="id">{name}</span>
        <small>{origin === "config" ? "from the files" : ""}</small>
      </th>
      <td data-label="state">
        <span class={`state ${tone}`}>{word}</span>
        <small>{until("expires", spec?.expires)}</small>
      </td>
      <td data-label="models">{spec === undefined || spec.models.length === 0 ? "all" : spec.models.join(", ")}</td>
      <td data-label="spent">
        {dollars(spentUsd)}
        {spec?.maxBudget === undefined ? "" : ` of ${dollars(spec.maxBudget)}`}
        <small>{until("whole again", budgetResetsAt)}</small>
      </td>
      <td data-label="used">
        <Meter unit="rpm" used={usedRpm} allowed={spec?.rpm} />
        <Meter unit="tpm" used={usedTpm} allowed={spec?.tpm} />
        <small>{inFlight === 0 ? "" : `${count(inFlight)} in flight`}</small>
      </td>
      <td data-label="since the start">
        {totals === undefined ? "–" : `${count(totals.requests)} calls`}
        <small>
          {totals === undefined ? "" : `${count(totals.promptTokens + totals.outputTokens)} tokens, ${dollars(totals.costUsd)}`}
        </small>
      </td>
      <td class="actions">
        {key.revoked || origin === "config" ? null : (
          <span class="buttons">
            <button type="button" aria-label={`Rotate ${name}`} onClick={() => void onRotate(name)}>
              Rotate
            </button>
            <button type="button" aria-label={`Revoke ${name}`} onClick={() => setAsked(true)}>
              Revoke
            </button>
          </span>
        )}
        {asked ? (
          <Confirm
            title={`Revoke ${name}?`}
            text={["Its next call is refused, and it cannot be made valid again. Calls under way go on."]}
            action="Revoke"
            onClose={(confirmed) => {
              setAsked(false);
              if (confirmed) void onRevoke(name);
            }}
          />
        ) : null}
      </td>
    </tr>
  );
}

function until(what: string, time: Timestamp | undefined): string {
  return time === undefined ? "" : `${what} ${timestampDate(time).toLocaleDateString()}`;
}

function Secret({ name, secret, onClose }: NewSecret & { readonly onClose: () => void }) {
  return (
    <div class="secret" role="status">
      <p>
        The secret of <b>{name}</b>. It is shown this once, and kept nowhere.
      </p>
      <code>{secret}</code>
      <span class="buttons">
        <button type="button" onClick={() => void navigator.clipboard?.writeText(secret)}>
          Copy
        </button>
        <button type="button" onClick={onClose}>
          Done
        </button>
      </span>
    </div>
  );
}

const limits = [
  { name: "rpm", label: "Requests per minute" },
  { name: "tpm", label: "Tokens per minute" },
  { name: "parallel", label: "Calls at a time" },
  { name: "budget", label: "Budget, $" },
  { name: "days", label: "Expires in days" },
];

function NewKey({ onCreate }: { readonly onCreate: (form: FormData) => Promise<boolean> }) {
  return (
    <>
      <h2>New key</h2>
      <p class="note">What is left empty is not limited.</p>
      <form
        class="fields"
        onSubmit={(event: TargetedSubmitEvent<HTMLFormElement>) => {
          event.preventDefault();
          const form = event.currentTarget;
          void (async () => {
            if (await onCreate(new FormData(form))) form.reset();
          })();
        }}
      >
        <label>
          Name
          <input name="name" required autocomplete="off" />
        </label>
        <label>
          Models
          <input name="models" placeholder="all" autocomplete="off" />
        </label>
        <label>
          Tags
          <input name="tags" placeholder="none" autocomplete="off" />
        </label>
        {limits.map(({ name, label }) => (
          <label key={name}>
            {label}
            <input name={name} type="number" min={0} step={name === "budget" ? "any" : 1} />
          </label>
        ))}
        <label>
          Budget is for
          <input name="per" placeholder="ever, or 7d, 1mo" autocomplete="off" />
        </label>
        <button type="submit" class="primary">
          Make the key
        </button>
      </form>
    </>
  );
}
