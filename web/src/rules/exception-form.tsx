import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import type { JsonObject } from '../../../src/shared/json.ts';
import { call } from '../api/call.ts';
import { order } from '../api/order.ts';
import { queryString } from '../api/query-string.ts';
import { numberOf, objectOf, rowsOf, textOf } from '../api/read-json.ts';
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

/** Makes an exception; tells first what it would have taken from the rules over the last days. */
export function ExceptionForm({ onDone }: { readonly onDone: () => void }) {
  const { base } = useTenant();
  const names = useQueryNames();
  const [draft, setDraft] = useState(EMPTY);
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
  const about: JsonObject = draft.ruleId === '' ? {} : { rule_ids: [draft.ruleId] };
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
    attempt(async () => setDry(await order(`${base}/Exceptions/dryRun`, { query: draft.query, days: DAYS, ...about })));
  const save = (): Promise<void> =>
    attempt(async () => {
      const { name, query, owner, reason, days } = draft;
      const end = days === '' ? null : Math.floor((Date.now() + Number(days) * DAY_MS) / 1000);
      await order(`${base}/Exceptions`, { name, query, owner, reason, expires_at: end, ...about });
      toast.done(`${visibleText(name)}: exception made`);
      setDraft(EMPTY);
      setDry(null);
      onDone();
    });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (!isBusy) void save();
  };
  return (
    <form onSubmit={submit} aria-label="New exception" className="exception">
      <h2>New exception</h2>
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
            ['', 'every rule'],
            ...(rules.data ?? []).map((rule) => [textOf(rule['id']), textOf(rule['name'])] as const),
          ]}
        />
        <Choice label="Ends" value={draft.days} onPick={(days) => set({ days })} choices={LIVES} />
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
          Make the exception
        </button>
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
