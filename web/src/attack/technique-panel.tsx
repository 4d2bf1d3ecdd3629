import { Link } from '@tanstack/react-router';
import { HostileText } from '../parts/hostile-text.tsx';
import type { Technique } from './coverage.ts';

type TechniquePanelProps = {
  readonly technique: Technique;
  readonly params: { readonly pool: string; readonly logpoint: string };
  readonly dates: { readonly start_date: string; readonly end_date: string };
  readonly onClose: () => void;
};

/** One technique: its rules, its incidents, and where ATT&CK describes it. */
export function TechniquePanel({ technique, params, dates, onClose }: TechniquePanelProps) {
  const { id, name, tactic, rules, incidents } = technique;
  return (
    <aside className="technique-panel" aria-label={`${id} ${name}`}>
      <h2>
        {id} {name}
      </h2>
      <p className="quiet">
        {tactic} ·{' '}
        <a href={`https://attack.mitre.org/techniques/${id.replace('.', '/')}/`} rel="noreferrer" target="_blank">
          at ATT&amp;CK
        </a>
      </p>
      <p>
        {incidents === 0 ? (
          'No incident in this time.'
        ) : (
          <Link to="/p/$pool/$logpoint/incidents" params={params} search={{ ...dates, attack_tag: name }}>
            {incidents.toLocaleString('en')} {incidents === 1 ? 'incident' : 'incidents'}
          </Link>
        )}
      </p>
      {rules.length === 0 ? (
        <p>
          No rule looks for it.{' '}
          <Link to="/p/$pool/$logpoint/rules/new" params={params} search={{}}>
            Make one
          </Link>{' '}
          and name {id} in it, or import Sigma rules that do.
        </p>
      ) : (
        <ul>
          {rules.map((rule) => (
            <li key={rule.id}>
              <span aria-hidden="true">{rule.isActive ? '●' : '○'}</span>{' '}
              <Link to="/p/$pool/$logpoint/rules/$id" params={{ ...params, id: rule.id }}>
                <HostileText text={rule.name} />
              </Link>
              {!rule.isActive && <small> off</small>}
            </li>
          ))}
        </ul>
      )}
      <button type="button" onClick={onClose}>
        Close
      </button>
    </aside>
  );
}
