import type { IncomingMessage } from 'node:http';
import { AppError } from '../../shared/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../../shared/json.ts';
import { parseJsonBody } from '../http/json-body.ts';

/** What a request to the node's own APIs says, in whichever of the known forms it came. */
export type NodeRequest = {
  readonly username: string;
  readonly secretKey: string;
  readonly requestData: JsonObject;
  /** Everything beside credentials and `requestData`, e.g. `type` of `/getalloweddata`. */
  readonly fields: JsonObject;
  /** Files of a multipart form. */
  readonly files?: ReadonlyMap<string, Buffer>;
};

/**
 * The body of a GET, which the framework leaves unread: clients of this API send one with their reads.
 *
 * @throws AppError `BODY_TOO_LARGE`, `BODY_INVALID` when it ends early
 */
export async function readBody(incoming: IncomingMessage, bytesMax: number): Promise<Buffer> {
  const announced = Number(incoming.headers['content-length'] ?? 0);
  if (announced > bytesMax) throw tooLarge(bytesMax);
  const parts: Buffer[] = [];
  let bytes = 0;
  try {
    // Leaving the loop must not end the connection: the answer still has to go out on it.
    for await (const part of incoming.iterator({ destroyOnReturn: false })) {
      const chunk = Buffer.isBuffer(part) ? part : Buffer.from(String(part));
      bytes += chunk.length;
      if (bytes > bytesMax) throw tooLarge(bytesMax);
      parts.push(chunk);
    }
  } catch (error) {
    // Read to its end and thrown away, or the connection would wait for somebody to take it.
    incoming.resume();
    if (error instanceof AppError) throw error;
    throw new AppError('invalid', 'BODY_INVALID', 'request body ended early', { cause: error });
  }
  return Buffer.concat(parts, bytes);
}

/**
 * A JSON object, or a form whose `requestData` is a text of JSON. Told apart by the first character: clients name
 * either type, or none, for either form. Source: contract/incident-api.md, A.1 and D-24.
 *
 * @throws AppError `BODY_INVALID`
 */
export function parseNodeBody(body: Buffer, depthMax: number): NodeRequest {
  const outer = isJsonText(body) ? jsonObject('request body', body, depthMax) : formFields(body);
  const { username, secret_key: secretKey, requestData, ...fields } = outer;
  return {
    username: textOf(username),
    secretKey: textOf(secretKey),
    requestData: requestDataOf(requestData, depthMax),
    fields,
  };
}

const isJsonText = (body: Buffer): boolean => /^\s*[{[]/.test(body.subarray(0, 64).toString('latin1'));

const textOf = (value: Json | undefined): string => (typeof value === 'string' ? value : '');

function requestDataOf(value: Json | undefined, depthMax: number): JsonObject {
  if (value === undefined || value === null || value === '') return {};
  if (isJsonObject(value)) return value;
  if (typeof value === 'string') return jsonObject('requestData', Buffer.from(value, 'utf8'), depthMax);
  throw invalid('requestData must be an object, or a text that holds one as JSON');
}

function jsonObject(name: string, bytes: Buffer, depthMax: number): JsonObject {
  const value = parseJsonBody(bytes, depthMax);
  if (isJsonObject(value)) return value;
  throw invalid(`${name} must be a JSON object`);
}

/** Fields of a form; of a repeated one the last. */
function formFields(body: Buffer): JsonObject {
  const fields: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const [name, value] of new URLSearchParams(body.toString('utf8'))) fields[name] = value;
  return fields;
}

const tooLarge = (bytesMax: number): AppError =>
  new AppError('too-large', 'BODY_TOO_LARGE', `request body is larger than ${bytesMax} bytes`);
const invalid = (message: string): AppError => new AppError('invalid', 'BODY_INVALID', message);
