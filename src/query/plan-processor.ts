import { numericValue } from '../events/event.ts';
import type { Field } from './ast.ts';
import type { ProcessArgument, ProcessCommand } from './ast-process.ts';
import { domainRegex } from './domain-regex.ts';
import { readGrok } from './grok.ts';
import { allOf } from './join-conditions.ts';
import { parseJq } from './jq.ts';
import type { Condition, NumberPlan, Ref, Step, TextPlan } from './plan.ts';
import { captures } from './plan-process.ts';
import { PROVIDED, planProvided } from './plan-provider.ts';
import type { Planner } from './plan-scope.ts';
import type { PureProcessorName } from './pure-processors.ts';

/** What a processor amounts to: values of the row itself, or a step that is more than that. */
export type Processed =
  | { readonly kind: 'values'; readonly columns: readonly { readonly name: string; readonly value: TextPlan }[] }
  | { readonly kind: 'step'; readonly step: Step; readonly names: readonly string[] };

/** Plans one processor; null after a mistake, which is reported. */
type PlanProcessor = (call: ProcessorCall) => Processed | null;

/** The arguments of one processor as they are asked for. Each `read…` reports what does not fit and answers null. */
export class ProcessorCall {
  readonly planner: Planner;
  readonly command: ProcessCommand;
  readonly form: string;
  readonly #args: readonly ProcessArgument[];

  constructor(planner: Planner, command: ProcessCommand, form: string) {
    this.planner = planner;
    this.command = command;
    this.form = form;
    this.#args = command.args.filter(({ option }) => option === null);
  }

  get count(): number {
    return this.#args.length;
  }

  /** Whether there are so many arguments; reported when not. */
  takes(min: number, max = min): boolean {
    if (this.count >= min && this.count <= max) return true;
    this.mistake(`saw ${this.count} argument${this.count === 1 ? '' : 's'}`);
    return false;
  }

  argument(index: number): ProcessArgument | undefined {
    return this.#args[index];
  }

  field(index: number): Ref | null {
    const argument = this.#args[index];
    if (argument === undefined) return this.mistake(`saw ${this.count} arguments`);
    return this.planner.scope.resolve(this.planner, fieldOf(argument));
  }

  /** A number as it stands, or the number of a field. */
  number(index: number): NumberPlan | null {
    const argument = this.#args[index];
    const constant = argument?.quote === null ? numericValue(argument.text) : undefined;
    if (constant !== undefined) return { kind: 'constant', value: constant };
    const ref = this.field(index);
    return ref === null ? null : { kind: 'numeric', ref };
  }

  /** One of a few words, in any case. */
  word(index: number, words: readonly string[]): string | null {
    const argument = this.#args[index];
    const word = words.find((one) => one === argument?.text.toLowerCase());
    if (word !== undefined) return word;
    return this.mistake(
      `saw ${argument === undefined ? 'none' : `\`${argument.text.slice(0, 40)}\``} for ${words.join(' or ')}`,
    );
  }

  option(name: string): ProcessArgument | undefined {
    return this.command.args.find(({ option }) => option === name);
  }

  mistake(saw: string): null {
    this.planner.diagnostics.error(this.command.span, `expected \`process ${this.form}\`, ${saw}`);
    return null;
  }

  /** One value under the name after `as`, else under the processor's own. */
  value(value: TextPlan): Processed {
    return { kind: 'values', columns: [{ name: this.target(0, this.command.name), value }] };
  }

  target(index: number, otherwise: string): string {
    return this.command.targets[index]?.name ?? otherwise;
  }

  processed(processor: PureProcessorName, refs: readonly Ref[], options: readonly string[] = []): Processed {
    return this.value({ kind: 'processed', processor, refs, options, output: 0 });
  }
}

const fieldOf = ({ span, text, quote }: ProcessArgument): Field => ({ kind: 'field', span, name: text, quote });

const truth = (condition: Condition): TextPlan => ({
  kind: 'choice',
  arms: [{ condition, value: { kind: 'text', text: 'True' } }],
  otherwise: { kind: 'text', text: 'False' },
});

