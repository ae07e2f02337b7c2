import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString, MaxLength } from 'class-validator';
import { LineChangeResponse } from './stage-commands.dto.js';

export class OpenStageRequest {
  @ApiPropertyOptional({ example: 'Opened on time', maxLength: 500, description: 'Shown in the stage log' })
  @IsOptional()
  @IsString()
  @MaxLength(500)
  reason?: string;
}

/** An open stage; every call that finds the stage open gets the same answer. */
export class StageOpeningResponse {
  @ApiProperty({ example: 1, description: 'Version of this answer' }) v!: number;
  @ApiProperty({ format: 'uuid' }) stageId!: string;
  @ApiProperty({ format: 'uuid' }) startListId!: string;
  @ApiProperty({ example: 1, description: 'Version of the start list' }) version!: number;
  @ApiProperty({ example: 88 }) entries!: number;
  @ApiProperty({ example: 4 }) segments!: number;
  @ApiProperty({ format: 'date-time', description: 'Start of the first entry, UTC' }) firstStartAt!: string;
  @ApiProperty({ format: 'date-time', description: 'Start of the last entry, UTC' }) lastStartAt!: string;
  @ApiProperty({ description: 'SHA-256 of the published list' }) checksum!: string;
}

export class StartListLineResponse {
  @ApiProperty({ example: 1, description: '1 starts first' }) position!: number;
  @ApiProperty({ example: 1, description: 'Entries of one group start together' }) group!: number;
  @ApiProperty({ format: 'uuid' }) entryId!: string;
  @ApiProperty({ type: Number, nullable: true, example: 301 }) raceNumber!: number | null;
  @ApiProperty({ type: String, nullable: true }) name!: string | null;
  @ApiProperty({ type: String, nullable: true, example: 'C-2' }) classCode!: string | null;
  @ApiProperty({ format: 'date-time', description: 'UTC' }) startAt!: string;
  @ApiProperty({ example: '15:03', description: "On the clock of the event's time zone" })
  startLocal!: string;
  @ApiPropertyOptional({ type: String, nullable: true, description: 'The pool that it starts in' })
  pool?: string | null;
  @ApiPropertyOptional({
    enum: ['withdrawn', 'dns', 'dnf', 'dsq', 'registered'],
    description: 'Set when it does not start: the slot stays empty',
  })
  status?: string;
  @ApiPropertyOptional({ description: 'Why an official holds it in this position' }) pinned?: string;
  @ApiProperty({ example: '7th in Prologue' }) because!: string;
}

export class StartListSegmentResponse {
  @ApiProperty({ format: 'uuid' }) segmentId!: string;
  @ApiProperty({ example: 'SS1 Krujë – Burrel' }) name!: string;
  @ApiProperty({ example: 'special-stage' }) type!: string;
  @ApiProperty({ example: 3780, description: "Seconds behind an entry's start of the stage" })
  offsetSeconds!: number;
  @ApiProperty({
    type: Number,
    nullable: true,
    example: 5580,
    description:
      "When the segment's end is due, seconds behind an entry's start of the stage; null while it has no target duration",
  })
  dueOffsetSeconds!: number | null;
  @ApiProperty({ example: 'due 60 min after the start of Liaison 1, 3 min lead time' }) because!: string;
}

class StageOfList {
  @ApiProperty({ format: 'uuid' }) stageId!: string;
  @ApiProperty({ example: 'Leg 1' }) stageName!: string;
  @ApiProperty({ enum: ['draft', 'planned', 'open', 'running', 'closed', 'provisional', 'official'] })
  stageState!: string;
  @ApiProperty({ example: 'Europe/Tirane', description: 'Time zone of the event' }) timezone!: string;
  @ApiProperty({ example: 'race_number' }) strategy!: string;
  @ApiProperty({ description: 'SHA-256 of segments and lines' }) checksum!: string;
  @ApiProperty({ type: [StartListSegmentResponse] }) segments!: StartListSegmentResponse[];
  @ApiProperty({ type: [StartListLineResponse] }) lines!: StartListLineResponse[];
}

export class StartListNotice {
  @ApiProperty({ example: 'INPUT_RESULT_INCOMPLETE' }) code!: string;
  @ApiProperty() message!: string;
}

export class ControlTimeOfPreview {
  @ApiProperty({ format: 'uuid' }) segmentId!: string;
  @ApiProperty({ format: 'uuid' }) geofenceId!: string;
  @ApiProperty({ example: 'TC1 Krujë' }) controlName!: string;
  @ApiProperty({ type: String, format: 'uuid', nullable: true }) classId!: string | null;
  @ApiProperty({ type: String, format: 'date-time', nullable: true }) opensAt!: string | null;
  @ApiProperty({ type: String, format: 'date-time', nullable: true }) closesAt!: string | null;
  @ApiProperty({ example: 'last_due_plus' }) mode!: string;
  @ApiProperty({ example: 'closes 15:02: last due 14:32 + 30 min' }) because!: string;
}

export class StartListPreviewResponse extends StageOfList {
  @ApiProperty({ type: [ControlTimeOfPreview] }) controlTimes!: ControlTimeOfPreview[];
  @ApiProperty({
    type: [LineChangeResponse],
    nullable: true,
    description: 'What a redraw would move; null before the opening',
  })
  diff!: LineChangeResponse[] | null;
  @ApiProperty({ type: [StartListNotice], description: 'What an official should know before opening' })
  notices!: StartListNotice[];
}

export class StartListResponse extends StageOfList {
  @ApiProperty({ format: 'uuid' }) startListId!: string;
  @ApiProperty({ example: 1 }) version!: number;
  @ApiProperty({ type: String, nullable: true }) reason!: string | null;
  @ApiProperty({ description: 'The results it was drawn from have changed since' }) stale!: boolean;
  @ApiProperty({ type: [LineChangeResponse], nullable: true, description: 'What a redraw would move' })
  staleDiff!: LineChangeResponse[] | null;
  @ApiProperty({
    type: [LineChangeResponse],
    nullable: true,
    description: 'What this version moved; null for the first',
  })
  diff!: LineChangeResponse[] | null;
  @ApiProperty({ type: String, nullable: true, description: 'Of a draw by lot' }) seed!: string | null;
  @ApiProperty({ format: 'date-time' }) publishedAt!: string;
  @ApiProperty({ type: String, nullable: true }) publishedBy!: string | null;
}
