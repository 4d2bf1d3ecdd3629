import { unreachable } from '../shared/assert.ts';
import type {
  Aggregate,
  AggregateArgument,
  ChartCommand,
  Command,
  Operand,
  Query,
  SortKey,
  TimechartCommand,
} from './ast.ts';
import type { ProcessCommand } from './ast-process.ts';
import { printExpression, printField, printOperand, printValue } from './print-expression.ts';
import { printNumberExpression } from './print-number.ts';

/** The query's text in one spelling. `parseQuery(printQuery(q))` is `q` again, up to spans. */
export function printQuery(query: Query): string {
  const parts = query.commands.map((command) => `| ${printCommand(command)}`);
  if (query.filter !== null) parts.unshift(printExpression(query.filter));
  return parts.join(' ');
}

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
    case 'later':
      return `${command.name} ${command.text}`;
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
