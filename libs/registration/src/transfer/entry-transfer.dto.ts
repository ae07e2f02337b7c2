import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsIn, IsOptional, IsString, IsUUID, Matches, MaxLength } from 'class-validator';

export class EntryImportQuery {
  @ApiPropertyOptional({
    enum: ['preview', 'apply'],
    default: 'preview',
    description: 'A preview writes nothing and gives the report that the import would give',
  })
  @IsOptional()
  @IsIn(['preview', 'apply'])
  mode: 'preview' | 'apply' = 'preview';

  @ApiPropertyOptional({
    format: 'uuid',
    description: 'Chosen by who wants to ask at once how far the import has come; else one is made',
  })
  @IsOptional()
  @IsUUID()
  @Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.toLowerCase() : value))
  importId?: string;

  @ApiPropertyOptional({ example: 'entries-2026.csv', description: 'For who looks at the import later' })
  @IsOptional()
  @IsString()
  @MaxLength(200)
  @Matches(/^\P{Cc}*$/u, { message: '$property must not contain control characters' })
  fileName?: string;
}

export class ImportFindingResponse {
  @ApiProperty({ type: String, nullable: true, example: 'crew_1_birth_date' })
  column!: string | null;

  @ApiProperty({ example: 'DATE_UNREADABLE' })
  code!: string;

  @ApiProperty({
    example: '"31.5.90" is no date that can only be read in one way. Write year, month and day: 1990-05-31.',
  })
  message!: string;
}

export class ImportRowResponse {
  @ApiProperty({ example: 2, description: 'As a spreadsheet counts: the header is row 1' })
  row!: number;

  @ApiProperty({ enum: ['new', 'unchanged', 'refused'] })
  result!: string;

  @ApiProperty({ type: Number, nullable: true, example: 12 })
  raceNumber!: number | null;

  @ApiProperty({ type: String, nullable: true })
  name!: string | null;

  @ApiProperty({ type: String, nullable: true, example: 'M-1' })
  classCode!: string | null;

  @ApiProperty({ type: [ImportFindingResponse], description: 'Why the row is refused' })
  violations!: ImportFindingResponse[];

  @ApiProperty({
    type: [ImportFindingResponse],
    description: 'What is missing, or was done otherwise than the file says',
  })
  warnings!: ImportFindingResponse[];
}

export class ImportTotalsResponse {
  @ApiProperty()
  rows!: number;

  @ApiProperty()
  new!: number;

  @ApiProperty()
  unchanged!: number;

  @ApiProperty()
  refused!: number;

  @ApiProperty()
  warnings!: number;
}

export class ImportReportResponse {
  @ApiProperty({ enum: [1] })
  v!: 1;

  @ApiProperty()
  totals!: ImportTotalsResponse;

  @ApiProperty({
    type: [ImportFindingResponse],
    description: 'Of the file as a whole, such as unknown columns',
  })
  warnings!: ImportFindingResponse[];

  @ApiProperty({ type: [ImportRowResponse] })
  rows!: ImportRowResponse[];
}

export class ImportAnswerResponse {
  @ApiProperty({ enum: [1] })
  v!: 1;

  @ApiProperty({ type: String, format: 'uuid', nullable: true, description: 'Null for a preview' })
  importId!: string | null;

  @ApiProperty()
  applied!: boolean;

  @ApiProperty({ example: 'Imported: 40 new, 2 unchanged.' })
  summary!: string;

  @ApiProperty()
  report!: ImportReportResponse;
}

export class ImportStateResponse {
  @ApiProperty({ format: 'uuid' })
  importId!: string;

  @ApiProperty({ enum: ['running', 'done', 'refused', 'failed'] })
  state!: string;

  @ApiProperty({ type: String, nullable: true })
  fileName!: string | null;

  @ApiProperty()
  rowsTotal!: number;

  @ApiProperty()
  rowsDone!: number;

  @ApiProperty({ format: 'date-time' })
  startedAt!: Date;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  finishedAt!: Date | null;

  @ApiProperty({ example: '1250 of 2000 rows are done.' })
  summary!: string;

  @ApiProperty({
    type: ImportReportResponse,
    nullable: true,
    description: 'Of an import that is done or refused',
  })
  report!: ImportReportResponse | null;
}
