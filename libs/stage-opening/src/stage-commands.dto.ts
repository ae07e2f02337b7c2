import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsInstant } from '@trm/platform';
import { IsIn, IsInt, IsOptional, IsString, IsUUID, Matches, Max, MaxLength, Min } from 'class-validator';

class VersionSeen {
  @ApiPropertyOptional({
    example: 3,
    description: 'The version of the list that you have seen; when another is in force, nothing is done',
  })
  @IsOptional()
  @IsInt()
  @Min(1)
  expectedVersion?: number;
}

/** A command that may say why. */
export class StageCommandRequest extends VersionSeen {
  @ApiPropertyOptional({ maxLength: 500, description: 'Why; shown in the stage log and on the list' })
  @IsOptional()
  @IsString()
  @MaxLength(500)
  reason?: string;
}

/** A command that has to say why. */
export class ReasonedRequest extends VersionSeen {
  @ApiProperty({ maxLength: 500, description: 'Why; shown in the stage log and on the list' })
  @IsString()
  @Matches(/\S/, { message: 'reason must say something' })
  @MaxLength(500)
  reason!: string;
}

export class LateEntryRequest extends ReasonedRequest {
  @ApiProperty({ format: 'uuid' })
  @IsUUID()
  entryId!: string;

  @ApiPropertyOptional({
    enum: ['tail', 'vacancy'],
    default: 'tail',
    description: 'Behind the last start, or in the first slot that an absent entry left empty',
  })
  @IsOptional()
  @IsIn(['tail', 'vacancy'])
  placement?: 'tail' | 'vacancy';
}

export class WithdrawalRequest extends ReasonedRequest {
  @ApiProperty({ format: 'uuid' })
  @IsUUID()
  entryId!: string;

  @ApiProperty({ enum: ['withdrawn', 'dns'], description: 'Leaves the event, or does not start' })
  @IsIn(['withdrawn', 'dns'])
  status!: 'withdrawn' | 'dns';
}

export class PinRequest extends ReasonedRequest {
  @ApiProperty({ format: 'uuid' })
  @IsUUID()
  entryId!: string;

  @ApiProperty({ example: 5, description: 'In the whole list, from 1; one behind the last is the tail' })
  @IsInt()
  @Min(1)
  @Max(10_000)
  position!: number;
}

export class UnpinRequest extends ReasonedRequest {
  @ApiProperty({ format: 'uuid' })
  @IsUUID()
  entryId!: string;
}

export class DelayRequest extends ReasonedRequest {
  @ApiProperty({ example: 1200, description: 'Seconds, added to what was announced before' })
  @IsInt()
  @Min(1)
  @Max(86_400)
  seconds!: number;

  @ApiPropertyOptional({
    format: 'uuid',
    description: 'The first segment that is delayed; all when left out',
  })
  @IsOptional()
  @IsUUID()
  fromSegmentId?: string;
}

export class ActualStartRequest extends StageCommandRequest {
  @ApiProperty({ format: 'uuid' })
  @IsUUID()
  entryId!: string;

  @ApiPropertyOptional({ format: 'uuid', description: 'The first segment when left out' })
  @IsOptional()
  @IsUUID()
  segmentId?: string;

  @ApiProperty({ format: 'date-time', example: '2026-06-06T13:03:00Z' })
  @IsInstant()
  startedAt!: string;
}

class SlotResponse {
  @ApiProperty({ example: 5 }) position!: number;
  @ApiProperty({ format: 'date-time' }) startAt!: string;
  @ApiPropertyOptional({ example: 'dns' }) status?: string;
}

export class LineChangeResponse {
  @ApiProperty({ format: 'uuid' }) entryId!: string;
  @ApiProperty({ type: Number, nullable: true }) raceNumber!: number | null;
  @ApiProperty({ type: String, nullable: true }) name!: string | null;
  @ApiProperty({
    enum: ['added', 'removed', 'moved', 'vacated', 'reinstated', 'pinned', 'unpinned', 'respaced'],
  })
  change!: string;
  @ApiProperty({ type: SlotResponse, nullable: true }) from!: SlotResponse | null;
  @ApiProperty({ type: SlotResponse, nullable: true }) to!: SlotResponse | null;
}

export class StageNoticeResponse {
  @ApiProperty({ example: 'OTHER_STAGE_OPEN' }) code!: string;
  @ApiProperty() message!: string;
}

/** What a command did. */
export class StageAnswerResponse {
  @ApiProperty({ example: 1 }) v!: number;
  @ApiProperty({ format: 'uuid' }) stageId!: string;
  @ApiProperty() stageName!: string;
  @ApiProperty({ enum: ['draft', 'planned', 'open', 'running', 'closed', 'provisional', 'official'] })
  stageState!: string;
  @ApiProperty({ type: Number, nullable: true, description: 'Version of the list in force' })
  version!: number | null;
  @ApiProperty({ type: String, format: 'uuid', nullable: true }) startListId!: string | null;
  @ApiProperty({ description: 'false when everything was as wanted already' }) changed!: boolean;
  @ApiProperty({ example: '#7 from position 3, 08:03 to position 9, 08:09.' }) summary!: string;
  @ApiProperty({ type: [LineChangeResponse] }) diff!: LineChangeResponse[];
  @ApiProperty({ type: [StageNoticeResponse] }) notices!: StageNoticeResponse[];
}
