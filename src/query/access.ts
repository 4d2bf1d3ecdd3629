import { numericValue } from '../events/event.ts';
import { textClosureOf } from './evaluate-text.ts';
import type { EventView } from './event-view.ts';
import { fold } from './fold.ts';
import { listOf } from './list-text.ts';
import type { ColumnType, ComputedRef, FieldRef, Ref, SlotRef } from './plan.ts';

/** How a compiled condition reads one value of a subject `S`: an event, or a row of a chart. */
export type Access<S> = {
  /** Undefined: the subject lacks it. */
  readonly text: (subject: S) => string | undefined;
  readonly folded: (subject: S) => string | undefined;
  /** The numeric twin. */
  readonly number: (subject: S) => number | undefined;
  /** Folded members, for a value that is a set; null for all others. */
  readonly members: ((subject: S) => readonly string[]) | null;
  /** The value as a list: of a list its members as they stand, of a JSON array its items, else the one text. */
  readonly list: (subject: S) => readonly string[] | undefined;
};

/** Makes the access for a reference. `searched` is where text without a field is looked for, folded or as it stands. */
export type Accessor<S> = {
  (ref: Ref): Access<S>;
  readonly searched: (subject: S, isFolded: boolean) => readonly string[];
};

/** A cell of a chart's row: text, number or list as its column says; null for nothing. */
export type Cell = string | number | readonly string[] | null;
export type Cells = readonly Cell[];

const fieldAccess = (ref: Ref): Access<EventView> => {
  if (ref.kind === 'computed') return computedAccess(ref);
  if (ref.kind === 'slot') return slotAccess(ref);
  if (ref.kind !== 'field') throw new Error('a column was looked for in an event');
  const { names } = ref;
  const [only] = names;
  const text = names.length === 1 ? (view: EventView) => view.text(only) : firstOf(names, 'text');
  return {
    text,
    folded: names.length === 1 ? (view: EventView) => view.folded(only) : firstOf(names, 'folded'),
    number: (view) => numberOf(text(view)),
    members: ref.isSet ? membersOf(ref) : null,
    list: ref.isSet
      ? (view) =>
          text(view)
            ?.split(' ')
            .filter((word) => word !== '')
      : (view) => listOf(text(view)),
  };
};

function slotAccess({ index }: SlotRef): Access<EventView> {
  const text = (view: EventView): string | undefined => view.slot(index);
  return {
    text,
    folded: (view) => {
      const value = text(view);
      return value === undefined ? undefined : fold(value);
    },
    number: (view) => numberOf(text(view)),
    members: null,
    list: (view) => listOf(text(view)),
  };
}

/** Computed once per event, however many conditions look at it. */
function computedAccess(ref: ComputedRef): Access<EventView> {
  const compute = textClosureOf(ref.value, eventAccess);
  const text = (view: EventView): string | undefined => view.computed(ref, compute);
  return {
    text,
    folded: (view) => {
      const value = text(view);
      return value === undefined ? undefined : fold(value);
    },
    number: (view) => numberOf(text(view)),
    members: null,
    list: (view) => listOf(text(view)),
  };
}

export const eventAccess: Accessor<EventView> = Object.assign(fieldAccess, {
  searched: (view: EventView, isFolded: boolean) => view.searched(isFolded),
});

function firstOf(names: readonly string[], what: 'text' | 'folded'): (view: EventView) => string | undefined {
  return (view) => {
    for (const name of names) {
      const value = view[what](name);
      if (value !== undefined) return value;
    }
    return undefined;
  };
}

function membersOf(ref: FieldRef): (view: EventView) => readonly string[] {
  return (view) => {
    for (const name of ref.names) if (view.text(name) !== undefined) return view.words(name);
    return [];
  };
}

const numberOf = (text: string | undefined): number | undefined =>
  text === undefined ? undefined : numericValue(text);

const columnAccess = (ref: Ref): Access<Cells> => {
  if (ref.kind === 'computed') return computedCellAccess(ref);
  if (ref.kind !== 'column') throw new Error('a field was looked for in a row of a chart');
  const { index, type } = ref;
  const text = (cells: Cells): string | undefined => cellText(cells[index] ?? null);
  return {
    text,
    folded: (cells) => {
      const value = text(cells);
      return value === undefined ? undefined : fold(value);
    },
    number: (cells) => cellNumber(cells[index] ?? null, type),
    members: type === 'list' ? (cells) => cellMembers(cells[index] ?? null) : null,
    list: (cells) => {
      const cell = cells[index] ?? null;
      return isList(cell) ? cell : listOf(text(cells));
    },
  };
};

/** What a chart's row has beside its columns is computed anew each time: rows are few and looked at once. */
function computedCellAccess(ref: ComputedRef): Access<Cells> {
  const text = textClosureOf(ref.value, cellAccess);
  return {
    text,
    folded: (cells) => {
      const value = text(cells);
      return value === undefined ? undefined : fold(value);
    },
    number: (cells) => numberOf(text(cells)),
    members: null,
    list: (cells) => listOf(text(cells)),
  };
}

export const cellAccess: Accessor<Cells> = Object.assign(columnAccess, {
  searched: (cells: Cells, isFolded: boolean) => {
    const texts = cells.flatMap((cell) => cellText(cell) ?? []);
    return isFolded ? texts.map(fold) : texts;
  },
});

function cellText(cell: Cell): string | undefined {
  if (cell === null) return undefined;
  return isList(cell) ? cell.join(', ') : String(cell);
}

function cellNumber(cell: Cell, type: ColumnType): number | undefined {
  if (typeof cell === 'number') return cell;
  return (type === 'text' || type === 'optional') && typeof cell === 'string' ? numericValue(cell) : undefined;
}

const cellMembers = (cell: Cell): readonly string[] => (isList(cell) ? cell.map((member) => fold(member)) : []);

const isList = (cell: Cell): cell is readonly string[] => Array.isArray(cell);
