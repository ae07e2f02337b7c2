import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

/** One field that a request got wrong. */
export class FieldProblem {
  @ApiProperty({ example: '/reason', description: 'JSON pointer into the request body' })
  pointer!: string;

  @ApiProperty({ example: 'reason must be shorter than or equal to 500 characters' })
  message!: string;

  @ApiPropertyOptional({ example: 'STAGE_HAS_NO_SEGMENTS' })
  code?: string;
}

/** The body of every failure, as `application/problem+json` (RFC 9457). */
export class ProblemDocument {
  @ApiProperty({ example: 'about:blank' })
  type!: string;

  @ApiProperty({ example: 'Conflict' })
  title!: string;

  @ApiProperty({ example: 409 })
  status!: number;

  @ApiProperty({ example: 'STAGE_NOT_PLANNED', description: 'Stable, for programs' })
  code!: string;

  @ApiProperty({
    example: 'SS3 is closed and cannot be opened.',
    description: 'For people: what happened and what to do',
  })
  detail!: string;

  @ApiProperty({ example: '/v1/stages/5b0c…/openings' })
  instance!: string;

  @ApiProperty({ example: '7f1c…', description: 'Also in the log and in the X-Request-Id header' })
  requestId!: string;

  @ApiPropertyOptional({ type: [FieldProblem] })
  errors?: FieldProblem[];
}
