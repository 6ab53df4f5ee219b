import type { JsonObject } from "@bufbuild/protobuf";
import { ConnectError } from "@connectrpc/connect";
import type { TargetedSubmitEvent } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Api } from "./api.ts";
import { faultsIn, noEntry, toEntry, toEntryForm, type EntryFaults, type EntryField, type EntryForm } from "./entry-form.ts";
import type { Notices } from "./notices.ts";
import { sentence } from "./sentence.ts";

interface Props {
  readonly api: Api;
  readonly notices: Notices;
  /** The deployment to edit. Undefined adds one. */
  readonly deploymentId: string | undefined;
  readonly onClose: () => void;
}

interface Field {
  readonly name: EntryField;
  readonly label: string;
  readonly placeholder: string;
  readonly isLong?: boolean;
}

const fields: readonly Field[] = [
  { name: "model_name", label: "Model name, as callers write it", placeholder: "gpt-4o" },
  { name: "model", label: "Provider and model", placeholder: "openai/gpt-4o" },
  { name: "api_base", label: "Address (api_base)", placeholder: "the provider's own" },
  { name: "api_key", label: "Key (api_key)", placeholder: "os.environ/NAME" },
  { name: "rpm", label: "Requests per minute", placeholder: "no limit" },
  { name: "tpm", label: "Tokens per minute", placeholder: "no limit" },
  { name: "weight", label: "Weight", placeholder: "1" },
  { name: "order", label: "Order, lower first", placeholder: "0" },
  { name: "id", label: "Id", placeholder: "made of the entry" },
  { name: "params", label: "Other litellm_params, JSON", placeholder: '{"timeout": 30}', isLong: true },
  { name: "info", label: "Other model_info, JSON", placeholder: '{"mode": "chat"}', isLong: true },
];

const noFaults: EntryFaults = new Map();

/** Adds a deployment, or edits one: the form of its entry of `model_list`, with what is wrong at the field that it is about. */
export function EntryDialog({ api, notices, deploymentId, onClose }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [form, setForm] = useState<EntryForm>(noEntry);
  const [before, setBefore] = useState<JsonObject>();
  const [faults, setFaults] = useState(noFaults);
  const [isBusy, setBusy] = useState(deploymentId !== undefined);
  const isNew = deploymentId === undefined;

  useEffect(() => {
    dialog.current?.showModal();
    if (deploymentId === undefined) return;
    void (async () => {
      try {
        const { entry } = await api.admin.getDeployment({ deploymentId });
        if (entry === undefined) setFaults(new Map([["form", "The server does not tell its entry."]]));
        else {
          setBefore(entry);
          setForm(toEntryForm(entry));
          setBusy(false);
        }
      } catch (error) {
        setFaults(new Map([["form", sentence(error)]]));
      }
    })();
  }, []);

  const submit = async (): Promise<void> => {
    const made = toEntry(form, before);
    if ("faults" in made) {
      setFaults(made.faults);
      return;
    }
    setBusy(true);
    try {
      const { deployment, warnings } = isNew
        ? await api.admin.addDeployment({ entry: made.entry })
        : await api.admin.updateDeployment({ deploymentId, entry: made.entry });
      const doubts = warnings.map(({ key, message }) => ` ${key} ${message}.`).join("");
      notices.done(`${deployment?.id ?? ""} is ${isNew ? "added" : "changed"}.${doubts}`);
      dialog.current?.close();
    } catch (error) {
      const found = faultsIn(ConnectError.from(error).rawMessage);
      // What is about no field is put as everywhere else.
      setFaults(found.has("form") ? new Map([["form", sentence(error)]]) : found);
      setBusy(false);
    }
  };

  return (
    <dialog ref={dialog} class="entry" aria-labelledby="entry-title" onClose={onClose}>
      <form
        noValidate
        onSubmit={(event: TargetedSubmitEvent<HTMLFormElement>) => {
          event.preventDefault();
          void submit();
        }}
      >
        <h2 id="entry-title">{isNew ? "Add a deployment" : `Edit ${deploymentId}`}</h2>
        {isNew ? null : <p class="note">It keeps its id and its counts. A weight that was set by hand goes before the entry’s.</p>}
        <div class="entry-fields">
          {fields.map((field) =>
            field.name === "id" && !isNew ? null : (
              <Input
                key={field.name}
                field={field}
                value={form[field.name]}
                fault={faults.get(field.name)}
                onValue={(value) => setForm({ ...form, [field.name]: value })}
              />
            ),
          )}
        </div>
        <p class="fault" role="alert">
          {faults.get("form") ?? ""}
        </p>
        <div class="buttons">
          <button type="button" onClick={() => dialog.current?.close()}>
            Cancel
          </button>
          <button type="submit" class="primary" disabled={isBusy}>
            {isNew ? "Add" : "Save"}
          </button>
        </div>
      </form>
    </dialog>
  );
}

interface InputProps {
  readonly field: Field;
  readonly value: string;
  readonly fault: string | undefined;
  readonly onValue: (value: string) => void;
}

function Input({ field: { name, label, placeholder, isLong = false }, value, fault, onValue }: InputProps) {
  const faultId = `entry-fault-${name}`;
  const shared = {
    name,
    value,
    placeholder,
    spellcheck: false,
    "aria-invalid": fault !== undefined,
    "aria-describedby": fault === undefined ? undefined : faultId,
  };
  return (
    <div class={isLong ? "entry-field long" : "entry-field"}>
      <label>
        {label}
        {isLong ? (
          <textarea {...shared} rows={3} onInput={(event) => onValue(event.currentTarget.value)} />
        ) : (
          <input {...shared} autocomplete="off" onInput={(event) => onValue(event.currentTarget.value)} />
        )}
      </label>
      {fault === undefined ? null : (
        <small id={faultId} class="fault">
          {fault}
        </small>
      )}
    </div>
  );
}
