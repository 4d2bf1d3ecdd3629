import { fieldAliases } from '../events/taxonomy.ts';
import { unreachable } from '../shared/assert.ts';
import type { Command, Expr, FieldsCommand, LatestCommand, Query, RenameCommand } from './ast.ts';
import type { EvalCommand, PatternCommand, RegexCommand } from './ast-eval.ts';
import type { ProcessCommand } from './ast-process.ts';
import type { Stream } from './ast-stream.ts';
import { computedParts, computedPartsMax } from './computed-size.ts';
import { type Diagnostic, hasErrors, type Span } from './diagnostics.ts';
import { allOf } from './join-conditions.ts';
import type { Condition, Plan, PlanContext, Ref, Rename, ShownColumn, Step, StreamsPlan, TablePlan } from './plan.ts';
import { BUCKET_COLUMN, planChart, planOrderKeys } from './plan-chart.ts';
import { planCondition } from './plan-condition.ts';
import { type ComputedColumn, planEval, planRegex } from './plan-process.ts';
import { planProcessor } from './plan-processor.ts';
import { describeOperand, type EventRef, type EventScope, Planner, type RowScope } from './plan-scope.ts';
import { planBurst, planStreams } from './plan-stream.ts';
import { takeTable } from './plan-table.ts';

export type PlannedQuery = {
  /** Null as soon as one diagnostic is an error. */
  readonly plan: Plan | null;
  readonly diagnostics: readonly Diagnostic[];
};

/** The taxonomy's names and nothing of a logpoint's own: no lists, no constants. */
export const plainContext: PlanContext = {
  fieldAliases,
  list: () => undefined,
  listNames: [],
  labelRules: [],
  constants: {},
};

/** What the commands read so far amount to. */
type Draft = {
  readonly table: TablePlan | null;
  filter: Condition;
  readonly steps: Step[];
  grouping: readonly string[];
  aliases: readonly string[];
  readonly renames: Rename[];
  shown: readonly ShownColumn[] | null;
  readonly computed: ShownColumn[];
};

/** Decides what a query does: fields, lists and columns are looked up here, once. Never throws on user text. */
export function planQuery(query: Query, context: PlanContext = plainContext): PlannedQuery {
  const planner = new Planner(context);
  const [only] = query.streams !== null && query.streams.links.length === 0 ? [query.streams.first] : [];
  const streams = query.streams === null || only !== undefined ? null : planStreams(planner, query.streams);
  const first = planner.scope;
  const draft = newDraft(planner, only?.filter ?? query.filter);
  const fieldsToExtract = first.kind === 'events' ? [...first.used] : [];
  if (only !== undefined) planOneStream(planner, draft, only);
  for (const command of query.commands) planCommand(planner, draft, command);
  const diagnostics = planner.diagnostics.items;
  if (hasErrors(diagnostics)) return { plan: null, diagnostics };
  return { plan: finishPlan(planner, draft, streams, fieldsToExtract), diagnostics };
}

function newDraft(planner: Planner, whole: Expr | null): Draft {
  const { table, expr } = takeTable(planner, whole);
  const filter: Condition = expr === null ? { kind: 'always' } : planCondition(planner, expr);
  return { table, filter, steps: [], grouping: [], aliases: [], renames: [], shown: null, computed: [] };
}

function planOneStream(planner: Planner, draft: Draft, stream: Stream): void {
  for (const command of stream.commands) planCommand(planner, draft, command);
  const burst = planBurst(planner, stream);
  if (burst !== null) draft.steps.push(burst);
}

/** One of several streams by itself: a plan of its own, and the scope at its end. */
export type PlannedStream = { readonly plan: Plan; readonly scope: EventScope | RowScope };