const overOne =
  (processor: PureProcessorName): PlanProcessor =>
  (call) => {
    const ref = call.takes(1) ? call.field(0) : null;
    return ref === null ? null : call.processed(processor, [ref]);
  };

const planCompare: PlanProcessor = (call) => {
  if (!call.takes(2)) return null;
  const [ref, other] = [call.field(0), call.field(1)];
  if (ref === null || other === null) return null;
  return call.value(truth({ kind: 'relates', ref, relation: 'equals', other, isCased: false }));
};

const planCompareNetwork: PlanProcessor = (call) => {
  if (!call.takes(2)) return null;
  const [first, second] = [call.field(0), call.field(1)];
  const cidr = call.option('cidr');
  const bits = cidr === undefined ? null : numericValue(cidr.text);
  if (bits === undefined || (bits !== null && !(Number.isInteger(bits) && bits >= 0 && bits <= 128)))
    return call.mistake(`saw CIDR=${cidr?.text.slice(0, 20)}`);
  if (first === null || second === null) return null;
  const names = [`${call.argument(0)?.text}_public`, `${call.argument(1)?.text}_public`, 'same_network'];
  const options = bits === null ? [] : [String(Math.min(bits, 32)), String(bits)];
  const columns = names.map((name, output) => ({
    name: call.target(output, name),
    value: { kind: 'processed', processor: 'compare_network', refs: [first, second], options, output } as const,
  }));
  return { kind: 'values', columns };
};

const planCleanChar: PlanProcessor = (call) => {
  const ref = call.takes(1) ? call.field(0) : null;
  if (ref === null) return null;
  const names = [call.target(0, call.command.name), ...call.command.targets.slice(1, 2).map(({ name }) => name)];
  const columns = names.map((name, output) => ({
    name,
    value: { kind: 'processed', processor: 'clean_char', refs: [ref], options: [], output } as const,
  }));
  return { kind: 'values', columns };
};

const planInRange: PlanProcessor = (call) => {
  if (!call.takes(3)) return null;
  const [low, high, value] = [call.number(0), call.number(1), call.number(2)];
  if (low === null || high === null || value === null) return null;
  const notBelow = (left: NumberPlan, right: NumberPlan): Condition => {
    const number: NumberPlan = { kind: 'arithmetic', op: '-', left, right };
    return { kind: 'compares', ref: { kind: 'computed', value: { kind: 'number', number } }, op: '>=', number: 0 };
  };
  return call.value(truth(allOf([notBelow(value, low), notBelow(high, value)])));
};

const arithmetic =
  (op: '+' | '-'): PlanProcessor =>
  (call) => {
    if (!call.takes(2, op === '+' ? 20 : 2)) return null;
    let sum: NumberPlan | null = null;
    for (let index = 0; index < call.count; index++) {
      const number = call.number(index);
      if (number === null) return null;
      sum = sum === null ? number : { kind: 'arithmetic', op, left: sum, right: number };
    }
    return sum === null ? null : call.value({ kind: 'number', number: sum });
  };

const planConcat: PlanProcessor = (call) => {
  if (!call.takes(2, 50)) return null;
  const parts: TextPlan[] = [];
  for (let index = 0; index < call.count; index++) {
    const argument = call.argument(index);
    if (argument !== undefined && argument.quote !== null) {
      parts.push({ kind: 'text', text: argument.text });
      continue;
    }
    const ref = call.field(index);
    if (ref === null) return null;
    parts.push({ kind: 'value', ref });
  }
  return call.value({ kind: 'joined', parts });
};

const planJson: PlanProcessor = (call) => {
  if (!call.takes(2)) return null;
  const ref = call.field(0);
  const filter = call.argument(1);
  if (filter === undefined || ref === null) return null;
  if (filter.quote === null) return call.mistake(`saw \`${filter.text.slice(0, 40)}\` without quotes`);
  const { mistake } = parseJq(filter.text);
  if (mistake === null) return call.processed('jq', [ref], [filter.text]);
  const start = filter.span.start + 1 + mistake.at;
  const span = { start, end: Math.min(start + 1, filter.span.end) };
  call.planner.diagnostics.error(span, mistake.message, 'docs/lpql.md says which part of jq is read');
  return null;
};

