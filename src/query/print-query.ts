import { unreachable } from '../shared/assert.ts';
import type {
  Aggregate,
  AggregateArgument,
  ChartCommand,
  Command,
  Duration,
  Operand,
  Query,
  SortKey,
  TimechartCommand,
} from './ast.ts';
import type { ProcessCommand } from './ast-process.ts';
import type { Stream, StreamSource } from './ast-stream.ts';
import { printExpression, printField, printOperand, printValue } from './print-expression.ts';
import { printNumberExpression } from './print-number.ts';

/** The query's text in one spelling. `parseQuery(printQuery(q))` is `q` again, up to spans. */
export function printQuery(query: Query): string {
  const parts = query.commands.map((command) => `| ${printCommand(command)}`);
  if (query.filter !== null) parts.unshift(printExpression(query.filter));
  if (query.streams !== null) parts.unshift(printStreams(query.streams));
  return parts.join(' ');
}

function printStreams({ first, links }: StreamSource): string {
  const parts = [printStream(first)];
  for (const { operation, stream, within, on } of links) {
    parts.push(operation, printStream(stream));
    if (within !== null) parts.push(printWithin(within));
    if (on.length === 0) continue;
    parts.push(`on ${on.map(({ left, right }) => `${printField(left)} = ${printField(right)}`).join(', ')}`);
  }
  return parts.join(' ');
}

function printStream({ count, filter, commands, same, within, name }: Stream): string {
  const parts = count === null ? [] : [String(count)];
  if (filter !== null) {
    const text = printExpression(filter);
    // A number at the start of a stream would be how often its events come.
    parts.push(count === null && /^\d/.test(text) ? `(${text})` : text);
  }
  parts.push(...commands.map((command) => `| ${printCommand(command)}`));
  if (same.length > 0) parts.push(`having same ${same.map(printField).join(', ')}`);
  if (within !== null) parts.push(printWithin(within));
  return `[${parts.join(' ')}]${name === null ? '' : ` as ${printField(name)}`}`;
}

const printWithin = ({ count, unit }: Duration): string => `within ${count} ${unit}`;

function printCommand(command: Command): string {
  switch (command.kind) {
    case 'chart':
    case 'timechart':
      return printChart(command);
    case 'search':
      return `${command.name} ${printExpression(command.condition)}`;
    case 'fields':
      return `fields ${command.columns.map(printColumn).join(', ')}`;
    case 'rename':
      return `rename ${command.pairs.map(({ from, to }) => `${printField(from)} as ${printField(to)}`).join(', ')}`;
    case 'order':
      return printOrder(command.keys);
    case 'latest':
      return `latest by ${command.groups.map(printOperand).join(', ')}`;
    case 'limit':
      return `limit ${command.limit.count}`;
    case 'regex': {
      const mode = command.mode === null ? '' : `, ${printValue(command.mode)}`;
      return `process regex(${printValue(command.pattern)}, ${printField(command.field)}${mode})`;
    }
    case 'eval':
      return `process ${command.kind}(${printValue(command.body)})`;
    case 'rex':
    case 'norm':
      return `${command.kind}${command.field === null ? '' : ` on ${printField(command.field)}`} ${command.pattern.text}`;
    case 'process':
      return printProcess(command);
    default:
      return unreachable(command);
  }
}

function printProcess({ name, args, targets }: ProcessCommand): string {
  const written = args.map(({ option, text, quote }) => {
    const value = quote === null ? text : `${quote}${text}${quote}`;
    return option === null ? value : `${option}=${value}`;
  });
  const as = targets.length === 0 ? '' : ` as ${targets.map(printField).join(', ')}`;
  return `process ${name}(${written.join(', ')})${as}`;
}

function printChart(chart: ChartCommand | TimechartCommand): string {
  const parts = [`${chart.kind} ${chart.aggregates.map(printAggregate).join(', ')}`];
  if (chart.groups.length > 0) parts.push(`by ${chart.groups.map(printOperand).join(', ')}`);
  if (chart.kind === 'timechart' && chart.every !== null) parts.push(`every ${chart.every.count} ${chart.every.unit}`);
  if (chart.order.length > 0) parts.push(printOrder(chart.order));
  if (chart.limit !== null) parts.push(`limit ${chart.limit.count}`);
  return parts.join(' ');
}

const printOrder = (keys: readonly SortKey[]): string =>
  `order by ${keys.map(({ key, direction }) => `${printColumn(key)}${direction === 'desc' ? ' desc' : ''}`).join(', ')}`;

const printColumn = (column: Operand | Aggregate): string =>
  column.kind === 'aggregate' ? printAggregate(column) : printOperand(column);

/** An aggregate with its alias; without one, this text is the name of its column. */
export function printAggregate(aggregate: Aggregate): string {
  const argument = aggregate.argument === null ? '' : printArgument(aggregate.argument);
  const alias = aggregate.alias === null ? '' : ` as ${printField(aggregate.alias)}`;
  return `${aggregate.name}(${argument})${alias}`;
}

const printArgument = (argument: AggregateArgument): string =>
  argument.kind === 'condition' ? printExpression(argument.condition) : printNumberExpression(argument.expression);

/** The name that a field or function has as a column: a field's name without quotes. */
export const printOperandName = (operand: Operand): string =>
  operand.kind === 'field' ? operand.name : printOperand(operand);
