import { memo, useMemo, useState } from 'react';
import type { JsonObject } from '../../../src/shared/json.ts';
import { numberOf, textOf } from '../api/read-json.ts';
import { useUsers } from '../incidents/use-users.ts';
import { Markdown } from '../parts/markdown.tsx';
import { Trouble } from '../parts/trouble.tsx';
import { RowsSkeleton, Time } from './rows.tsx';
import { useIncidentRows } from './use-incident.ts';

/** Entries that are drawn at first, and so many more each time that earlier ones are asked for. */
const DRAWN_STEP = 100;

type Entry = {
  readonly key: string;
  readonly at: number;
  readonly kind: string;
  readonly who: string;
  readonly text: string;
};

/** Changes that a comment of the same moment tells of, too. */
const TOLD_BY_COMMENT = new Set([
  'incident commented',
  'incident merged',
  'incident unmerged',
  'incident children merged',
  'incident children unmerged',
  'incident dispositioned',
  'incident change undone',
]);

/** A change in words; what it changed stands in the audit trail. */
const changeText = (text: string): string => text.split(' {')[0] ?? text;

/** Comments come with the incident, all of them; the rest with the timeline. */
function entriesOf(timeline: readonly JsonObject[], comments: readonly JsonObject[]): Entry[] {
  const others = timeline
    .filter((row) => row['kind'] !== 'comment')
    .map((row) => {
      const kind = textOf(row['kind']);
      const text = textOf(row['text']);
      const who = textOf(row['who']);
      const shown = kind === 'change' ? changeText(text) : text;
      return { key: `${kind} ${textOf(row['ref'])} ${text}`, at: numberOf(row['at']), kind, who, text: shown };
    })
    .filter(({ kind, text }) => kind !== 'change' || !TOLD_BY_COMMENT.has(text));
  const said = comments.map((row, place) => ({
    key: `comment ${place}`,
    at: numberOf(row['time']),
    kind: 'comment',
    who: textOf(row['title']),
    text: textOf(row['comment']),
  }));
  return [...others, ...said].sort((a, b) => a.at - b.at);
}

type TimelineTabProps = { readonly id: string; readonly comments: readonly JsonObject[] };

/** Events, comments, changes and notifications on one axis, the newest at the end. */
export function TimelineTab({ id, comments }: TimelineTabProps) {
  const rows = useIncidentRows(id, 'timeline');
  const { users } = useUsers();
  const [drawn, setDrawn] = useState(DRAWN_STEP);
  const entries = useMemo(() => entriesOf(rows.data ?? [], comments), [rows.data, comments]);
  const names = useMemo(() => new Map(users.map((user) => [user.id, user.username])), [users]);
  if (rows.data === undefined) {
    if (rows.error !== null) return <Trouble error={rows.error} onRetry={() => void rows.refetch()} />;
    return <RowsSkeleton />;
  }
  const hidden = Math.max(0, entries.length - drawn);
  return (
    <>
      {hidden > 0 && (
        <button type="button" className="earlier" onClick={() => setDrawn(drawn + DRAWN_STEP)}>
          Show {Math.min(DRAWN_STEP, hidden)} of {hidden.toLocaleString('en')} earlier entries
        </button>
      )}
      <ol className="timeline" aria-label="Timeline">
        {entries.slice(hidden).map(({ key, at, kind, who, text }) => (
          <TimelineEntry key={key} at={at} kind={kind} who={names.get(who) ?? who} text={text} />
        ))}
      </ol>
    </>
  );
}

const TimelineEntry = memo(function TimelineEntry({ at, kind, who, text }: Omit<Entry, 'key'>) {
  return (
    <li className={kind}>
      <div className="entry-head">
        <span className="kind">{kind}</span> {who !== '' && <strong>{who}</strong>}{' '}
        {kind !== 'comment' && <span>{text}</span>} <Time value={at} />
      </div>
      {kind === 'comment' && <Markdown text={text} />}
    </li>
  );
});
