import { encodeUrl, escapeHtml } from './filters.ts';
import type { Meter } from './meter.ts';
import { shellWord } from './shell-template.ts';
import { display, isText, SafeText, textOf, toJson, type Value } from './value.ts';

/**
 * What values are made fit for: nothing, HTML text and attributes, a JSON document, the query part of a URL, a word of a
 * POSIX shell. Literal text of the template always goes out as it stands.
 */
export type EscapeMode = 'none' | 'html' | 'json' | 'url' | 'shell';

/** Text that may stand in a JSON document outside quotes and is not meant as a string: separators and plain values. */
const JSON_BARE = /^\s*(?:,|:|true|false|null|-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)?\s*$/;

/** The output so far. In JSON it knows whether it stands inside a string, so a value never leaves its quotes. */
export class OutputText {
  readonly #mode: EscapeMode;
  readonly #meter: Meter;
  readonly #parts: string[] = [];
  #inString = false;
  #afterBackslash = false;

  constructor(mode: EscapeMode, meter: Meter) {
    this.#mode = mode;
    this.#meter = meter;
  }

  get text(): string {
    return this.#parts.join('');
  }

  literal(text: string): void {
    this.#add(text);
    if (this.#mode === 'json') this.#follow(text);
  }

  value(value: Value): void {
    if (this.#mode === 'json') this.#jsonValue(value);
    else if (this.#mode === 'none') this.#add(display(value, this.#meter));
    // Nothing is safe enough for a shell to go out as it stands.
    else if (this.#mode === 'shell') this.#add(shellWord(display(value, this.#meter)));
    else if (value instanceof SafeText) this.#add(value.text);
    else this.#add((this.#mode === 'html' ? escapeHtml : encodeUrl)(display(value, this.#meter)));
  }

  #jsonValue(value: Value): void {
    if (this.#inString) this.#add(JSON.stringify(display(value, this.#meter)).slice(1, -1));
    else if (value instanceof SafeText) this.literal(value.text);
    else if (isText(value) && JSON_BARE.test(textOf(value))) this.#add(textOf(value));
    else if (value !== undefined) this.#add(toJson(value, this.#meter));
  }

  #add(text: string): void {
    this.#meter.output(text.length);
    this.#parts.push(text);
  }

  #follow(text: string): void {
    for (const char of text) {
      if (this.#afterBackslash) this.#afterBackslash = false;
      else if (char === '\\' && this.#inString) this.#afterBackslash = true;
      else if (char === '"') this.#inString = !this.#inString;
    }
  }
}
