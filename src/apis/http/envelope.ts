import { Type } from 'typebox';

/** What an order answers at the door, and how every failure looks. Source: contract/director-api.md, section 1. */
export const ErrorEnvelope = Type.Object(
  { status: Type.Literal('Error'), message: Type.String({ description: 'What was seen and what was expected.' }) },
  { description: 'Refused; nothing was changed.' },
);

export const AcceptedEnvelope = Type.Object(
  {
    status: Type.Literal('Success'),
    message: Type.String({ description: 'Path of the order: poll it until `response.success` is there.' }),
  },
  { description: 'Accepted, which is not done.' },
);

export type ErrorBody = { readonly status: 'Error'; readonly message: string };
export type AcceptedBody = { readonly status: 'Success'; readonly message: string };

export const errorBody = (message: string): ErrorBody => ({ status: 'Error', message });
export const acceptedBody = (orderPath: string): AcceptedBody => ({ status: 'Success', message: orderPath });

/** A member of a fixed list, as `enum` rather than a union of constants: shorter in the document and in messages. */
export const StringEnum = <const T extends readonly string[]>(values: T, description?: string) =>
  Type.Unsafe<T[number]>({ type: 'string', enum: [...values], ...(description === undefined ? {} : { description }) });

/** How the node's own APIs say that something failed, always with HTTP 200. Source: contract/incident-api.md, A.1. */
export type NodeFailure = { readonly success: false; readonly message: string };
export const nodeFailure = (message: string): NodeFailure => ({ success: false, message });

/** Paths of the node's own APIs with the logpoint in front: whatever is below them fails in their words. */
export const NODE_PREFIX = '/node/';
