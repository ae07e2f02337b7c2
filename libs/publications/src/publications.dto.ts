import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsInstant } from '@trm/platform';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, Max, Min } from 'class-validator';

export class ControlTimeResponse {
  @ApiProperty({
    format: 'uuid',
    type: String,
    nullable: true,
    description: 'Segment that ends at the control',
  })
  segmentId!: string | null;
  @ApiProperty({ type: String, nullable: true, example: 'SS1 Krujë – Burrel' }) segmentName!: string | null;
  @ApiProperty({ format: 'uuid' }) geofenceId!: string;
  @ApiProperty({ example: 'TC1 Krujë' }) control!: string;
  @ApiProperty({ example: 'tc' }) controlKind!: string;
  @ApiProperty({ format: 'uuid', type: String, nullable: true, description: 'null: for all classes' })
  classId!: string | null;
  @ApiProperty({ type: String, nullable: true, example: 'M-1' }) classCode!: string | null;
  @ApiProperty({ format: 'date-time', type: String, nullable: true }) opensAt!: Date | null;
  @ApiProperty({ format: 'date-time', type: String, nullable: true }) closesAt!: Date | null;
  @ApiProperty({
    type: String,
    nullable: true,
    enum: ['strict', 'advisory', null],
    description: 'strict: whoever comes later is excluded',
  })
  enforcement!: string | null;
  @ApiProperty({ example: 'last_due_plus', description: 'Rule that gave the times' }) mode!: string;
  @ApiProperty({ example: 'last crew due 10:47 + 30 min', description: 'The formula in words' })
  formula!: string;
}

export class ControlTimesResponse {
  @ApiProperty({ format: 'uuid' }) stageId!: string;
  @ApiProperty({ example: 'Leg 1' }) stageName!: string;
  @ApiProperty({ enum: ['draft', 'planned', 'open', 'running', 'closed', 'provisional', 'official'] })
  stageState!: string;
  @ApiProperty({ example: 'Europe/Tirane', description: 'Time zone of the event' }) timezone!: string;
  @ApiProperty({ format: 'uuid' }) startListId!: string;
  @ApiProperty({ example: 1, description: 'Version of the start list' }) version!: number;
  @ApiProperty({ description: 'The results that the start list was drawn from have changed since' })
  stale!: boolean;
  @ApiProperty({ format: 'date-time' }) publishedAt!: Date;
  @ApiProperty({ type: [ControlTimeResponse], description: 'In the order of the road book' })
  controls!: ControlTimeResponse[];
}

export class ControlClosingsQuery {
  @ApiPropertyOptional({ minimum: 1, maximum: 1440, default: 30 })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(1440)
  withinMinutes: number = 30;

  @ApiPropertyOptional({
    format: 'date-time',
    example: '2026-06-07T05:30:00Z',
    description: 'What if it were then? An instant with its offset; the present by default',
  })
  @IsOptional()
  @IsInstant()
  at?: string;
}

export class ControlClosingResponse extends ControlTimeResponse {
  @ApiProperty({ format: 'uuid' }) stageId!: string;
  @ApiProperty({ example: 'Leg 1' }) stageName!: string;
  @ApiProperty({ enum: ['open', 'running'] }) stageState!: string;
  @ApiProperty({ format: 'date-time' }) declare closesAt: Date;
  @ApiProperty({ example: 754 }) closesInSeconds!: number;
}

export class ControlClosingsResponse {
  @ApiProperty({ format: 'uuid' }) eventId!: string;
  @ApiProperty({ format: 'date-time' }) at!: Date;
  @ApiProperty({ format: 'date-time' }) until!: Date;
  @ApiProperty({ type: [ControlClosingResponse], description: 'Soonest first' })
  closings!: ControlClosingResponse[];
}

export class CalendarLinkResponse {
  @ApiProperty({
    example: 'https://race.example.org/v1/calendars/events/5b0c….ics?key=…',
    description: 'For calendar programs; whoever has this address can read the calendar',
  })
  url!: string;
}