const planWithWord =
  (processor: PureProcessorName, field: number, word: number, words: readonly string[]): PlanProcessor =>
  (call) => {
    if (!call.takes(2)) return null;
    const chosen = call.word(word, words);
    const ref = chosen === null ? null : call.field(field);
    return ref === null || chosen === null ? null : call.processed(processor, [ref], [chosen]);
  };

const planSortList: PlanProcessor = (call) => {
  if (!call.takes(1, 2)) return null;
  const direction = call.count === 1 ? 'asc' : call.word(1, ['asc', 'desc']);
  const ref = direction === null ? null : call.field(0);
  return ref === null || direction === null ? null : call.processed('sort_list', [ref], [direction]);
};

/** A list and a number: `next` within 1 to 1,024, `percentile` within 0 to 100. */
const planListNumber =
  (processor: 'next' | 'percentile', min: number, max: number): PlanProcessor =>
  (call) => {
    if (!call.takes(2)) return null;
    const argument = call.argument(1);
    const number = argument === undefined ? undefined : numericValue(argument.text);
    const fits =
      number !== undefined &&
      number >= min &&
      number <= max &&
      (processor === 'percentile' || Number.isInteger(number));
    if (!fits) return call.mistake(`saw \`${argument?.text.slice(0, 40)}\` for a number from ${min} to ${max}`);
    const ref = call.field(0);
    return ref === null ? null : call.processed(processor, [ref], [String(number)]);
  };

/** What `current_time` is asked for (a name that is never looked at, as the vendor writes it) is not read. */
const planCurrentTime: PlanProcessor = (call) => {
  if (!call.takes(0, 1)) return null;
  const { nowMs } = call.planner.context;
  call.planner.dependsOnTime = true;
  return call.value({ kind: 'text', text: String(Math.floor((nowMs ?? 0) / 1000)) });
};

const planExpand: PlanProcessor = (call) => {
  const ref = call.takes(1) ? call.field(0) : null;
  if (ref === null) return null;
  const name = call.target(0, call.argument(0)?.text ?? '');
  return { kind: 'step', step: { kind: 'expand', name, ref }, names: [name] };
};

const planWrite =
  (to: 'list' | 'table'): PlanProcessor =>
  (call) => {
    if (!call.takes(2, to === 'list' ? 2 : 50)) return null;
    const columns = [];
    for (let index = 1; index < call.count; index++) {
      const ref = call.field(index);
      if (ref === null) return null;
      columns.push({ name: call.argument(index)?.text ?? '', ref });
    }
    const name = call.argument(0)?.text ?? '';
    return { kind: 'step', step: { kind: 'write', to, name, columns }, names: [] };
  };

const planDomain: PlanProcessor = (call) => {
  const ref = call.takes(1) ? call.field(0) : null;
  return ref === null ? null : call.value({ kind: 'captured', ref, regex: domainRegex, group: 1 });
};

const planCount: PlanProcessor = (call) => {
  const ref = call.takes(1) ? call.field(0) : null;
  return ref === null ? null : call.value({ kind: 'length', ref });
};

/** `grok("pattern")` reads `msg`, `grok("pattern", field)` the field. */
const planGrok: PlanProcessor = (call) => {
  if (!call.takes(1, 2)) return null;
  const { planner } = call;
  const pattern = call.argument(0);
  if (pattern === undefined || pattern.quote === null) return call.mistake('saw a pattern without quotes');
  if (call.count === 1 && planner.scope.kind === 'rows') return call.mistake('saw no column to look at after a chart');
  const message: Field = { kind: 'field', span: pattern.span, name: 'msg', quote: null };
  const ref = call.count === 1 ? planner.scope.resolve(planner, message) : call.field(1);
  if (ref === null) return null;
  const grok = readGrok(pattern.text);
  if ('regex' in grok)
    return { kind: 'values', columns: captures(planner, planner.scope, ref, grok.regex, grok.fields) };
  planner.diagnostics.error(pattern.span, grok.message, grok.help);
  return null;
};

