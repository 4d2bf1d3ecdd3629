import { readFileSync } from 'node:fs';
import { isJsonObject, type Json, type JsonObject } from '../../shared/json.ts';

/** A call of a real server and what came of it. `order`: of one that placed an order, how the order ended. */
export type Recorded = {
  readonly path: JsonObject;
  readonly query: JsonObject;
  readonly body: Json | undefined;
  readonly answer: Json;
  readonly order: Json | undefined;
};

let recording: JsonObject | null = null;

/** Written by test/e2e/recorded-answers.test.ts, which holds it against what a server says. */
function recordedCalls(): JsonObject {
  if (recording !== null) return recording;
  const read: Json = JSON.parse(readFileSync(new URL('./recorded-answers.json', import.meta.url), 'utf8'));
  recording = isJsonObject(read) ? read : {};
  return recording;
}

export function recordedCall(operationId: Json | undefined): Recorded | undefined {
  const call = recordedCalls()[String(operationId)];
  if (!isJsonObject(call)) return undefined;
  const { path, query, body, answer = null, order } = call;
  return { path: isJsonObject(path) ? path : {}, query: isJsonObject(query) ? query : {}, body, answer, order };
}

/** The headers that came with a refusal of the status. */
export function recordedHeaders(status: string): JsonObject {
  const refusal = recordedCalls()[`refused ${status}`];
  if (!isJsonObject(refusal)) return {};
  const { code, headers } = refusal;
  return { ...(isJsonObject(headers) ? headers : {}), ...(typeof code === 'string' ? { 'x-error-code': code } : {}) };
}

/** What a refusal of the status said; undefined for those that nothing provokes. */
export function recordedRefusal(status: string): JsonObject | undefined {
  const refusal = recordedCalls()[`refused ${status}`];
  return isJsonObject(refusal) && isJsonObject(refusal['answer']) ? refusal['answer'] : undefined;
}
