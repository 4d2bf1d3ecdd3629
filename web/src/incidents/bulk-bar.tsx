import { Link } from '@tanstack/react-router';
import { useStore } from '../api/store.ts';
import { useTenant } from '../app/session-context.ts';
import { HostileText } from '../parts/hostile-text.tsx';
import { useNow } from '../parts/now.ts';
import { Ask, type Asked } from './bulk-ask.tsx';
import type { IncidentRow } from './incident-row.ts';
import {
  BULK_INCIDENTS_MAX,
  countOf,
  type Running,
  refusals,
  running,
  type Selection,
  type Verb,
  type Verbs,
} from './use-verbs.ts';

type BulkBarProps = {
  /** What is ticked; null when nothing is. */
  readonly selection: Selection | null;
  /** What the keys act on: what is ticked, or else the row that is current. */
  readonly target: Selection | null;
  /** Rows of the target that are loaded, to choose the parent of a merge among. */
  readonly rows: readonly IncidentRow[];
  readonly asked: Asked | null;
  readonly verbs: Verbs;
  readonly onAct: (verb: Verb) => void;
  readonly onAsk: (asked: Asked | null) => void;
  readonly onDone: () => void;
  readonly onClear: () => void;
};

/** What can be done with what is ticked; floats above the list, so that nothing moves when it comes. */
export function BulkBar({ selection, target, rows, asked, verbs, onAct, onAsk, onDone, onClear }: BulkBarProps) {
  const work = useStore(running);
  const isShown = work !== null || selection !== null || (asked !== null && target !== null);
  return (
    <div className="bulk-place">
      <Refusals />
      {isShown && (
        <div className="bulk" role="toolbar" aria-label="Change the selected incidents">
          {work !== null && <Progress work={work} />}
          {work === null && target !== null && <strong>{countOf(target).toLocaleString('en')} selected</strong>}
          {work === null && target !== null && asked !== null && (
            <Ask
              key={asked}
              asked={asked}
              target={target}
              rows={rows}
              verbs={verbs}
              onDone={onDone}
              onCancel={() => onAsk(null)}
            />
          )}
          {work === null && target !== null && asked === null && (
            <Buttons target={target} onAct={onAct} onAsk={onAsk} onClear={onClear} />
          )}
        </div>
      )}
    </div>
  );
}

type ButtonsProps = Pick<BulkBarProps, 'onAct' | 'onAsk' | 'onClear'> & { readonly target: Selection };

function Buttons({ target, onAct, onAsk, onClear }: ButtonsProps) {
  if (countOf(target) > BULK_INCIDENTS_MAX) {
    return (
      <>
        <span className="soon">
          One change takes at most {BULK_INCIDENTS_MAX.toLocaleString('en')} incidents: narrow the filter.
        </span>
        <button type="button" onClick={onClear}>
          <kbd>Esc</kbd> clear
        </button>
      </>
    );
  }
  return (
    <>
      <button type="button" onClick={() => onAsk('reassign')}>
        <kbd>a</kbd> assign
      </button>
      <button type="button" onClick={() => onAct('resolve')}>
        <kbd>r</kbd> resolve
      </button>
      <button type="button" onClick={() => onAsk('comment')}>
        <kbd>c</kbd> comment
      </button>
      <button type="button" onClick={() => onAct('close')}>
        <kbd>e</kbd> close
      </button>
      <button type="button" onClick={() => onAct('reopen')}>
        <kbd>o</kbd> reopen
      </button>
      <button type="button" onClick={() => onAsk('disposition')}>
        <kbd>d</kbd> disposition
      </button>
      {'ids' in target && (
        <button type="button" onClick={() => onAsk('merge')}>
          <kbd>m</kbd> merge
        </button>
      )}
      <button type="button" className="quiet" onClick={onClear}>
        <kbd>Esc</kbd> clear
      </button>
    </>
  );
}

const STEPS: readonly string[] = ['sent', 'finding', 'changing'];
const STEP_WORDS: Readonly<Record<string, string>> = {
  sent: 'waiting for its turn',
  finding: 'finding them',
  changing: 'changing all of them at once',
};

/** An order is one transaction, so no count of it can be half way: what is told is its step, how many, how long. */
function Progress({ work: { word, count, sinceMs, step } }: { readonly work: Running }) {
  const seconds = Math.max(0, useNow(100) - sinceMs) / 1000;
  const name = step?.name ?? 'sent';
  const at = STEPS.indexOf(name);
  return (
    <output className="progress">
      <progress aria-label="The change is carried out" value={at + 1} max={STEPS.length + 1} />
      <strong>
        {word} {(step?.total ?? count).toLocaleString('en')}
      </strong>
      {count > 1 && <span>{STEP_WORDS[name] ?? name}</span>}
      <small>{seconds.toFixed(1)} s</small>
    </output>
  );
}

const SHOWN_MAX = 200;

/** Incidents that the last change left as they were, each with the reason. */
function Refusals() {
  const refused = useStore(refusals);
  const { pool, logpoint } = useTenant();
  if (refused === null) return null;
  return (
    <section className="refusals" aria-label="Left as they were">
      <header>
        <strong>{refused.count.toLocaleString('en')} left as they were</strong>
        <button type="button" className="quiet" onClick={() => refusals.set(null)}>
          Dismiss
        </button>
      </header>
      <ul>
        {refused.rows.slice(0, SHOWN_MAX).map(({ id, number, message }) => (
          <li key={id}>
            {number === '' ? (
              <code>{id}</code>
            ) : (
              <Link to="/p/$pool/$logpoint/incidents/$id" params={{ pool, logpoint, id }}>
                {number}
              </Link>
            )}{' '}
            <HostileText text={message} />
          </li>
        ))}
      </ul>
      {refused.count > SHOWN_MAX && <small>and {(refused.count - SHOWN_MAX).toLocaleString('en')} more</small>}
    </section>
  );
}