/** Where a row's number stands among those of all rows, or the median of them all. */
const planDistribution =
  (what: 'median' | 'quantile' | null): PlanProcessor =>
  (call) => {
    if (!call.takes(what === null ? 2 : 1)) return null;
    const chosen = what ?? call.word(0, ['median', 'quantile']);
    if (chosen === null) return null;
    const ref = call.field(what === null ? 1 : 0);
    if (ref === null) return null;
    const name = call.target(0, chosen);
    const of = chosen === 'median' ? 'median' : 'quantile';
    return { kind: 'step', step: { kind: 'distribution', of, name, ref }, names: [name] };
  };

/** How each is written, and what it does. */
const PLANNERS: ReadonlyMap<string, readonly [form: string, plan: PlanProcessor]> = new Map<
  string,
  readonly [string, PlanProcessor]
>([
  ['domain', ['domain(field) as name', planDomain]],
  ['compare', ['compare(field, field) as name', planCompare]],
  ['compare_network', ['compare_network(field, field, CIDR=24)', planCompareNetwork]],
  ['json_parser', ['json_parser(field, ".a.b[0]") as name', planJson]],
  ['jq_parser', ['jq_parser(field, ".[].a") as name', planJson]],
  ['json_expand', ['json_expand(field)', planExpand]],
  ['codec', ['codec(encode, field) as name', planWithWord('codec', 1, 0, ['encode', 'decode'])]],
  ['clean_char', ['clean_char(field) as signs, letters', planCleanChar]],
  ['ascii_converter', ['ascii_converter(field, hex) as name', planWithWord('ascii_converter', 0, 1, ['hex', 'dec'])]],
  ['count_char', ['count_char(field) as name', planCount]],
  ['current_time', ['current_time(a) as name', planCurrentTime]],
  ['difference', ['difference(field, field) as name', arithmetic('-')]],
  ['summation', ['summation(field, field) as name', arithmetic('+')]],
  ['entropy', ['entropy(field) as name', overOne('entropy')]],
  ['dns_cleanup', ['dns_cleanup(field) as name', overOne('dns_cleanup')]],
  ['in_range', ['in_range(low, high, field) as name', planInRange]],
  ['list_length', ['list_length(list) as name', overOne('list_length')]],
  ['next', ['next(list, 1) as name', planListNumber('next', 1, 1_024)]],
  ['percentile', ['percentile(list, 95) as name', planListNumber('percentile', 0, 100)]],
  ['sort_list', ['sort_list(list, asc) as name', planSortList]],
  ['string_concat', ['string_concat(field, "text", field) as name', planConcat]],
  ['grok', ['grok("%{IP:name} …", field)', planGrok]],
  ['median', ['median(field) as name', planDistribution('median')]],
  ['quantile', ['quantile(field) as name', planDistribution('quantile')]],
  ['experimental', ['experimental(median, field) as name', planDistribution(null)]],
  ['toList', ['toList(LIST, field)', planWrite('list')]],
  ['toTable', ['toTable(table, field, field)', planWrite('table')]],
  ...[...PROVIDED].map(([name, { form }]): [string, readonly [string, PlanProcessor]] => [name, [form, planProvided]]),
]);

export function planProcessor(planner: Planner, command: ProcessCommand): Processed | null {
  const known = PLANNERS.get(command.name);
  if (known === undefined) {
    planner.diagnostics.error(command.span, `\`process ${command.name}\` is not evaluated yet`);
    return null;
  }
  const [form, plan] = known;
  const processed = plan(new ProcessorCall(planner, command, form));
  const targetsMax = processed === null ? Number.POSITIVE_INFINITY : targetsOf(processed);
  if (processed === null || command.targets.length <= targetsMax) return processed;
  planner.diagnostics.error(
    command.targets[targetsMax]?.span ?? command.span,
    `expected at most ${targetsMax} name${targetsMax === 1 ? '' : 's'} after \`as\`, saw ${command.targets.length}`,
  );
  return null;
}

const targetsOf = (processed: Processed): number =>
  processed.kind === 'values' ? processed.columns.length : processed.names.length;