/** Mistakes go to `outer`. Null after one. */
export function planStreamQuery(outer: Planner, stream: Stream): PlannedStream | null {
  const planner = new Planner(outer.context);
  const draft = newDraft(planner, stream.filter);
  planOneStream(planner, draft, stream);
  outer.diagnostics.addAll(planner.diagnostics.items);
  if (planner.dependsOnTime) outer.dependsOnTime = true;
  if (hasErrors(planner.diagnostics.items)) return null;
  return { plan: finishPlan(planner, draft, null, []), scope: planner.scope };
}

function finishPlan(
  planner: Planner,
  draft: Draft,
  streams: StreamsPlan | null,
  fieldsToExtract: readonly string[],
): Plan {
  const isChart = planner.scope.kind === 'rows';
  const isOfEvents = streams === null && draft.table === null;
  return {
    type: isChart ? 'chart' : 'simple',
    isStreamable: !isChart && isOfEvents && draft.steps.length === 0 && !planner.dependsOnTime,
    streams,
    table: draft.table,
    filter: draft.filter,
    steps: draft.steps,
    renames: draft.renames,
    shown: draft.shown,
    computed: draft.computed,
    columns: planner.scope.kind === 'rows' ? planner.scope.columns : [],
    grouping: draft.grouping,
    aliases: draft.aliases,
    fieldsToExtract,
    // A row of a table is of no device and no node.
    constants: draft.table === null ? planner.context.constants : {},
  };
}

function planCommand(planner: Planner, draft: Draft, command: Command): void {
  switch (command.kind) {
    case 'chart':
    case 'timechart': {
      const steps = planChart(planner, command);
      if (steps === null) return;
      draft.steps.push(...steps);
      draft.shown = null;
      const bucket = command.kind === 'timechart' ? [BUCKET_COLUMN] : [];
      draft.grouping = [...bucket, ...command.groups.map(describeOperand)];
      draft.aliases = command.aggregates.map((aggregate) => aggregate.alias?.name ?? describeOperand(aggregate));
      return;
    }
    case 'search': {
      const condition = planCondition(planner, command.condition);
      keep(draft, condition);
      return;
    }
    case 'order': {
      const keys = planOrderKeys(planner, command.keys);
      if (keys !== null) draft.steps.push({ kind: 'order', keys });
      return;
    }
    case 'limit':
      draft.steps.push({ kind: 'limit', count: command.limit.count });
      return;
    case 'latest':
      planLatest(planner, draft, command);
      return;
    case 'rename':
      planRename(planner, draft, command);
      return;
    case 'fields':
      draft.shown = planFields(planner, command);
      return;
    case 'regex':
    case 'rex':
    case 'norm':
    case 'eval':
      planProcess(planner, draft, command);
      return;
    case 'process':
      planOtherProcess(planner, draft, command);
      return;
    default:
      unreachable(command);
  }
}

function planLatest(planner: Planner, draft: Draft, command: LatestCommand): void {
  if (planner.scope.kind === 'rows') {
    planner.diagnostics.error(command.span, 'expected events before `latest`, saw the rows of a chart');
    return;
  }
  const refs: Ref[] = [];
  for (const group of command.groups) {
    const ref = planner.scope.resolve(planner, group);
    if (ref !== null) refs.push(ref);
  }
  draft.steps.push({ kind: 'latest', refs });
}

/** As long as nothing has been counted or cut, a search narrows the events like the expression before it. */
function keep(draft: Draft, condition: Condition): void {
  if (condition.kind === 'always') return;
  if (draft.steps.length === 0) draft.filter = allOf([draft.filter, condition]);
  else draft.steps.push({ kind: 'where', condition });
}

function planProcess(planner: Planner, draft: Draft, command: RegexCommand | PatternCommand | EvalCommand): void {
  const { scope } = planner;
  const computed = command.kind === 'eval' ? planEval(planner, scope, command) : planRegex(planner, scope, command);
  if (computed === null) return;
  addValues(planner, draft, command.span, computed.columns);
  keep(draft, computed.filter);
}

