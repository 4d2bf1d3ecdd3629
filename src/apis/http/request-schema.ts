import type { FastifySchemaCompiler } from 'fastify';
import type { TSchema } from 'typebox';
import { Compile, type Validator } from 'typebox/compile';
import { Value } from 'typebox/value';
import { AppError } from '../../shared/errors.ts';

/** Schemas stand on two routes each, one for each form of the path. */
const compiled = new WeakMap<TSchema, Validator>();

/**
 * Checks bodies and query strings against the schema on the route and answers in the contract's words. Text in the
 * query string is converted first (`wait=5`); bodies are taken as they are. Params and headers are text: their schemas
 * describe, and what they name is looked up.
 */
export const compileRequestSchema: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  if (httpPart === 'params' || httpPart === 'headers') return (value: unknown) => ({ value });
  const check = compiled.get(schema) ?? Compile(schema);
  compiled.set(schema, check);
  return (value: unknown) => {
    const given = httpPart === 'body' ? value : Value.Convert(schema, value);
    if (check.Check(given)) return { value: given };
    return { error: problemOf(check.Errors(given), httpPart ?? 'request') };
  };
};

type Problem = {
  readonly keyword: string;
  readonly instancePath: string;
  readonly params: object;
  readonly message: string;
};

function problemOf(problems: readonly Problem[], httpPart: string): AppError {
  // A union reports each branch and then itself; the last problem is about the whole value.
  const problem = problems.find(({ keyword }) => keyword === 'required') ?? problems.at(-1);
  if (problem === undefined) return missing(httpPart);
  const path = problem.instancePath.split('/').slice(1);
  if (problem.keyword === 'required' && 'requiredProperties' in problem.params) {
    const names = problem.params.requiredProperties;
    return missing(Array.isArray(names) ? String(names[0]) : httpPart);
  }
  const field = fieldOf(path);
  if (field === undefined) return missing(httpPart === 'body' ? 'data' : httpPart);
  if (problem.keyword === 'type' || problem.keyword === 'anyOf' || problem.keyword === 'required')
    return missing(field);
  if (problem.keyword === 'enum' && 'allowedValues' in problem.params && Array.isArray(problem.params.allowedValues)) {
    return invalid(`${field} must be one of ${problem.params.allowedValues.join(', ')}.`);
  }
  return invalid(`${field} ${problem.message}.`);
}

/** The name that a caller knows: the last part of the path that is no place in a list. */
const fieldOf = (path: readonly string[]): string | undefined => path.findLast((part) => !/^\d+$/.test(part));

/** Source of the text: contract/director-api.md, section 1; it stands for missing and for ill-typed. */
export const missing = (field: string): AppError => invalid(`${field} must be present in request.`);

const invalid = (message: string): AppError => new AppError('invalid', 'REQUEST_INVALID', message);
