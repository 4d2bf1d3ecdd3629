import { type TSchema, Type } from 'typebox';

// What the `response` of an order holds when it has ended with success. The schemas are open: an answer may say more.

const open = (properties: Record<string, TSchema>): TSchema =>
  Type.Object({ success: Type.Literal(true), ...properties }, { additionalProperties: true });

const message = Type.String({ description: 'What was done, for people.' });
const id = Type.String({ description: 'Id of the object that it is about.' });
const Row = Type.Record(Type.String(), Type.Unknown());
const nextCursor = Type.Optional(Type.String({ description: '`cursor` of the next page; absent on the last one.' }));

const Done = open({ message: Type.Optional(message) });
const Made = open({ message, id });
const Rows = open({
  rows: Type.Array(Row),
  next_cursor: nextCursor,
  total: Type.Optional(Type.Integer({ description: 'Rows of all pages, when asked for.' })),
});

const Refused = Type.Array(
  Type.Object({
    id: Type.String({ description: 'As it was named, or the id.' }),
    number: Type.Union([Type.String(), Type.Null()], { description: 'Such as INC-7.' }),
    message: Type.String({ description: 'Why.' }),
  }),
  { description: 'Incidents that stay as they were, the first of them.' },
);
const CHANGED = {
  message,
  done: Type.Integer({ description: 'Incidents that are changed.' }),
  refused: Refused,
  refused_count: Type.Integer(),
};

const BY_OPERATION: Readonly<Record<string, TSchema>> = {
  BulkChange: open({ ...CHANGED, bulk_id: Type.String({ description: 'For undo.' }) }),
  UndoBulkChange: open(CHANGED),
  MergeIncidents: Made,
  UnmergeIncidents: Made,
};

/** Things whose creation answers with an id. */
const MADE = [
  'AlertRule',
  'Exception',
  'Incident',
  'LabelPackage',
  'List',
  'LogSource',
  'Repo',
  'SavedFilter',
  'User',
  'UserGroup',
];

/** The schema of the `response` of an order of this operation. */
export function orderAnswer(operationId: string): TSchema {
  const own = BY_OPERATION[operationId];
  if (own !== undefined) return own;
  if (operationId.startsWith('Fetch')) return Rows;
  return MADE.some((thing) => operationId === `Create${thing}`) ? Made : Done;
}
