import { AppError } from '../../shared/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../../shared/json.ts';
import { parseJsonBody } from '../http/json-body.ts';

const FIELDS_MAX = 200;

/** Fields by name, and the bytes of those that came as files, which are fields in base64, too. */
export type Form = { readonly fields: JsonObject; readonly files: ReadonlyMap<string, Buffer> };

/**
 * The fields of a body in any of the forms that the bearer API is sent: JSON, urlencoded, multipart. Texts of a form
 * that hold a JSON list or object become it, because forms have no other way to say so.
 *
 * @throws AppError `BODY_INVALID`
 */
export function readForm(body: Buffer, contentType: string, depthMax: number): Form {
  if (/^\s*\{/.test(body.subarray(0, 64).toString('latin1'))) {
    const value = parseJsonBody(body, depthMax);
    if (isJsonObject(value)) return { fields: value, files: new Map() };
    throw invalid('request body must be a JSON object');
  }
  const boundary = /multipart\/form-data.*boundary="?([^";]{1,200})"?/i.exec(contentType)?.[1];
  const files = new Map<string, Buffer>();
  const pairs =
    boundary === undefined ? [...new URLSearchParams(body.toString('utf8'))] : multipartFields(body, boundary, files);
  if (pairs.length > FIELDS_MAX) throw invalid(`request body has ${pairs.length} fields, at most ${FIELDS_MAX}`);
  const fields: Record<string, Json> = Object.create(null) as Record<string, Json>;
  for (const [name, value] of pairs) fields[name] = fieldValue(value, depthMax);
  return { fields, files };
}

function fieldValue(text: string, depthMax: number): Json {
  if (!/^\s*[[{]/.test(text)) return text;
  try {
    return parseJsonBody(Buffer.from(text, 'utf8'), depthMax) as Json;
  } catch {
    // A text may begin with a brace, as templates do.
    return text;
  }
}

/** RFC 7578: name and text of each part. A file's bytes become base64, the form in which a logo is kept. */
function multipartFields(body: Buffer, boundary: string, files: Map<string, Buffer>): [string, string][] {
  const mark = Buffer.from(`--${boundary}`);
  const fields: [string, string][] = [];
  for (let at = body.indexOf(mark); at >= 0; ) {
    const start = at + mark.length;
    const next = body.indexOf(mark, start);
    if (next < 0) break;
    const part = body.subarray(start, next);
    const headEnd = part.indexOf('\r\n\r\n');
    const head = part.subarray(0, Math.max(0, headEnd)).toString('utf8');
    const name = /content-disposition:[^\r\n]*\bname="([^"\r\n]*)"/i.exec(head)?.[1];
    if (headEnd < 0 || name === undefined) throw invalid('request body has a part without a name');
    const value = part.subarray(headEnd + 4, part.length - 2);
    const isFile = /\bfilename="/i.test(head);
    if (isFile) files.set(name, value);
    fields.push([name, isFile ? value.toString('base64') : value.toString('utf8')]);
    at = next;
  }
  if (fields.length === 0) throw invalid('request body is no multipart form');
  return fields;
}

const invalid = (message: string): AppError => new AppError('invalid', 'BODY_INVALID', message);
