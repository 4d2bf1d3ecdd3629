import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import type { JsonObject } from '../../../src/shared/json.ts';
import { call } from '../api/call.ts';
import { order } from '../api/order.ts';
import { queryString } from '../api/query-string.ts';
import { numberOf, objectOf, rowsOf, textOf, textsOf } from '../api/read-json.ts';
import { useTenant } from '../app/session-context.ts';
import { toast } from '../app/toasts.tsx';
import { HostileText, visibleText } from '../parts/hostile-text.tsx';
import { Trouble } from '../parts/trouble.tsx';
import { QueryEditor } from '../search/query-editor.tsx';
import { useQueryNames } from '../search/use-query-names.ts';
import { Choice } from './rule-form.tsx';

const DAYS = 7;
const DAY_MS = 86_400_000;
/** Rules that can be chosen from; an exception for another one is made over the API. */
const RULES_MAX = 1_000;
const LIVES: readonly (readonly [string, string])[] = [
  ['1', 'after a day'],
  ['7', 'after 7 days'],
  ['30', 'after 30 days'],
  ['90', 'after 90 days'],
  ['', 'never'],
];

const EMPTY = { name: '', query: '', ruleId: '', owner: '', reason: '', days: '30' };

const KEPT = 'kept';

type ExceptionFormProps = {
  /** The exception that is changed; null makes a new one. */
  readonly editing: JsonObject | null;
  readonly onClose: () => void;
  readonly onDone: () => void;
};

/** What the form holds of an exception that is there already; several rules and its end stay unless another is chosen. */
function draftOf(exception: JsonObject): typeof EMPTY {
  const ids = textsOf(exception['rule_ids']);
  return {
    name: textOf(exception['name']),
    query: textOf(exception['query']),
    owner: textOf(exception['owner']),
    reason: textOf(exception['reason']),
    ruleId: ids.length > 1 ? KEPT : (ids[0] ?? ''),
    days: KEPT,
  };
}

/** Makes or changes an exception; tells first what it would have taken from the rules over the last days. */
export function ExceptionForm({ editing, onClose, onDone }: ExceptionFormProps) {
  const { base } = useTenant();
  const names = useQueryNames();
  const [draft, setDraft] = useState(editing === null ? EMPTY : draftOf(editing));
  const [dry, setDry] = useState<JsonObject | null>(null);
  const [trouble, setTrouble] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);
  const rules = useQuery({
    queryKey: [base, 'rules', 'names'],
    queryFn: async ({ signal }) =>
      rowsOf((await call(`${base}/AlertRules${queryString({ limit: RULES_MAX })}`, { signal })).value),
  });
  const set = (change: Partial<typeof EMPTY>): void => {
    setDraft({ ...draft, ...change });
    setDry(null);
  };
  const kept = textsOf(editing?.['rule_ids']);
  const ids = draft.ruleId === KEPT ? kept : draft.ruleId === '' ? [] : [draft.ruleId];
  const about: JsonObject = ids.length === 0 ? {} : { rule_ids: ids };
  const attempt = async (work: () => Promise<void>): Promise<void> => {
    setBusy(true);
    setTrouble(null);
    try {
      await work();
    } catch (error) {
      setTrouble(error);
    } finally {
      setBusy(false);
    }
  };
  const tryOut = (): Promise<void> =>
    attempt(async () =>
      setDry(
        await order(`${base}/Exceptions/dryRun`, {
          query: draft.query,
          days: DAYS,
          ...(ids.length === 0 ? {} : { rule_ids: ids }),
        }),
      ),
    );
  const save = (): Promise<void> =>
    attempt(async () => {
      const { name, query, owner, reason, days } = draft;
      const end = days === '' ? null : Math.floor((Date.now() + Number(days) * DAY_MS) / 1000);
      const fields = { name, query, owner, reason, ...(days === KEPT ? {} : { expires_at: end }), ...about };
      if (editing === null) await order(`${base}/Exceptions`, fields);
      else await order(`${base}/Exceptions/${textOf(editing['id'])}`, fields, { method: 'PUT' });
      toast.done(`${visibleText(name)}: exception ${editing === null ? 'made' : 'changed'}`);
      setDraft(EMPTY);
      setDry(null);
      onDone();
    });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (!isBusy) void save();
  };
  return (
    <form
      onSubmit={submit}
      aria-label={editing === null ? 'New exception' : 'Change the exception'}
      className="exception box-quiet"
    >
      <h2>{editing === null ? 'New exception' : `Change ${visibleText(textOf(editing['name']))}`}</h2>
      <label>
        Name
        <input value={draft.name} onChange={(event) => set({ name: event.target.value })} />
      </label>
      <div className="field">
        <span aria-hidden="true">Events that are not to count</span>
        <QueryEditor
          value={draft.query}
          known={names}
          onChange={(query) => set({ query })}
          onRun={() => void tryOut()}
        />
      </div>
      <div className="line">
        <Choice
          label="For"
          value={draft.ruleId}
          onPick={(ruleId) => set({ ruleId })}
          choices={[
            ...(kept.length > 1 ? [[KEPT, `its ${kept.length} rules`] as const] : []),
            ['', 'every rule'],
            ...(rules.data ?? []).map((rule) => [textOf(rule['id']), textOf(rule['name'])] as const),
          ]}
        />
        <Choice
          label="Ends"
          value={draft.days}
          onPick={(days) => set({ days })}
          choices={editing === null ? LIVES : [[KEPT, 'as it does now'], ...LIVES]}
        />
        <label>
          Owner
          <input value={draft.owner} onChange={(event) => set({ owner: event.target.value })} />
        </label>
      </div>
      <label>
        Reason
        <input value={draft.reason} onChange={(event) => set({ reason: event.target.value })} />
      </label>
      {trouble !== null && <Trouble error={trouble} />}
      {dry !== null && <Taken found={dry} />}
      <div className="line">
        <button type="button" disabled={isBusy} onClick={() => void tryOut()}>
          Try on the last {DAYS} days
        </button>
        <button type="submit" className="primary" disabled={isBusy}>
          {editing === null ? 'Make the exception' : 'Save the exception'}
        </button>
        {editing !== null && (
          <button type="button" onClick={onClose}>
            Cancel
          </button>
        )}
      </div>
    </form>
  );
}

function Taken({ found }: { readonly found: JsonObject }) {
  const cut = textOf(objectOf(found['cut'])['reason']);
  return (
    <div role="status">
      <p>
        Would have taken <strong>{numberOf(found['hits'])} hits</strong> from {numberOf(found['rules'])} rules in the
        last {DAYS} days{cut === '' ? '' : `; ${cut}`}.
      </p>
      <ul>
        {rowsOf(found['by_rule']).map((row) => (
          <li key={textOf(row['id'])}>
            <HostileText text={textOf(row['name'])} />: {numberOf(row['matches'])}
          </li>
        ))}
      </ul>
    </div>
  );
}
