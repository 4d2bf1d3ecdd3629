import { unreachable } from '../../shared/assert.ts';
import type { JsonObject } from '../../shared/json.ts';
import { type EscapeMode, OutputText } from './escape-output.ts';
import { evaluate, type Scope } from './evaluate.ts';
import { Loop } from './loop.ts';
import { Meter, RENDER_LIMITS, type RenderLimits } from './meter.ts';
import type { Template } from './parser.ts';
import type { ForNode, Node } from './template-ast.ts';
import { TemplateError } from './template-error.ts';
import { elementsOf, fromJson, isList, isTrue, TemplateFault, typeName, type Value } from './value.ts';

export type RenderOptions = {
  readonly escape: EscapeMode;
  /** IANA name; how `datetime`, `date`, `readable` show times. */
  readonly timeZone?: string;
  readonly limits?: RenderLimits;
};

/**
 * The template filled with plain data. Nothing is reached but own fields of `data`; nothing is run but the filters,
 * tests and methods of this folder; output, steps and time are capped.
 *
 * @throws TemplateError with line and column, and nothing else
 */
export function renderTemplate(template: Template, data: JsonObject, options: RenderOptions): string {
  const renderer = new Renderer(data, options);
  try {
    renderer.run(template.nodes, renderer.globals);
    return renderer.output.text.replace(/\n$/, '');
  } catch (error) {
    if (!(error instanceof TemplateFault)) throw error;
    throw new TemplateError(error.message, template.source, renderer.at);
  }
}

class Names {
  readonly #own = new Map<string, Value>();
  readonly #outer: Names | JsonObject;

  constructor(outer: Names | JsonObject) {
    this.#outer = outer;
  }

  set(name: string, value: Value): void {
    this.#own.set(name, value);
  }

  get(name: string): Value {
    if (this.#own.has(name)) return this.#own.get(name);
    if (this.#outer instanceof Names) return this.#outer.get(name);
    const json = Object.hasOwn(this.#outer, name) ? this.#outer[name] : undefined;
    return json === undefined ? undefined : fromJson(json);
  }
}

class Renderer {
  readonly globals: Names;
  readonly output: OutputText;
  at = 0;
  readonly #meter: Meter;
  readonly #timeZone: string;

  constructor(data: JsonObject, options: RenderOptions) {
    this.#meter = new Meter(options.limits ?? RENDER_LIMITS);
    this.#timeZone = options.timeZone ?? 'UTC';
    this.globals = new Names(data);
    this.output = new OutputText(options.escape, this.#meter);
  }

  #scope(names: Names): Scope {
    return {
      meter: this.#meter,
      timeZone: this.#timeZone,
      lookup: (name) => names.get(name),
      mark: (at) => {
        this.at = at;
      },
    };
  }

  run(nodes: readonly Node[], names: Names): void {
    const scope = this.#scope(names);
    for (const node of nodes) {
      this.#meter.step(1);
      switch (node.kind) {
        case 'text':
          this.output.literal(node.text);
          break;
        case 'output':
          this.at = node.at;
          this.output.value(evaluate(node.expr, scope));
          break;
        case 'set':
          this.at = node.at;
          assign(names, node.names, evaluate(node.expr, scope));
          break;
        case 'if': {
          const branch = node.branches.find(({ test }) => {
            this.at = test.at;
            return isTrue(evaluate(test, scope));
          });
          this.run(branch?.body ?? node.otherwise, names);
          break;
        }
        case 'for':
          this.#loop(node, names, scope);
          break;
        default:
          unreachable(node);
      }
    }
  }

  #loop(node: ForNode, names: Names, scope: Scope): void {
    this.at = node.at;
    const items = this.#wanted(node, elementsOf(evaluate(node.list, scope), this.#meter), names);
    if (items.length === 0) this.run(node.otherwise, names);
    for (const [index, item] of items.entries()) {
      this.#meter.step(1);
      const inner = new Names(names);
      this.at = node.at;
      assign(inner, node.names, item);
      inner.set('loop', new Loop(index, items.length));
      this.run(node.body, inner);
    }
  }

  #wanted(node: ForNode, items: readonly Value[], names: Names): readonly Value[] {
    const { filter } = node;
    if (filter === null) return items;
    return items.filter((item) => {
      const inner = new Names(names);
      assign(inner, node.names, item);
      this.at = filter.at;
      return isTrue(evaluate(filter, this.#scope(inner)));
    });
  }
}

function assign(names: Names, targets: readonly string[], value: Value): void {
  const [first] = targets;
  if (targets.length === 1 && first !== undefined) {
    names.set(first, value);
    return;
  }
  if (!isList(value) || value.length !== targets.length) {
    throw new TemplateFault(
      `expected ${targets.length} values but found ${isList(value) ? value.length : typeName(value)}`,
    );
  }
  for (const [index, name] of targets.entries()) names.set(name, value[index]);
}
