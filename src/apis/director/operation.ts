import { type TObject, type TProperties, type TSchema, Type } from 'typebox';
import { LIST_ROWS_MAX } from '../../control/list-page.ts';
import type { JsonObject } from '../../shared/json.ts';
import { EPOCH_SECONDS_MAX } from './list-page.ts';

/** One call of the Director API that places an order. The table rows of this type are the routes. */
export type Operation = {
  /** Name in the description of the API, as the vendor names it. */
  readonly id: string;
  readonly tag: string;
  readonly summary: string;
  readonly method: 'POST' | 'PUT' | 'DELETE';
  /** Below `/configapi/P/L/`; `:id` is an object id. */
  readonly path: string;
  /** Names the order kind; shown as `request.action`. */
  readonly action: string;
  /** Fetches only read, although they are POSTs. */
  readonly permission: 'read' | 'write';
  readonly data: TObject<TProperties>;
  /** Checks beyond shapes that are answered at the door. @throws AppError of kind `invalid` */
  check?(data: JsonObject): void;
  /** What the order kind takes. `id` is the id in the path, empty on paths without one. */
  input(data: JsonObject, id: string): unknown;
};

/**
 * A row of the table: `call` is method and path, and the order kind takes `data` with the id of the path, if it has one.
 */
export function operationRow(
  id: string,
  summary: string,
  call: `${Operation['method']} ${string}`,
  action: string,
  permission: Operation['permission'],
  data: Operation['data'] = NoData,
): Operation {
  const [method = '', path = ''] = call.split(' ');
  return {
    id,
    tag: path.split('/')[0] ?? path,
    summary,
    method: method === 'PUT' || method === 'DELETE' ? method : 'POST',
    path,
    action,
    permission,
    data,
    input: path.includes(':id') ? dataWithId : dataAlone,
  };
}

/** The order kind takes the body's `data` as it came. */
export const dataAlone = (data: JsonObject): JsonObject => data;

/** The order kind takes the body's `data` with the id of the path, which wins over one repeated in the body. */
export const dataWithId = (data: JsonObject, id: string): JsonObject => ({ ...data, id });

export const NoData = Type.Object({}, { description: 'Nothing to say.' });

/** What every fetch of a list takes. */
export const PageData = Type.Object({
  limit: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: LIST_ROWS_MAX,
      description: `Rows of a page, by id; without it the list is whole, up to ${LIST_ROWS_MAX} rows.`,
    }),
  ),
  cursor: Type.Optional(Type.String({ description: '`next_cursor` of the answer before.' })),
  updated_since: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: EPOCH_SECONDS_MAX,
      description: 'Only rows that were made or changed then or later; epoch seconds.',
    }),
  ),
  total: Type.Optional(Type.Boolean({ description: 'Count all pages, as `total`.' })),
});

export const text = (description: string): TSchema => Type.String({ minLength: 1, description });
export const anyText = (description: string): TSchema => Type.String({ description });
export const texts = (description: string): TSchema => Type.Array(Type.String(), { description });
export const whole = (description: string, limits: { minimum?: number; maximum?: number } = {}): TSchema =>
  Type.Integer({ description, ...limits });

/** A boolean as the Director's clients send it. */
export const flag = (description: string): TSchema =>
  Type.Union([Type.Boolean(), Type.Unsafe<string>({ type: 'string', enum: ['true', 'false', 'on', 'off'] })], {
    description,
  });

export const optional = (schema: TSchema): TSchema => Type.Optional(schema);
