import { type FormEvent, useEffect, useRef, useState } from 'react';
import { HostileText } from '../parts/hostile-text.tsx';
import { Icon } from '../parts/icon.tsx';
import { type Filters, isFiltered, sameFilters } from './filters.ts';
import { type SavedView, type SavedViews, useSavedViews } from './saved-views.ts';
import { useCount } from './use-count.ts';

type Quick = { readonly word: string; readonly filters: Filters; readonly isCounted: boolean };

const QUICK: readonly Quick[] = [
  { word: 'unresolved', filters: { status: 'unresolved' }, isCounted: true },
  { word: 'mine', filters: { status: 'unresolved', assignee: 'me' }, isCounted: true },
  { word: 'critical', filters: { status: 'unresolved', risk: 'critical' }, isCounted: true },
  { word: 'SLA < 15 min', filters: { sla: 'soon' }, isCounted: true },
  { word: 'SLA breached', filters: { status: 'unresolved', sla: 'breached' }, isCounted: true },
  { word: 'all', filters: {}, isCounted: false },
];

/** `9,999`, then `10K`: a count that grows moves nothing beside it. */
const brief = (count: number): string =>
  count < 10_000
    ? count.toLocaleString('en')
    : count.toLocaleString('en', { notation: 'compact', maximumFractionDigits: 1 });

type ViewBarProps = {
  readonly filters: Filters;
  readonly onFilters: (filters: Filters) => void;
  /** False until the rows are there: counts come after them. */
  readonly isReady: boolean;
};

/** The filters of every night, each with its count, and those that somebody keeps. */
export function ViewBar({ filters, onFilters, isReady }: ViewBarProps) {
  const saved = useSavedViews();
  const [isSaving, setSaving] = useState(false);
  const isKept = [...QUICK, ...saved.views].some((view) => sameFilters(view.filters, filters));
  return (
    <div className="view-bar" role="group" aria-label="Views of the list">
      {QUICK.map((quick) => (
        <QuickButton key={quick.word} quick={quick} filters={filters} onFilters={onFilters} isReady={isReady} />
      ))}
      {saved.views.length > 0 && <span className="divider" />}
      {saved.views.map((view) => (
        <SavedButton key={view.id} view={view} saved={saved} filters={filters} onFilters={onFilters} />
      ))}
      {isSaving ? (
        <SaveForm
          onSave={(name, isShared) => saved.save(name, filters, isShared).then((isDone) => isDone && setSaving(false))}
          onCancel={() => setSaving(false)}
        />
      ) : (
        <button
          type="button"
          className="quiet"
          onClick={() => setSaving(true)}
          disabled={isKept || !isFiltered(filters)}
          title={isKept ? 'This filter has a button already' : 'Keep this filter under a name'}
        >
          + save view
        </button>
      )}
    </div>
  );
}

type ButtonProps = Pick<ViewBarProps, 'filters' | 'onFilters'>;

function QuickButton({
  quick,
  filters,
  onFilters,
  isReady,
}: ButtonProps & { readonly quick: Quick; readonly isReady: boolean }) {
  const { data } = useCount(quick.filters, isReady && quick.isCounted);
  return (
    <button
      type="button"
      className="view"
      aria-pressed={sameFilters(filters, quick.filters)}
      onClick={() => onFilters(quick.filters)}
    >
      {quick.word}
      {quick.isCounted && (
        <span className="count" title={data?.toLocaleString('en')}>
          {data === undefined ? '' : brief(data)}
        </span>
      )}
    </button>
  );
}

type SavedButtonProps = ButtonProps & { readonly view: SavedView; readonly saved: SavedViews };

function SavedButton({ view, saved, filters, onFilters }: SavedButtonProps) {
  const isOn = sameFilters(filters, view.filters);
  const menu = useRef<HTMLDetailsElement>(null);
  const close = (): void => {
    if (menu.current !== null) menu.current.open = false;
  };
  return (
    <span className="saved-view">
      <button
        type="button"
        className="view"
        aria-pressed={isOn}
        title={view.isMine ? undefined : `shared by ${view.owner}`}
        onClick={() => onFilters(view.filters)}
      >
        <Icon name={view.isShared ? 'link' : 'star'} /> <HostileText text={view.name} />
      </button>
      {view.isMine && (
        <details ref={menu} className="menu">
          <summary aria-label={`Change the view ${view.name}`}>⋯</summary>
          <div className="menu-body">
            <RenameForm view={view} saved={saved} onDone={close} />
            <button
              type="button"
              disabled={isOn}
              onClick={() => {
                close();
                void saved.change(view, { filters });
              }}
            >
              Keep the filter of now under this name
            </button>
            <button
              type="button"
              onClick={() => {
                close();
                void saved.change(view, { isShared: !view.isShared });
              }}
            >
              {view.isShared ? 'Keep it to myself' : 'Share it with everyone here'}
            </button>
            <button type="button" onClick={() => void saved.remove(view)}>
              Delete
            </button>
          </div>
        </details>
      )}
    </span>
  );
}

type RenameFormProps = { readonly view: SavedView; readonly saved: SavedViews; readonly onDone: () => void };

function RenameForm({ view, saved, onDone }: RenameFormProps) {
  const [name, setName] = useState(view.name);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (name.trim() !== '') void saved.change(view, { name: name.trim() }).then((isDone) => isDone && onDone());
  };
  return (
    <form onSubmit={submit}>
      <input
        aria-label="Name of the view"
        value={name}
        maxLength={100}
        onChange={(event) => setName(event.target.value)}
      />
      <button type="submit">Rename</button>
    </form>
  );
}

type SaveFormProps = { readonly onSave: (name: string, isShared: boolean) => void; readonly onCancel: () => void };

function SaveForm({ onSave, onCancel }: SaveFormProps) {
  const [name, setName] = useState('');
  const [isShared, setShared] = useState(false);
  const first = useRef<HTMLInputElement>(null);
  useEffect(() => first.current?.focus(), []);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (name.trim() !== '') onSave(name.trim(), isShared);
  };
  return (
    <form
      className="save-view"
      onSubmit={submit}
      onKeyDown={(event) => {
        if (event.key === 'Escape') onCancel();
      }}
    >
      <input
        ref={first}
        aria-label="Name of the new view"
        placeholder="Name of this view"
        maxLength={100}
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <label>
        <input type="checkbox" checked={isShared} onChange={(event) => setShared(event.target.checked)} /> shared
      </label>
      <button type="submit" className="primary">
        Save
      </button>
      <button type="button" className="quiet" onClick={onCancel}>
        Cancel
      </button>
    </form>
  );
}
