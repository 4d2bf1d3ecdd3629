import { Type } from 'typebox';
import { BULK_ACTIONS, BULK_INCIDENTS_MAX } from '../../incidents/bulk-change.ts';
import { filterOf } from '../../incidents/incident-filter.ts';
import { AppError } from '../../shared/errors.ts';
import { isJsonObject, type JsonObject } from '../../shared/json.ts';
import { ACTING, Filters } from './incident-operations.ts';
import { anyText, dataAlone, flag, type Operation, operationRow, optional, text, texts } from './operation.ts';

const Acting = { incident_user_id: text(ACTING) };
const Disposition = Type.Unsafe<string | null>({
  anyOf: [{ type: 'string', enum: ['true_positive', 'false_positive', 'benign'] }, { type: 'null' }],
  description: 'true_positive, false_positive, benign; null takes it back.',
});
const Minutes = Type.Optional(
  Type.Object({
    acknowledge: Type.Optional(Type.Union([Type.Integer(), Type.Null()], { description: 'Minutes; null = no clock.' })),
    resolve: Type.Optional(Type.Union([Type.Integer(), Type.Null()], { description: 'Minutes; null = no clock.' })),
  }),
);

const Bulk = Type.Object({
  action: Type.Unsafe<string>({ type: 'string', enum: [...BULK_ACTIONS] }),
  ...Acting,
  ids: optional(
    Type.Array(Type.String(), { maxItems: BULK_INCIDENTS_MAX, description: 'Ids or numbers; or `filter`.' }),
  ),
  filter: optional(Filters),
  comment: optional(anyText('Of `comment`.')),
  new_assignee: optional(text('Of `reassign`: id of the new assignee.')),
  disposition: Type.Optional(Disposition),
  reason: optional(anyText('Of `disposition`.')),
});

/** A name that is none of a filter would let every incident through, and a page of a change has no next one. */
function checkBulkFilter(filter: JsonObject): void {
  const known = Object.keys(Filters.properties).filter((name) => name !== 'limit' && name !== 'cursor');
  const unknown = Object.keys(filter).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    const message = `filter has no ${JSON.stringify(unknown)} in a bulk change: expected ${known.join(', ')}`;
    throw new AppError('invalid', 'REQUEST_INVALID', message);
  }
  filterOf(filter);
}

const SavedFilter = Type.Object({
  name: text('Unique among those of the caller.'),
  filter: Filters,
  shared: optional(flag('Shown to everyone who may read the logpoint.')),
});

/** Beyond the vendor's operations; additive. */
export const incidentWorkOperations: readonly Operation[] = [
  {
    id: 'BulkChange',
    tag: 'Incidents',
    method: 'POST',
    summary: 'Changes many incidents, by id or by filter, in one order.',
    path: 'Incidents/bulk',
    action: '/Incidents/bulk',
    permission: 'write',
    data: Bulk,
    check: (data) => {
      const { ids, filter } = data;
      if ((ids === undefined) === (filter === undefined)) {
        throw new AppError('invalid', 'REQUEST_INVALID', 'ids or filter must be present in request, one of them.');
      }
      if (isJsonObject(filter)) checkBulkFilter(filter);
    },
    input: dataAlone,
  },
  operationRow(
    'UndoBulkChange',
    'Gives back what a bulk change changed, where nobody changed it since.',
    'POST Incidents/bulk/:id/undo',
    '/Incidents/bulk/undo',
    'write',
    Type.Object(Acting),
  ),
  operationRow(
    'SetDisposition',
    'Says what an incident turned out to be.',
    'POST Incidents/:id/disposition',
    '/Incidents/disposition',
    'write',
    Type.Object({ ...Acting, disposition: Disposition, reason: optional(anyText('Why.')) }),
  ),
  operationRow(
    'MergeIncidents',
    'Makes incidents children of this one; they stay whole.',
    'POST Incidents/:id/merge',
    '/Incidents/merge',
    'write',
    Type.Object({ ...Acting, ids: texts('Ids or numbers of the children.') }),
  ),
  operationRow(
    'UnmergeIncidents',
    'Takes children out again; all of them without `ids`.',
    'POST Incidents/:id/unmerge',
    '/Incidents/unmerge',
    'write',
    Type.Object({ ...Acting, ids: optional(texts('Ids or numbers of children.')) }),
  ),
  operationRow(
    'EditSlaPolicy',
    'Sets the clocks of the named risks, for incidents raised or reopened from now on.',
    'PUT SlaPolicy',
    '/SlaPolicy/edit',
    'write',
    Type.Object({ low: Minutes, medium: Minutes, high: Minutes, critical: Minutes }),
  ),
  operationRow(
    'CreateSavedFilter',
    'Keeps a filter under a name.',
    'POST SavedFilters',
    '/SavedFilters/create',
    'write',
    SavedFilter,
  ),
  operationRow(
    'EditSavedFilter',
    'Replaces a filter of the caller.',
    'PUT SavedFilters/:id',
    '/SavedFilters/edit',
    'write',
    SavedFilter,
  ),
  operationRow(
    'TrashSavedFilter',
    'Removes a filter of the caller.',
    'DELETE SavedFilters/:id',
    '/SavedFilters/trash',
    'write',
  ),
];
