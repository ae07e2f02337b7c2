import { type Type, ValidationError, ValidationPipe } from '@nestjs/common';
import { RequestInvalid } from './problem.filter.js';
import type { FieldProblem } from './problem-document.js';

/** Every body and query is checked by the rules of its class; what the class does not name is refused. */
export const requestValidation = new ValidationPipe({
  transform: true,
  whitelist: true,
  forbidNonWhitelisted: true,
  exceptionFactory: (errors) => new RequestInvalid(fieldProblems(errors)),
});

/** The same for what arrives inside something else, such as a signed token. @throws RequestInvalid */
export async function validated<Body extends object>(type: Type<Body>, value: unknown): Promise<Body> {
  return (await requestValidation.transform(value, { type: 'body', metatype: type })) as Body;
}

function fieldProblems(errors: readonly ValidationError[], parent = ''): FieldProblem[] {
  return errors.flatMap(({ property, constraints, children }) => {
    const pointer = `${parent}/${property}`;
    return [
      ...Object.values(constraints ?? {}).map((message) => ({ pointer, message })),
      ...fieldProblems(children ?? [], pointer),
    ];
  });
}
