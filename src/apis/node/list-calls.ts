import { type List, listRow } from '../../lists/list.ts';
import { listsList } from '../../lists/registry.ts';
import { IMPORT_LIST_ACTION } from '../../orders/node-list-orders.ts';
import type { Json, JsonObject } from '../../shared/json.ts';
import { reposList } from '../../tenancy/registry.ts';
import { carryOut } from './incident-calls.ts';
import { readValues } from './list-values.ts';
import type { NodeAnswer, NodeCall } from './node-services.ts';
import { invalid, text } from './request-fields.ts';
import { isSet, parametersOf, wholeOf, withData } from './rule-calls.ts';

// Lists and repos of the bearer form. The contract names the scopes (C.4 and its clients); the shapes are those that
// the vendor's public reference of the user-defined lists and repos APIs shows.

const LISTS_OF_PAGE = 25;

const briefRow = (list: List): JsonObject => ({
  id: list.id,
  name: list.name,
  list_type: list.kind === 'static' ? 'static_list' : 'dynamic_list',
  vid: '',
});

/** `return_all_data` answers every list, with its values. */
export async function listUserLists(call: NodeCall): Promise<NodeAnswer> {
  const parameters = parametersOf(call);
  const lists = await call.services.control.read(listsList, call.caller.logpoint.id);
  if (isSet(parameters['return_all_data'])) {
    return { success: true, rows: lists.map((list) => ({ ...listRow(list), ...briefRow(list) })), total: lists.length };
  }
  const limit = wholeOf(parameters, 'limit', LISTS_OF_PAGE);
  const page = wholeOf(parameters, 'page', 1);
  const rows = lists.slice((page - 1) * limit, page * limit).map(briefRow);
  return { success: true, rows, total: lists.length };
}

/** A static list from the cells of a CSV or the lines of a text, sent as a file or as a field. */
export const importList = (call: NodeCall): Promise<NodeAnswer> => {
  const { fields, files } = call.request;
  const name = text(fields, 'package_import_name');
  const file = files?.get('package_import');
  const items = readValues(file === undefined ? textOf(fields['package_import']) : file.toString('utf8'));
  return carryOut(withData(call, { package_import_name: name, values: items.length }), IMPORT_LIST_ACTION, {
    name,
    items,
  });
};

/** A text that looks like JSON has become what it says. */
function textOf(value: Json | undefined): string {
  if (typeof value === 'string' && value !== '') return value;
  if (Array.isArray(value)) return value.map(String).join('\n');
  throw invalid('package_import must be present in request.');
}

/** Logpoints with their repos: here always the one. */
export async function searchableLogpoints({ services, caller }: NodeCall): Promise<NodeAnswer> {
  const repos = await services.control.read(reposList, caller.logpoint.id);
  return {
    success: true,
    rows: [
      {
        active: true,
        li: caller.logpoint.name,
        li_ip: caller.logpoint.ip,
        repos: repos.map(({ name, address }) => ({ active: true, address, ha: '', repo: name })),
      },
    ],
  };
}
