import { useQuery } from '@tanstack/react-query';
import { getJson } from '../api/call.ts';
import { rowsOf, textOf } from '../api/read-json.ts';
import { useTenant } from '../app/session-context.ts';
import { useUsers } from '../incidents/use-users.ts';
import { visibleText } from '../parts/hostile-text.tsx';
import { QueryEditor } from '../search/query-editor.tsx';
import { useQueryNames } from '../search/use-query-names.ts';
import { CONDITIONS, RANGE_UNITS, type RuleDraft } from './rule-draft.ts';

const RISKS = ['low', 'medium', 'high', 'critical'];

type RuleFormProps = {
  readonly draft: RuleDraft;
  readonly isNew: boolean;
  readonly onChange: (draft: RuleDraft) => void;
  readonly onForecast: () => void;
};

/** The fields of a rule. */
export function RuleForm({ draft, isNew, onChange, onForecast }: RuleFormProps) {
  const { users } = useUsers();
  const names = useQueryNames();
  const set = (change: Partial<RuleDraft>): void => onChange({ ...draft, ...change });
  return (
    <>
      <label>
        Name
        <input value={draft.name} onChange={(event) => set({ name: event.target.value })} />
      </label>
      <div className="field">
        <span aria-hidden="true">Query</span>
        <QueryEditor value={draft.query} known={names} onChange={(query) => set({ query })} onRun={onForecast} />
      </div>
      <Repos chosen={draft.repos} onChange={(repos) => set({ repos })} />
      <WhenFields draft={draft} set={set} />
      <div className="line">
        <Choice label="Risk" value={draft.risk} onPick={(risk) => set({ risk })} choices={RISKS.map((r) => [r, r])} />
        <label>
          Events shown on an incident
          <input
            className="short"
            inputMode="numeric"
            value={draft.limit}
            onChange={(event) => set({ limit: event.target.value })}
          />
        </label>
      </div>
      <div className="line">
        {isNew && (
          <Choice
            label="Owner"
            value={draft.owner}
            onPick={(owner) => set({ owner })}
            choices={users.map(({ id, name }) => [id, name])}
          />
        )}
        <Choice
          label="Incidents go to"
          value={draft.assignedTo}
          onPick={(assignedTo) => set({ assignedTo })}
          choices={[['', 'the owner'], ...users.map(({ id, name }) => [id, name] as const)]}
        />
      </div>
      <label>
        ATT&amp;CK techniques
        <input
          placeholder="T1110 T1078.004"
          value={draft.techniques}
          onChange={(event) => set({ techniques: event.target.value })}
        />
      </label>
      <label>
        Description
        <textarea rows={3} value={draft.description} onChange={(event) => set({ description: event.target.value })} />
      </label>
    </>
  );
}

type PartProps = { readonly draft: RuleDraft; readonly set: (change: Partial<RuleDraft>) => void };

/** How many rows within which time. */
function WhenFields({ draft, set }: PartProps) {
  return (
    <fieldset className="line">
      <legend>Raises an incident when there are</legend>
      <Choice
        label="Comparison"
        value={draft.conditionOption}
        onPick={(conditionOption) => set({ conditionOption })}
        choices={CONDITIONS}
      />
      <label>
        Rows
        <input
          className="short"
          inputMode="numeric"
          value={draft.conditionValue}
          onChange={(event) => set({ conditionValue: event.target.value })}
        />
      </label>
      <label>
        Within
        <input
          className="short"
          inputMode="numeric"
          value={draft.rangeAmount}
          onChange={(event) => set({ rangeAmount: event.target.value })}
        />
      </label>
      <Choice
        label="Unit"
        value={draft.rangeUnit}
        onPick={(picked) => set({ rangeUnit: RANGE_UNITS.find((unit) => unit === picked) ?? 'minute' })}
        choices={RANGE_UNITS.map((unit) => [unit, `${unit}s`])}
      />
    </fieldset>
  );
}

type ChoiceProps = {
  readonly label: string;
  readonly value: string;
  readonly choices: readonly (readonly [string, string])[];
  readonly onPick: (value: string) => void;
};

export function Choice({ label, value, choices, onPick }: ChoiceProps) {
  return (
    <label>
      {label}
      <select value={value} onChange={(event) => onPick(event.target.value)}>
        {choices.map(([choice, words]) => (
          <option key={choice} value={choice}>
            {visibleText(words)}
          </option>
        ))}
      </select>
    </label>
  );
}

type ReposProps = { readonly chosen: readonly string[]; readonly onChange: (repos: readonly string[]) => void };

function Repos({ chosen, onChange }: ReposProps) {
  const { base } = useTenant();
  const repos = useQuery({
    queryKey: [base, 'repos'],
    queryFn: async ({ signal }) => rowsOf(await getJson(`${base}/Repos`, signal)).map(({ name }) => textOf(name)),
  });
  const names = [...new Set([...(repos.data ?? []), ...chosen])];
  return (
    <fieldset className="line">
      <legend>Repos</legend>
      {names.map((name) => (
        <label key={name} className="check">
          <input
            type="checkbox"
            checked={chosen.includes(name)}
            onChange={(event) =>
              onChange(event.target.checked ? [...chosen, name] : chosen.filter((other) => other !== name))
            }
          />
          {visibleText(name)}
        </label>
      ))}
    </fieldset>
  );
}
