import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { order } from '../api/order.ts';
import { textOf } from '../api/read-json.ts';
import { useTenant } from '../app/session-context.ts';
import { toast } from '../app/toasts.tsx';
import { useUsers } from '../incidents/use-users.ts';
import { visibleText } from '../parts/hostile-text.tsx';
import { Trouble } from '../parts/trouble.tsx';

const RISKS = ['low', 'medium', 'high', 'critical'];

type RaiseIncidentProps = {
  readonly query: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly onClose: () => void;
};

/** Makes an incident of type Search from the query and the time that are shown, and opens it. */
export function RaiseIncident({ query, fromMs, toMs, onClose }: RaiseIncidentProps) {
  const { base, pool, logpoint, known } = useTenant();
  const { users } = useUsers();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [name, setName] = useState('');
  const [risk, setRisk] = useState('medium');
  const [assignee, setAssignee] = useState(known?.userId ?? '');
  const [trouble, setTrouble] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);
  const raise = async (): Promise<void> => {
    setBusy(true);
    setTrouble(null);
    try {
      const response = await order(`${base}/Incidents`, {
        name,
        query,
        time_range: [Math.floor(fromMs / 1000), Math.ceil(toMs / 1000)],
        risk,
        incident_user_id: known?.userId ?? '',
        assigned_to: assignee,
      });
      toast.done(`${visibleText(name)}: incident raised`);
      await queries.invalidateQueries({ queryKey: [base, 'incidents'] });
      const params = { pool, logpoint, id: textOf(response['id']) };
      await navigate({ to: '/p/$pool/$logpoint/incidents/$id', params });
    } catch (error) {
      setTrouble(error);
      setBusy(false);
    }
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (!isBusy) void raise();
  };
  return (
    <form
      className="raise-form"
      aria-label="Raise an incident"
      onSubmit={submit}
      onKeyDown={(event) => {
        if (event.key === 'Escape') onClose();
      }}
    >
      <label>
        Name
        {/* biome-ignore lint/a11y/noAutofocus: the form opens on demand, and this is where typing goes on */}
        <input autoFocus required value={name} onChange={(event) => setName(event.target.value)} />
      </label>
      <label>
        Risk
        <select value={risk} onChange={(event) => setRisk(event.target.value)}>
          {RISKS.map((word) => (
            <option key={word}>{word}</option>
          ))}
        </select>
      </label>
      <label>
        Assignee
        <select value={assignee} onChange={(event) => setAssignee(event.target.value)}>
          {users.map((user) => (
            <option key={user.id} value={user.id}>
              {visibleText(user.name)}
            </option>
          ))}
        </select>
      </label>
      <button type="submit" className="primary" disabled={isBusy}>
        Raise
      </button>
      <button type="button" onClick={onClose}>
        Cancel
      </button>
      {trouble !== null && <Trouble error={trouble} />}
    </form>
  );
}
