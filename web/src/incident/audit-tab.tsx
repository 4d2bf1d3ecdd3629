import type { JsonObject } from '../../../src/shared/json.ts';
import { objectOf, textOf } from '../api/read-json.ts';
import { useUsers } from '../incidents/use-users.ts';
import { HostileText } from '../parts/hostile-text.tsx';
import { Rows, Time } from './rows.tsx';

/** Who changed what of the incident, from what to what, newest first. */
export function AuditTab({ id }: { readonly id: string }) {
  const { users } = useUsers();
  const nameOf = (user: string): string => users.find((one) => one.id === user)?.username ?? user;
  return (
    <Rows
      id={id}
      part="audit"
      empty="Nobody changed this incident yet."
      draw={(row) => (
        <>
          <div className="entry-head">
            <strong>{nameOf(textOf(row['on_behalf_of'])) || textOf(row['actor'])}</strong> {textOf(row['action'])}{' '}
            <small>by {textOf(row['actor'])}</small> <Time value={row['at']} />
          </div>
          <Change before={objectOf(row['before'])} after={objectOf(row['after'])} nameOf={nameOf} />
        </>
      )}
    />
  );
}

const shown = (value: JsonObject[string] | undefined): string =>
  value === undefined || value === null ? 'none' : typeof value === 'string' ? value : JSON.stringify(value);

type ChangeProps = {
  readonly before: JsonObject;
  readonly after: JsonObject;
  /** The username of a user's id; any other text as it is. */
  readonly nameOf: (id: string) => string;
};

function Change({ before, after, nameOf }: ChangeProps) {
  const fields = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  if (fields.length === 0) return null;
  return (
    <dl className="changes">
      {fields.map((field) => (
        <div key={field}>
          <dt>{field}</dt>
          <dd>
            {field in before && (
              <>
                <HostileText text={nameOf(shown(before[field]))} /> →{' '}
              </>
            )}
            <HostileText text={nameOf(shown(after[field]))} />
          </dd>
        </div>
      ))}
    </dl>
  );
}
