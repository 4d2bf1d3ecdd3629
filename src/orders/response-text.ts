import type { JsonObject } from '../shared/json.ts';

/**
 * A response whose rows are JSON text already. They were written once, by the thread that read them; no other thread
 * parses them only to write them again, and crossing a thread costs a copy of bytes.
 */
export class ResponseText {
  /** A JSON object without `success`, at least `rows` in it. */
  readonly json: string;

  /** `rowsJson` is a JSON array, `rest` what follows it. */
  constructor(rowsJson: string, rest: JsonObject) {
    const members = JSON.stringify(rest).slice(1);
    this.json = `{"rows":${rowsJson}${members === '}' ? '' : ','}${members}`;
  }
}

/** What an order's effect answers, without `success`. */
export type OrderResponse = JsonObject | ResponseText;
