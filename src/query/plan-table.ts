import type { Expr, TableExpr } from './ast.ts';
import { nearest } from './nearest.ts';
import type { TablePlan } from './plan.ts';
import type { Planner } from './plan-scope.ts';

/** `table "name"` at the start of an expression, with its rows; what else the expression says is asked of them. */
export function takeTable(
  planner: Planner,
  whole: Expr | null,
): { readonly table: TablePlan | null; readonly expr: Expr | null } {
  if (whole?.kind === 'table') return { table: tableOf(planner, whole), expr: null };
  if (whole?.kind !== 'and') return { table: null, expr: whole };
  const [first, ...others] = whole.operands;
  if (first?.kind !== 'table') return { table: null, expr: whole };
  const [only, another] = others;
  const rest = only !== undefined && another === undefined ? only : { ...whole, operands: others };
  return { table: tableOf(planner, first), expr: rest };
}

function tableOf(planner: Planner, { name }: TableExpr): TablePlan {
  const { table, providerTable, tableNames = [] } = planner.context;
  const rows = table?.(name.text) ?? providerTable?.(name.text);
  if (rows !== undefined) return { name: name.text, rows };
  const near = nearest(name.text, tableNames);
  const known =
    tableNames.length === 0 ? 'there are no tables here' : `tables are ${tableNames.slice(0, 20).join(', ')}`;
  planner.diagnostics.error(
    name.span,
    `expected the name of a table after \`table\`, saw the unknown table "${name.text}"`,
    near === null ? known : `write \`table "${near}"\``,
  );
  return { name: name.text, rows: { columns: [], rows: [] } };
}
