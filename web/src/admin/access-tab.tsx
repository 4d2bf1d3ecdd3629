import { useState } from 'react';
import type { JsonObject } from '../../../src/shared/json.ts';
import { call } from '../api/call.ts';
import { objectOf, textOf } from '../api/read-json.ts';
import { useSession, useTenant } from '../app/session-context.ts';
import { FormDialog, givenText } from '../parts/form-dialog.tsx';
import { HostileText, visibleText } from '../parts/hostile-text.tsx';
import { type Column, textColumn, timeColumn } from '../parts/row-table.tsx';
import { TypedConfirmation } from '../parts/typed-confirmation.tsx';
import { AccountTable } from './account-table.tsx';
import { AdminTable } from './admin-table.tsx';
import { PoolNames } from './pool-names.tsx';
import { TabHead } from './tab-head.tsx';
import { useChange } from './use-change.ts';
import { useRows } from './use-rows.ts';

/** Programs and people that reach the server: for its operators. */
export function AccessTab() {
  const [ending, setEnding] = useState<JsonObject | null>(null);
  const tokens = useRows('/tokens');
  const { change } = useChange();
  return (
    <>
      <TabHead
        title="Tokens of programs"
        about="How programs reach the API: one for each, so that each can be ended alone."
      >
        <NewToken />
      </TabHead>
      <AdminTable
        name="Tokens"
        rows={tokens}
        empty="There is no token. Issue one for each program, so that each can be ended alone."
        columns={[
          textColumn('Token', 'name'),
          textColumn('Role', 'role'),
          poolsColumn,
          timeColumn('Created', 'created_at'),
          timeColumn('Last used', 'last_used_at'),
          { name: 'State', cell: stateOf },
          {
            name: 'End it',
            cell: (token) =>
              token['revoked_at'] === null ? (
                <button type="button" onClick={() => setEnding(token)}>
                  Revoke…
                </button>
              ) : (
                <HostileText text={textOf(token['revoked_reason'])} />
              ),
          },
        ]}
      />
      {ending !== null && (
        <TypedConfirmation
          title="Revoke this token?"
          name={textOf(ending['name'])}
          verb="Revoke"
          onClose={() => setEnding(null)}
          onConfirm={() =>
            void change({
              run: () => call(`/tokens/${textOf(ending['id'])}/revoke`, { method: 'POST' }),
              done: `${visibleText(textOf(ending['name']))}: revoked`,
            })
          }
        />
      )}
      <AccountTable />
    </>
  );
}

const stateOf: Column['cell'] = (token) => {
  if (token['revoked_at'] !== null) return '– revoked';
  if (token['always_active'] === true) return '● does not expire';
  return Date.parse(textOf(token['expires_at'])) < Date.now() ? '○ expired' : '● active';
};

const poolsColumn: Column = {
  name: 'Pools',
  cell: (row) => <PoolNames value={row['pools']} />,
};

/** Issues a token for this pool; what it is is shown until it is put away, and never again. */
function NewToken() {
  const { pool, poolName } = useTenant();
  const { role } = useSession();
  const { done } = useChange();
  const [isOpen, setOpen] = useState(false);
  const [issued, setIssued] = useState<JsonObject | null>(null);
  const issue = async (given: FormData): Promise<void> => {
    const name = givenText(given, 'name');
    const reach = given.get('everywhere') === 'on' ? {} : { pools: [pool] };
    const body = { name, role: givenText(given, 'role'), always_active: given.get('lasting') === 'on', ...reach };
    setIssued(objectOf((await call('/tokens', { method: 'POST', body })).value));
    done(`Token ${visibleText(name)}: issued`);
  };
  return (
    <>
      <button type="button" className="primary" onClick={() => setOpen(true)}>
        New token…
      </button>
      {isOpen && (
        <FormDialog
          title="New token"
          verb="Issue"
          fields={[
            { name: 'name', word: 'For which program', kind: 'text', isRequired: true },
            {
              name: 'role',
              word: 'Role',
              kind: { one: ROLES.filter((one) => role === 'root' || one !== 'root').map((one) => [one, one] as const) },
            },
            { name: 'everywhere', word: `every pool, not only ${visibleText(poolName)}`, kind: 'check' },
            {
              name: 'lasting',
              word: 'does not expire',
              kind: 'check',
              hint: 'Otherwise it is renewed with its secret key.',
            },
          ]}
          onSubmit={issue}
          onClose={() => setOpen(false)}
        />
      )}
      {issued !== null && (
        <div className="admin-secret" role="status">
          <p>This is shown once. Give it to the program now; the server keeps only its hash.</p>
          <p>
            Token: <code>{textOf(issued['token'])}</code>
          </p>
          <p>
            Secret key, to renew it: <code>{textOf(issued['secret_key'])}</code>
          </p>
          <button type="button" onClick={() => setIssued(null)}>
            I have it
          </button>
        </div>
      )}
    </>
  );
}

const ROLES = ['readonly', 'engineer', 'admin', 'root'] as const;
