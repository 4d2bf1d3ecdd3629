import { Type } from 'typebox';
import {
  anyText,
  dataAlone,
  dataWithId,
  flag,
  NoData,
  type Operation,
  optional,
  PageData,
  text,
  texts,
  whole,
} from './operation.ts';

const Kind = Type.Unsafe<string>({
  type: 'string',
  enum: ['static', 'dynamic'],
  description: 'Values of a dynamic list count for a time. `static` when not given.',
});
const AgeLimit = whole('Dynamic lists: seconds that a value counts after it was last added.');

const CreateList = Type.Object({
  name: text('Letters, digits and underscore; unique in the logpoint in any case.'),
  type: optional(Kind),
  description: optional(anyText('What the list is for.')),
  items: optional(texts('Texts, wildcards, networks such as 10.0.0.0/8.')),
  age_limit: optional(AgeLimit),
});

const EditList = Type.Object({
  name: optional(text('New name.')),
  description: optional(anyText('New description.')),
  items: optional(texts('Replaces all items.')),
  add: optional(texts('Items to add; in a dynamic list they are young again.')),
  remove: optional(texts('Items to take away.')),
  age_limit: optional(AgeLimit),
});

const Definitions = Type.Array(
  Type.Object({
    query: text('A search expression without commands.'),
    labels: texts('Labels that every event has which satisfies it.'),
  }),
  { description: 'Searches and their labels.' },
);

const CreateLabelPackage = Type.Object({
  name: text('Unique in the logpoint.'),
  active: optional(flag('Whether its labels count; true when not given.')),
  definitions: Definitions,
});

const EditLabelPackage = Type.Object({
  name: optional(text('New name.')),
  active: optional(flag('Whether its labels count.')),
  definitions: optional(Definitions),
});

const tables: readonly Operation[] = [
  {
    tag: 'Tables',
    permission: 'write',
    id: 'TrashTable',
    summary: 'Removes a table that `process toTable` has written.',
    method: 'DELETE',
    path: 'Tables/:id',
    action: '/Tables/trash',
    data: NoData,
    input: dataWithId,
  },
  {
    tag: 'Tables',
    permission: 'read',
    id: 'FetchTables',
    summary: 'Fetches each table, without its rows: those are read with the query `table "name"`.',
    method: 'POST',
    path: 'Tables/fetch',
    action: '/Tables/fetch',
    data: PageData,
    input: dataAlone,
  },
];

/** One resource's create, edit, trash and fetch. */
function resource(
  path: string,
  noun: string,
  id: string,
  create: Operation['data'],
  edit: Operation['data'],
): readonly Operation[] {
  const one = `${path}/:id`;
  const write = { tag: path, permission: 'write' } as const;
  return [
    {
      ...write,
      id: `Create${id}`,
      summary: `Creates a ${noun}.`,
      method: 'POST',
      path,
      action: `/${path}/create`,
      data: create,
      input: dataAlone,
    },
    {
      ...write,
      id: `Edit${id}`,
      summary: `Changes a ${noun}.`,
      method: 'PUT',
      path: one,
      action: `/${path}/edit`,
      data: edit,
      input: dataWithId,
    },
    {
      ...write,
      id: `Trash${id}`,
      summary: `Removes a ${noun}.`,
      method: 'DELETE',
      path: one,
      action: `/${path}/trash`,
      data: NoData,
      input: dataWithId,
    },
    {
      tag: path,
      permission: 'read',
      id: `Fetch${id}s`,
      summary: `Fetches each ${noun}.`,
      method: 'POST',
      path: `${path}/fetch`,
      action: `/${path}/fetch`,
      data: PageData,
      input: dataAlone,
    },
  ];
}

/** Not part of the vendor's API as it is known; shaped as its other resources. */
export const listOperations: readonly Operation[] = [
  ...resource('Lists', 'list of values', 'List', CreateList, EditList),
  ...resource('LabelPackages', 'label package', 'LabelPackage', CreateLabelPackage, EditLabelPackage),
  ...tables,
];
