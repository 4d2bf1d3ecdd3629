import { Link } from '@tanstack/react-router';
import type { JsonObject } from '../../../src/shared/json.ts';
import { objectOf, rowsOf, textOf, textsOf } from '../api/read-json.ts';
import { useTenant } from '../app/session-context.ts';
import { HostileText } from '../parts/hostile-text.tsx';
import { DISPOSITIONS } from './bulk-bar.tsx';
import { entitiesOf } from './incident-row.ts';
import { useUsers } from './use-users.ts';
import type { Verbs } from './use-verbs.ts';

type RailProps = { readonly incident: JsonObject; readonly verbs: Verbs };

/** An address that is safe to follow; other schemes stay text. */
const Reference = ({ url }: { readonly url: string }) =>
  /^https?:\/\//.test(url) ? (
    <a href={url} target="_blank" rel="noopener noreferrer nofollow">
      {url}
    </a>
  ) : (
    <HostileText text={url} />
  );

/** Who, what and whence, beside the incident. */
export function IncidentRail({ incident, verbs }: RailProps) {
  const { pool, logpoint } = useTenant();
  const { users } = useUsers();
  const id = textOf(incident['id']);
  const rule = objectOf(incident['rule']);
  const children = rowsOf(incident['children']);
  const techniques = textsOf(incident['attack_id']);
  return (
    <aside className="rail" aria-label="About this incident">
      <label>
        Owner
        <select
          value={textOf(incident['assigned_to'])}
          onChange={(event) => void verbs.act('reassign', { ids: [id] }, { new_assignee: event.target.value })}
        >
          <option value="">nobody</option>
          {users.map((user) => (
            <option key={user.id} value={user.id}>
              {user.name}
            </option>
          ))}
        </select>
      </label>
      <label>
        Disposition
        <select
          value={textOf(incident['disposition'])}
          onChange={(event) =>
            void verbs.act(
              'disposition',
              { ids: [id] },
              { disposition: event.target.value === '' ? null : event.target.value },
            )
          }
        >
          <option value="">not judged</option>
          {DISPOSITIONS.map(([value, word]) => (
            <option key={value} value={value}>
              {word}
            </option>
          ))}
        </select>
      </label>
      <h3>Entities</h3>
      <ul>
        {entitiesOf(incident['entities']).map(({ kind, value }) => (
          <li key={`${kind} ${value}`}>
            <small>{kind}</small>{' '}
            <Link to="/p/$pool/$logpoint/incidents" params={{ pool, logpoint }} search={{ entity: `${kind}:${value}` }}>
              <HostileText text={value} />
            </Link>
          </li>
        ))}
      </ul>
      {techniques.length > 0 && <h3>ATT&amp;CK</h3>}
      <ul>
        {techniques.map((technique, i) => (
          <li key={technique}>
            <a
              href={`https://attack.mitre.org/techniques/${encodeURIComponent(technique).replace('.', '/')}/`}
              target="_blank"
              rel="noopener noreferrer"
            >
              {technique}
            </a>{' '}
            {textsOf(incident['attack_tag'])[i] ?? ''}
          </li>
        ))}
      </ul>
      {children.length > 0 && (
        <>
          <h3>Merged into this</h3>
          <ul>
            {children.map((child) => (
              <li key={textOf(child['id'])}>
                <Link to="/p/$pool/$logpoint/incidents/$id" params={{ pool, logpoint, id: textOf(child['id']) }}>
                  {textOf(child['number'])}
                </Link>{' '}
                <button
                  type="button"
                  className="inline"
                  onClick={() => void verbs.place(`${id}/unmerge`, { ids: [textOf(child['id'])] }, 'Unmerged')}
                >
                  unmerge
                </button>
              </li>
            ))}
          </ul>
        </>
      )}
      {textOf(rule['name']) !== '' && (
        <>
          <h3>Rule</h3>
          <p>
            <HostileText text={textOf(rule['name'])} />
            {rule['is_gone'] === true && ' (removed since)'}
          </p>
          {textOf(rule['author']) !== '' && (
            <p>
              <small>
                by <HostileText text={textOf(rule['author'])} /> {textOf(rule['licence'])}
              </small>
            </p>
          )}
          <ul>
            {textsOf(rule['references']).map((url) => (
              <li key={url}>
                <Reference url={url} />
              </li>
            ))}
          </ul>
        </>
      )}
    </aside>
  );
}
