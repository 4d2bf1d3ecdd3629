import { Link } from '@tanstack/react-router';
import type { RefObject } from 'react';
import type { JsonObject } from '../../../src/shared/json.ts';
import { objectOf, rowsOf, textOf, textsOf } from '../api/read-json.ts';
import { useTenant } from '../app/session-context.ts';
import { DISPOSITIONS } from '../incidents/bulk-ask.tsx';
import { entitiesOf } from '../incidents/incident-row.ts';
import { useUsers } from '../incidents/use-users.ts';
import type { Verbs } from '../incidents/use-verbs.ts';
import { HostileText } from '../parts/hostile-text.tsx';
import { Children } from './children.tsx';
import { EntityLine } from './entity-line.tsx';
import { useGroupNames } from './use-group-names.ts';

type RailProps = {
  readonly incident: JsonObject;
  readonly verbs: Verbs;
  readonly ownerRef: RefObject<HTMLSelectElement | null>;
  readonly dispositionRef: RefObject<HTMLSelectElement | null>;
};

/** Who, what and whence, beside the incident. */
export function IncidentRail({ incident, verbs, ownerRef, dispositionRef }: RailProps) {
  const id = textOf(incident['id']);
  const { users } = useUsers();
  const groups = useGroupNames(textsOf(incident['manageable_by']));
  const entities = entitiesOf(incident['entities']);
  const metadata = rowsOf(incident['metadata']);
  return (
    <aside className="rail" aria-label="About this incident">
      <label>
        Owner
        <select
          ref={ownerRef}
          value={textOf(incident['assigned_to'])}
          onChange={(event) => void verbs.act('reassign', { ids: [id] }, { new_assignee: event.target.value })}
        >
          <option value="" disabled>
            nobody
          </option>
          {users.map((user) => (
            <option key={user.id} value={user.id}>
              {user.name}
            </option>
          ))}
        </select>
      </label>
      {groups.length > 0 && (
        <p>
          <small>also managed by {groups.join(', ')}</small>
        </p>
      )}
      <label>
        Disposition
        <select
          ref={dispositionRef}
          value={textOf(incident['disposition'])}
          onChange={({ target: { value } }) =>
            void verbs.act('disposition', { ids: [id] }, { disposition: value === '' ? null : value })
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
      {entities.length > 0 && (
        <>
          <h3>Entities</h3>
          <ul className="entity-list">
            {entities.map((entity) => (
              <EntityLine key={`${entity.kind} ${entity.value}`} entity={entity} />
            ))}
          </ul>
        </>
      )}
      <Techniques incident={incident} />
      <Children id={id} rows={rowsOf(incident['children'])} verbs={verbs} />
      <Rule rule={objectOf(incident['rule'])} />
      {metadata.length > 0 && (
        <>
          <h3>Metadata</h3>
          <ul>
            {metadata.map((entry) => (
              <li key={`${textOf(entry['field'])} ${textOf(entry['value'])}`}>
                <small>{textOf(entry['field'])}</small> <HostileText text={textOf(entry['value'])} />
              </li>
            ))}
          </ul>
        </>
      )}
    </aside>
  );
}

function Techniques({ incident }: { readonly incident: JsonObject }) {
  const { pool, logpoint } = useTenant();
  const ids = textsOf(incident['attack_id']);
  const tags = textsOf(incident['attack_tag']);
  const tactics = textsOf(incident['attack_category']);
  if (ids.length === 0) return null;
  return (
    <>
      <h3>ATT&amp;CK</h3>
      <ul>
        {ids.map((technique, i) => (
          <li key={technique}>
            <a
              href={`https://attack.mitre.org/techniques/${encodeURIComponent(technique).replace('.', '/')}/`}
              target="_blank"
              rel="noopener noreferrer"
            >
              {technique}
            </a>{' '}
            {tags[i] !== undefined && (
              <Link to="/p/$pool/$logpoint/incidents" params={{ pool, logpoint }} search={{ attack_tag: tags[i] }}>
                {tags[i]}
              </Link>
            )}
          </li>
        ))}
      </ul>
      {tactics.length > 0 && <small>{tactics.join(' · ')}</small>}
    </>
  );
}

/** An address that is safe to follow; other schemes stay text. */
const Reference = ({ url }: { readonly url: string }) =>
  /^https?:\/\//.test(url) ? (
    <a href={url} target="_blank" rel="noopener noreferrer nofollow">
      {url}
    </a>
  ) : (
    <HostileText text={url} />
  );

function Rule({ rule }: { readonly rule: JsonObject }) {
  const { pool, logpoint } = useTenant();
  const name = textOf(rule['name']);
  const author = textOf(rule['author']);
  if (name === '') return null;
  return (
    <>
      <h3>Rule</h3>
      <p>
        {rule['is_gone'] === true ? (
          <>
            <HostileText text={name} /> (removed since)
          </>
        ) : (
          <Link to="/p/$pool/$logpoint/rules/$id" params={{ pool, logpoint, id: textOf(rule['id']) }}>
            <HostileText text={name} />
          </Link>
        )}
      </p>
      {author !== '' && (
        <p>
          <small>
            by <HostileText text={author} /> {textOf(rule['licence'])}
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
  );
}
