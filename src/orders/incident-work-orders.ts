import { BULK_ACTIONS, type BulkAction, type BulkRequest, bulkChange, undoBulk } from '../incidents/bulk-change.ts';
import type { Refused } from '../incidents/bulk-refusals.ts';
import type { IncidentDeps, VerbRequest } from '../incidents/change-incident.ts';
import { DISPOSITIONS, type Disposition, numberText } from '../incidents/incident.ts';
import type { FetchIncidentsInput } from '../incidents/incident-filter.ts';
import { mergeIncidents, unmergeIncidents } from '../incidents/merge-incidents.ts';
import { incidentsBulkIds } from '../incidents/registry.ts';
import { saveFilter, trashFilter } from '../incidents/saved-filters.ts';
import { type RiskSla, type SlaPolicy, saveSlaPolicy, slaPolicyRow } from '../incidents/sla-policy.ts';
import { disposeIncident } from '../incidents/work-incident.ts';
import { RISKS, type Risk } from '../rules/alert-rule.ts';
import { AppError } from '../shared/errors.ts';
import type { ObjectId } from '../shared/ids.ts';
import { isJsonObject, type JsonObject } from '../shared/json.ts';
import { optionalFlag, optionalText, optionalTextList, requiredText, textList } from './order-input.ts';
import { authorOf, type OrderContext, type OrderKind, type TransactionKind, type WorkKind } from './order-kind.ts';

const actingOf = (ctx: OrderContext, input: JsonObject): Omit<VerbRequest, 'incidentId'> => ({
  logpointId: ctx.logpointId,
  userId: requiredText(input, 'incident_user_id'),
  actor: ctx.actor.name,
  orderId: ctx.orderId,
  requestId: ctx.requestId,
});

const verbOf = (ctx: OrderContext, input: JsonObject): VerbRequest => ({
  ...actingOf(ctx, input),
  incidentId: requiredText(input, 'id'),
});

/** Null takes a disposition back. */
function dispositionOf(input: JsonObject): Disposition | null {
  const value = input['disposition'];
  if (value === null) return null;
  const found = DISPOSITIONS.find((known) => known === value);
  if (found !== undefined) return found;
  throw new AppError('invalid', 'FIELD_INVALID', `disposition must be one of ${DISPOSITIONS.join(', ')}, or null.`);
}

function bulkRequest(ctx: OrderContext, input: JsonObject): BulkRequest {
  const action = actionOf(input);
  return {
    ...actingOf(ctx, input),
    action,
    comment: optionalText(input, 'comment'),
    newAssignee: optionalText(input, 'new_assignee'),
    disposition: action === 'disposition' ? dispositionOf(input) : undefined,
    reason: optionalText(input, 'reason'),
  };
}

function actionOf(input: JsonObject): BulkAction {
  const action = BULK_ACTIONS.find((known) => known === input['action']);
  if (action !== undefined) return action;
  throw new AppError('invalid', 'FIELD_INVALID', `action must be one of ${BULK_ACTIONS.join(', ')}.`);
}

const refusedRows = (refused: readonly Refused[]): JsonObject[] =>
  refused.map(({ id, number, message }) => ({ id, number, message }));

/** The filter is read outside the transaction, the changes are one: what others wait for is the writing alone. */
const bulkKind = (deps: IncidentDeps): WorkKind<JsonObject, { readonly ids: readonly ObjectId[] }> => ({
  mode: 'work',
  action: '/Incidents/bulk',
  lane: () => 'incidents bulk',
  async prepare({ store, report }, ctx, input) {
    actionOf(input);
    const named = optionalTextList(input, 'ids');
    const { filter } = input;
    if ((named === undefined) === (filter === undefined || filter === null)) {
      throw new AppError('invalid', 'FIELD_INVALID', 'ids or filter must be present in request, one of them.');
    }
    report?.(ctx.orderId, { step: 'finding' });
    const ids =
      named ??
      (await store.read(incidentsBulkIds, { logpointId: ctx.logpointId, input: filter as FetchIncidentsInput }));
    report?.(ctx.orderId, { step: 'changing', total: ids.length });
    return { ids };
  },
  async finish(tx, ctx, input, { ids }) {
    const result = await bulkChange(tx, bulkRequest(ctx, input), ids, deps);
    const { done, refusedCount } = result;
    return {
      message: `${done} of ${done + refusedCount} incidents changed`,
      bulk_id: result.bulkId,
      done,
      refused: refusedRows(result.refused),
      refused_count: refusedCount,
    };
  },
});