/** Values that are functions of one row: fields of the events, or further columns of a chart. */
function addValues(planner: Planner, draft: Draft, span: Span, values: readonly ComputedColumn[]): void {
  if (values.some(({ value }) => computedParts(value) > computedPartsMax)) {
    const message = `expected computed fields that have at most ${computedPartsMax} parts when written out, saw more`;
    planner.diagnostics.error(span, message, 'let fewer of them build on each other');
    return;
  }
  const { scope } = planner;
  if (scope.kind === 'rows') {
    draft.steps.push({ kind: 'compute', columns: values });
    addColumns(
      planner,
      draft,
      scope,
      values.map(({ name }) => name),
    );
    return;
  }
  const columns = values.map(({ name, value }): ShownColumn => ({ name, ref: { kind: 'computed', value } }));
  planner.scope = scope.with(columns);
  draft.computed.push(...columns);
}

function planOtherProcess(planner: Planner, draft: Draft, command: ProcessCommand): void {
  const processed = planProcessor(planner, command);
  if (processed === null) return;
  if (processed.kind === 'values') {
    addValues(planner, draft, command.span, processed.columns);
    return;
  }
  draft.steps.push(processed.step);
  const { scope } = planner;
  if (processed.names.length === 0) return;
  if (scope.kind === 'rows') {
    addColumns(planner, draft, scope, processed.names);
    return;
  }
  const columns = processed.names.map(
    (name, index): ShownColumn => ({ name, ref: { kind: 'slot', index: planner.slots + index } }),
  );
  planner.slots += processed.names.length;
  planner.scope = scope.with(columns);
  draft.computed.push(...columns);
}

/** A chart's rows get columns; `fields` before them has chosen the rest already. */
function addColumns(planner: Planner, draft: Draft, scope: RowScope, names: readonly string[]): void {
  planner.scope = scope.with(names);
  if (draft.shown === null) return;
  const added = names.map(
    (name, index): ShownColumn => ({
      name,
      ref: { kind: 'column', index: scope.columns.length + index, type: 'optional' },
    }),
  );
  draft.shown = [...draft.shown, ...added];
}

function planFields(planner: Planner, command: FieldsCommand): ShownColumn[] {
  const shown: ShownColumn[] = [];
  for (const column of command.columns) {
    const ref = planner.scope.resolve(planner, column);
    if (ref !== null) shown.push({ name: describeOperand(column), ref });
  }
  return shown;
}

function planRename(planner: Planner, draft: Draft, command: RenameCommand): void {
  const { scope } = planner;
  if (scope.kind === 'rows') renameColumns(planner, scope, draft, command);
  else renameFields(planner, scope, draft, command);
}

function renameFields(planner: Planner, scope: EventScope, draft: Draft, command: RenameCommand): void {
  const pairs: { from: string; ref: EventRef; to: string }[] = [];
  for (const { from, to } of command.pairs) {
    const ref = scope.resolve(planner, from);
    if (ref !== null) pairs.push({ from: from.name, ref, to: to.name });
  }
  planner.scope = scope.renamed(pairs);
  draft.renames.push(...pairs.map(({ from, ref, to }) => ({ from: ref.kind === 'field' ? ref.names : [from], to })));
}

function renameColumns(planner: Planner, scope: RowScope, draft: Draft, command: RenameCommand): void {
  const pairs: { index: number; to: string }[] = [];
  for (const { from, to } of command.pairs) {
    const ref = scope.resolve(planner, from);
    if (ref?.kind === 'column') pairs.push({ index: ref.index, to: to.name });
  }
  planner.scope = scope.renamed(pairs);
  const renamed = (name: string): string => {
    const pair = command.pairs.find(({ from }) => from.name === name);
    return pair === undefined ? name : pair.to.name;
  };
  draft.grouping = draft.grouping.map(renamed);
  draft.aliases = draft.aliases.map(renamed);
}
