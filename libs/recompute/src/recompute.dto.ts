import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { RECOMPUTE_LAYERS, RECOMPUTE_REASON_NAMES } from '@trm/contracts';
import { IsInstant } from '@trm/platform';
import type { RecomputeLayer } from '@trm/rules';
import { Transform, Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayNotEmpty,
  ArrayUnique,
  IsArray,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  IsUUID,
  Matches,
  Max,
  MaxLength,
  Min,
} from 'class-validator';

const STATUSES = ['queued', 'running', 'done', 'failed', 'cancelled'] as const;

class Reasoned {
  @ApiProperty({ maxLength: 500, description: 'Why; staff read it beside the request' })
  @IsString()
  @Matches(/\S/, { message: 'reason must say something' })
  @MaxLength(500)
  reason!: string;
}

export class RecomputeOrderRequest extends Reasoned {
  @ApiProperty({ format: 'uuid' })
  @IsUUID()
  eventId!: string;

  @ApiPropertyOptional({ type: [String], format: 'uuid', description: 'All of the event when left out' })
  @IsOptional()
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(200)
  @ArrayUnique()
  @IsUUID(undefined, { each: true })
  stageIds?: string[];

  @ApiPropertyOptional({ type: [String], format: 'uuid', description: 'All of the stages when left out' })
  @IsOptional()
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(1_000)
  @ArrayUnique()
  @IsUUID(undefined, { each: true })
  entryIds?: string[];

  @ApiPropertyOptional({ enum: RECOMPUTE_LAYERS, isArray: true, description: 'Everything when left out' })
  @IsOptional()
  @IsArray()
  @ArrayNotEmpty()
  @ArrayUnique()
  @IsIn(RECOMPUTE_LAYERS, { each: true })
  layers?: RecomputeLayer[];
}

export class RecomputeRequestsQuery {
  @ApiProperty({ format: 'uuid' })
  @IsUUID()
  eventId!: string;

  @ApiPropertyOptional({ enum: STATUSES, isArray: true, description: 'Separated by commas' })
  @IsOptional()
  @Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.split(',') : value))
  @IsIn(STATUSES, { each: true })
  status?: string[];

  @ApiPropertyOptional({ default: 50, minimum: 1, maximum: 200 })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(200)
  limit: number = 50;

  @ApiPropertyOptional({ default: 0, minimum: 0 })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(100_000)
  offset: number = 0;
}

export class PersonResponse {
  @ApiProperty({ format: 'uuid' }) id!: string;
  @ApiProperty() name!: string;
}

export class RecomputeRequestResponse {
  @ApiProperty({ format: 'uuid' }) id!: string;
  @ApiProperty({ format: 'uuid' }) eventId!: string;
  @ApiProperty({ enum: RECOMPUTE_REASON_NAMES }) reason!: string;
  @ApiProperty({ type: String, nullable: true, description: 'In the words of whoever asked' })
  reasonText!: string | null;
  @ApiProperty({
    type: PersonResponse,
    nullable: true,
    description: 'Null when a program did not say for whom',
  })
  requestedBy!: PersonResponse | null;
  @ApiProperty({ type: Object, nullable: true, description: 'What was changed or asked for' })
  scope!: object | null;
  @ApiProperty({ enum: RECOMPUTE_LAYERS, isArray: true }) layers!: string[];
  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'First position that was marked',
  })
  windowFrom!: string | null;
  @ApiProperty({ type: String, format: 'date-time', nullable: true }) windowTo!: string | null;
  @ApiProperty({ enum: STATUSES }) status!: string;
  @ApiProperty({ description: 'Entries in stages that are computed again' }) targetsTotal!: number;
  @ApiProperty() targetsApplied!: number;
  @ApiProperty() targetsFailed!: number;
  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'Since when the oldest of them waits',
  })
  oldestWaitingSince!: string | null;
  @ApiProperty({ format: 'date-time' }) createdAt!: string;
  @ApiProperty({ format: 'date-time' }) updatedAt!: string;
  @ApiProperty({ type: String, format: 'date-time', nullable: true }) finishedAt!: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'Why one of them failed' }) error!: string | null;
  @ApiProperty({
    type: Object,
    nullable: true,
    description:
      'resultsChanged: how many results differ since; changes: the first fifty of them, before and after; official: stages that were left out because their results are official',
  })
  result!: object | null;
}

export class RecomputeRequestList {
  @ApiProperty({ type: [RecomputeRequestResponse] }) items!: RecomputeRequestResponse[];
}

export class PositionRangeRequest {
  @ApiPropertyOptional({
    format: 'uuid',
    description: 'Positions of whatever tracker the entry carried then',
  })
  @IsOptional()
  @IsUUID()
  entryId?: string;

  @ApiPropertyOptional({ format: 'uuid', description: 'Positions of this tracker' })
  @IsOptional()
  @IsUUID()
  deviceId?: string;

  @ApiProperty({ format: 'date-time', description: 'First position, included' })
  @IsInstant()
  from!: string;

  @ApiPropertyOptional({
    format: 'date-time',
    description: 'Last position, included; the same as "from" when left out: a single one',
  })
  @IsOptional()
  @IsInstant()
  to?: string;
}

export class PositionFaultRequest extends PositionRangeRequest {
  @ApiProperty({
    maxLength: 500,
    description: 'Why they are wrong; staff read it beside the mark and the request',
  })
  @IsString()
  @Matches(/\S/, { message: 'reason must say something' })
  @MaxLength(500)
  reason!: string;
}

export class RestorationRequest extends Reasoned {}

export class TouchedStageResponse {
  @ApiProperty({ format: 'uuid' }) entryId!: string;
  @ApiProperty({ example: '#12 Crew' }) entry!: string;
  @ApiProperty({ format: 'uuid' }) stageId!: string;
  @ApiProperty() stage!: string;
  @ApiProperty() positions!: number;
  @ApiProperty({ description: 'Official results stay as they are until they are reopened' })
  isOfficial!: boolean;
}

export class PositionFaultPreviewResponse {
  @ApiProperty({ description: 'How many would be marked' }) positions!: number;
  @ApiProperty({ description: 'How many in that range are marked already' }) alreadyFaulty!: number;
  @ApiProperty({ type: [TouchedStageResponse] }) stages!: TouchedStageResponse[];
}

export class PositionFaultResponse extends PositionFaultPreviewResponse {
  @ApiProperty({ format: 'uuid' }) positionFaultId!: string;
  @ApiProperty({ type: [String], format: 'uuid' }) recomputeRequestIds!: string[];
  @ApiProperty({ example: '11 positions of #12 marked as faulty. "Leg 1" is computed again for #12 Crew.' })
  summary!: string;
}