const undoKind = (deps: IncidentDeps): WorkKind<JsonObject, null> => ({
  mode: 'work',
  action: '/Incidents/bulk/undo',
  lane: () => 'incidents bulk',
  prepare: async () => null,
  async finish(tx, ctx, input) {
    const request = { ...actingOf(ctx, input), bulkId: requiredText(input, 'id') };
    const { done, left, leftCount } = await undoBulk(tx, request, deps);
    const message = `${done} of ${done + leftCount} incidents are as they were`;
    return { message, done, refused: refusedRows(left), refused_count: leftCount };
  },
});

const dispositionKind = (deps: IncidentDeps): TransactionKind<JsonObject> => ({
  mode: 'transaction',
  action: '/Incidents/disposition',
  async run(tx, ctx, input) {
    const reason = optionalText(input, 'reason');
    const said = { ...verbOf(ctx, input), disposition: dispositionOf(input), reason };
    await disposeIncident(tx, said, deps);
    return { message: 'Disposition is set' };
  },
});

const mergeKind = (deps: IncidentDeps): TransactionKind<JsonObject> => ({
  mode: 'transaction',
  action: '/Incidents/merge',
  async run(tx, ctx, input) {
    const ids = textList(input, 'ids');
    const parent = await mergeIncidents(tx, { ...verbOf(ctx, input), ids }, deps);
    return { message: `Incidents are merged into ${numberText(parent)}`, id: parent.id };
  },
});

const unmergeKind = (deps: IncidentDeps): TransactionKind<JsonObject> => ({
  mode: 'transaction',
  action: '/Incidents/unmerge',
  async run(tx, ctx, input) {
    const ids = optionalTextList(input, 'ids');
    const parent = await unmergeIncidents(tx, { ...verbOf(ctx, input), ids }, deps);
    return { message: `Incidents are unmerged from ${numberText(parent)}`, id: parent.id };
  },
});

const slaPolicyKind: TransactionKind<JsonObject> = {
  mode: 'transaction',
  action: '/SlaPolicy/edit',
  async run(tx, ctx, input) {
    const changes: Partial<Record<Risk, RiskSla>> = {};
    for (const risk of RISKS) {
      const value = input[risk];
      if (isJsonObject(value)) changes[risk] = riskSlaOf(risk, value);
    }
    const policy: SlaPolicy = await saveSlaPolicy(tx, ctx.logpointId, changes, authorOf(ctx));
    return { message: 'SLA policy is set', policy: slaPolicyRow(policy) };
  },
};

function riskSlaOf(risk: Risk, value: JsonObject): RiskSla {
  const minutes = (field: string): number | null => {
    const given = value[field];
    if (given === null || given === undefined) return null;
    if (typeof given === 'number') return given;
    throw new AppError('invalid', 'FIELD_INVALID', `${risk}.${field} must be a whole number of minutes or null.`);
  };
  return { acknowledgeMinutes: minutes('acknowledge'), resolveMinutes: minutes('resolve') };
}

function savedFilterInput(input: JsonObject) {
  const { filter } = input;
  if (!isJsonObject(filter)) throw new AppError('invalid', 'FIELD_MISSING', 'filter must be present in request.');
  return { name: requiredText(input, 'name'), filter, isShared: optionalFlag(input, 'shared') ?? false };
}

const saveFilterKind = (action: '/SavedFilters/create' | '/SavedFilters/edit'): TransactionKind<JsonObject> => ({
  mode: 'transaction',
  action,
  async run(tx, ctx, input) {
    const id = action.endsWith('edit') ? requiredText(input, 'id') : null;
    const saved = await saveFilter(tx, ctx.logpointId, id, savedFilterInput(input), authorOf(ctx));
    return { message: `Filter ${saved.name} is saved`, id: saved.id };
  },
});

const trashFilterKind: TransactionKind<JsonObject> = {
  mode: 'transaction',
  action: '/SavedFilters/trash',
  async run(tx, ctx, input) {
    await trashFilter(tx, ctx.logpointId, requiredText(input, 'id'), authorOf(ctx));
    return { message: 'Filter is trashed' };
  },
};

/** What goes beyond the vendor's nine operations. */
export const incidentWorkOrders = (deps: IncidentDeps): readonly OrderKind[] => [
  bulkKind(deps),
  undoKind(deps),
  dispositionKind(deps),
  mergeKind(deps),
  unmergeKind(deps),
  slaPolicyKind,
  saveFilterKind('/SavedFilters/create'),
  saveFilterKind('/SavedFilters/edit'),
  trashFilterKind,
];
