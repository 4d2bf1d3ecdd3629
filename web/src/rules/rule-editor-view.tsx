import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import type { JsonObject } from '../../../src/shared/json.ts';
import { getJson } from '../api/call.ts';
import { order } from '../api/order.ts';
import { objectOf, textOf } from '../api/read-json.ts';
import { useTenant } from '../app/session-context.ts';
import { toast } from '../app/toasts.tsx';
import { HostileText, visibleText } from '../parts/hostile-text.tsx';
import { Trouble } from '../parts/trouble.tsx';
import { backtest, Forecast } from './noise-forecast.tsx';
import { hasMistake, RecentMatches, useSettled } from './recent-matches.tsx';
import { changesOf, draftOf, editedFields, fieldsOf, newDraft, type RuleDraft } from './rule-draft.ts';
import { readRuleEditorParams } from './rule-editor-params.ts';
import { RuleForm } from './rule-form.tsx';
import { RuleNotifications } from './rule-notifications.tsx';
import '../parts/views.css';
import './rules.css';

const FORECAST_SETTLE_MS = 1_500;

/** Makes an alert rule, or changes the one that the address names. */
export function RuleEditorView() {
  const { base, known } = useTenant();
  const { id } = useParams({ strict: false });
  const { query = '' } = readRuleEditorParams(useSearch({ strict: false }));
  const saved = useQuery({
    queryKey: [base, 'rules', 'one', id],
    queryFn: async ({ signal }) =>
      objectOf(await getJson(`${base}/AlertRules/${encodeURIComponent(id ?? '')}`, signal)),
    enabled: id !== undefined,
    retry: false,
    // A rule that is read again while somebody types would take the ground from under the changes.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  if (id === undefined)
    return <Editor key={query} id={null} fields={{}} before={newDraft(query, known?.userId ?? '')} />;
  if (saved.error !== null) {
    return (
      <main id="main">
        <h1 className="sr">Rule</h1>
        <Trouble error={saved.error} onRetry={() => void saved.refetch()} />
      </main>
    );
  }
  if (saved.data === undefined) return <output className="loading">Reading the rule…</output>;
  const fields = objectOf(saved.data['fields']);
  return <Editor key={id} id={id} fields={fields} before={draftOf(fields, saved.data)} />;
}

type EditorProps = {
  /** Null for a new rule. */
  readonly id: string | null;
  readonly fields: JsonObject;
  readonly before: RuleDraft;
};

function Editor({ id, fields, before }: EditorProps) {
  const { base, pool, logpoint } = useTenant();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [draft, setDraft] = useState(before);
  const [forecast, setForecast] = useState<JsonObject | null>(null);
  const [trouble, setTrouble] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);
  const rule = id === null ? fieldsOf(draft) : editedFields(fields, changesOf(before, draft));

  // Once nobody has typed for a while the forecast follows what was typed.
  const settled = useSettled(JSON.stringify(rule), FORECAST_SETTLE_MS);
  const [followed, setFollowed] = useState('');
  if (settled !== followed && settled === JSON.stringify(rule)) {
    setFollowed(settled);
    if (draft.query.trim() !== '' && !hasMistake(draft.query)) setForecast(rule);
  }

  const save = async (): Promise<void> => {
    setBusy(true);
    setTrouble(null);
    try {
      if (id === null) await order(`${base}/AlertRules`, rule);
      else await order(`${base}/AlertRules/${id}`, changesOf(before, draft), { method: 'PUT' });
      toast.done(`${visibleText(draft.name)}: ${id === null ? 'made and switched on' : 'changed'}`);
      await queries.invalidateQueries({ queryKey: [base, 'rules'] });
      await navigate({ to: '/p/$pool/$logpoint/rules', params: { pool, logpoint } });
    } catch (error) {
      setTrouble(error);
      setBusy(false);
    }
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (!isBusy) void save();
  };
  return (
    <main id="main" className="rule-editor">
      <header className="view-head">
        <h1>{id === null ? 'New rule' : <HostileText text={before.name} />}</h1>
        <Link to="/p/$pool/$logpoint/rules" params={{ pool, logpoint }}>
          All rules
        </Link>
      </header>
      <div className="halves">
        <form onSubmit={submit} aria-label="Rule">
          <RuleForm draft={draft} isNew={id === null} onChange={setDraft} onForecast={() => setForecast(rule)} />
          {trouble !== null && <Trouble error={trouble} />}
          <div className="line">
            <button type="submit" className="primary" disabled={isBusy}>
              {id === null ? 'Save and switch on' : 'Save'}
            </button>
            <button type="button" onClick={() => setForecast(rule)}>
              Forecast the last 7 days
            </button>
          </div>
        </form>
        <div className="beside">
          <section aria-label="Noise forecast">
            <h2>Noise forecast</h2>
            {forecast === null ? (
              <p className="quiet">
                What this rule would have raised over the last 7 days, before it is switched on. Nothing is saved by it.
              </p>
            ) : (
              <DraftForecast rule={forecast} isOld={JSON.stringify(forecast) !== JSON.stringify(rule)} />
            )}
          </section>
          <section aria-label="Matching now">
            <h2>Matching now</h2>
            <RecentMatches query={draft.query} repos={draft.repos} />
          </section>
        </div>
      </div>
      {id !== null && <RuleNotifications ruleId={id} />}
    </main>
  );
}

/** `isOld` when the rule was changed after it was forecast. */
function DraftForecast({ rule, isOld }: { readonly rule: JsonObject; readonly isOld: boolean }) {
  const { base } = useTenant();
  // A rule may be forecast before it has a name; its name changes nothing of what it finds.
  const named = textOf(rule['searchname']).trim() === '' ? { ...rule, searchname: 'Forecast' } : rule;
  const found = useQuery({
    queryKey: [base, 'backtest', rule],
    queryFn: ({ signal }) => backtest(base, { rule: named }, signal),
    retry: false,
  });
  if (found.isFetching) return <output className="loading">Running the rule over the last 7 days…</output>;
  if (found.error !== null) return <Trouble error={found.error} onRetry={() => void found.refetch()} />;
  return (
    <>
      {isOld && <p role="status">The rule was changed since: forecast again.</p>}
      {found.data !== undefined && <Forecast found={found.data} />}
    </>
  );
}
