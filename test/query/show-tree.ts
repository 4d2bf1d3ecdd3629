import type { Aggregate, Command, Expr, Query, Value } from '../../src/query/ast.ts';
import type { EvalExpr } from '../../src/query/ast-eval.ts';
import type { Stream, StreamSource } from '../../src/query/ast-stream.ts';
import { printAggregate, printOperandName } from '../../src/query/print-query.ts';

/** A tree as indented lines, one node each: what the parser understood. */
export function showTree(query: Query): string {
  const lines = query.streams === null ? showFilter(query.filter) : showStreams(query.streams);
  for (const command of query.commands)
    lines.push(...showCommand(command).map((line, index) => (index === 0 ? `| ${line}` : `  ${line}`)));
  return lines.join('\n');
}

const showFilter = (filter: Expr | null): string[] => (filter === null ? ['every event'] : showExpr(filter));

function showStreams({ first, links }: StreamSource): string[] {
  const lines = showStream(first);
  for (const { operation, stream, within, on } of links) {
    lines.push(operation, ...showStream(stream));
    if (within !== null) lines.push(`  within ${within.count} ${within.unit}`);
    for (const { left, right } of on) lines.push(`  on ${left.name} = ${right.name}`);
  }
  return lines;
}

function showStream({ name, count, filter, commands, same, within }: Stream): string[] {
  return [
    name === null ? 'stream' : `stream ${name.name}`,
    ...(count === null ? [] : [`  ${count} times`]),
    ...indent(showFilter(filter)),
    ...commands.flatMap((command) =>
      indent(showCommand(command).map((line, at) => (at === 0 ? `| ${line}` : `  ${line}`))),
    ),
    ...same.map((field) => `  having the same ${field.name}`),
    ...(within === null ? [] : [`  within ${within.count} ${within.unit}`]),
  ];
}

const indent = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`);

function showExpr(expr: Expr): string[] {
  switch (expr.kind) {
    case 'and':
    case 'or':
      return [expr.kind.toUpperCase(), ...expr.operands.flatMap((operand) => indent(showExpr(operand)))];
    case 'not':
      return ['NOT', ...indent(showExpr(expr.operand))];
    case 'compare':
      return [`${printOperandName(expr.operand)} ${expr.op} ${showValue(expr.value)}`];
    case 'member':
      return [
        expr.set.kind === 'list'
          ? `${printOperandName(expr.operand)} IN the list ${expr.set.name}`
          : `${printOperandName(expr.operand)} IN ${expr.set.values.map(showValue).join(', ')}`,
      ];
    case 'text':
      return [`msg has ${showValue(expr.value)}`];
    case 'table':
      return [`rows of the table ${showValue(expr.name)}`];
  }
}

/** Between ‹ ›, because LPQL has no escapes and a value may hold either quote. */
const showValue = (value: Value): string => `‹${value.text}›`;

function showCommand(command: Command): string[] {
  switch (command.kind) {
    case 'search':
      return [command.name, ...indent(showExpr(command.condition))];
    case 'chart':
    case 'timechart':
      return [
        command.kind,
        ...command.aggregates.map((aggregate) => `  ${showAggregate(aggregate)}`),
        ...command.groups.map((group) => `  by ${printOperandName(group)}`),
        ...(command.kind === 'timechart' && command.every !== null
          ? [`  every ${command.every.count} ${command.every.unit}`]
          : []),
        ...command.order.map(({ key, direction }) => `  order by ${showKey(key)} ${direction}`),
        ...(command.limit === null ? [] : [`  limit ${command.limit.count}`]),
      ];
    case 'fields':
      return ['fields', ...command.columns.map((column) => `  ${showKey(column)}`)];
    case 'rename':
      return ['rename', ...command.pairs.map(({ from, to }) => `  ${from.name} as ${to.name}`)];
    case 'order':
      return ['order', ...command.keys.map(({ key, direction }) => `  by ${showKey(key)} ${direction}`)];
    case 'limit':
      return [`limit ${command.limit.count}`];
    case 'regex':
      return [
        'process regex',
        `  ${showValue(command.pattern)} in ${command.field.name}`,
        ...(command.mode === null ? [] : [`  ${command.mode.text}`]),
      ];
    case 'rex':
    case 'norm':
      return [`${command.kind} on ${command.field?.name ?? 'msg'}`, `  ${showValue(command.pattern)}`];
    case 'eval':
      return ['process eval', `  ${command.target.name} is`, ...indent(indent(showEval(command.expression)))];
    case 'process':
      return [
        `process ${command.name}`,
        ...command.args.map(({ option, text }) => `  ${option === null ? '' : `${option} `}‹${text}›`),
        ...(command.targets.length === 0 ? [] : [`  as ${command.targets.map(({ name }) => name).join(', ')}`]),
      ];
    case 'latest':
      return [`latest by ${command.groups.map(printOperandName).join(', ')}`];
  }
}

function showEval(expr: EvalExpr): string[] {
  switch (expr.kind) {
    case 'eval-text':
      return [`‹${expr.text}›`];
    case 'eval-number':
      return [expr.text];
    case 'eval-field':
      return [expr.field.name];
    case 'eval-call':
      return [`${expr.name}(…)`, ...expr.args.flatMap((argument) => indent(showEval(argument)))];
    case 'eval-not':
      return ['NOT', ...indent(showEval(expr.operand))];
    case 'eval-binary':
      return [expr.op, ...indent(showEval(expr.left)), ...indent(showEval(expr.right))];
    case 'eval-case':
      return [
        ...expr.arms.flatMap(({ condition, value }) => [
          'when',
          ...indent(showEval(condition)),
          'then',
          ...indent(showEval(value)),
        ]),
        ...(expr.otherwise === null ? [] : ['else', ...indent(showEval(expr.otherwise))]),
      ];
  }
}

const showKey = (key: Parameters<typeof printOperandName>[0] | Aggregate): string =>
  key.kind === 'aggregate' ? printAggregate(key) : printOperandName(key);

const showAggregate = (aggregate: Aggregate): string =>
  `${printAggregate({ ...aggregate, alias: null })}${aggregate.alias === null ? '' : ` as ${aggregate.alias.name}`}`;
