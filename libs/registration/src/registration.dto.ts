import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  checkItems,
  crewRoles,
  type CheckItem,
  type CheckState,
  type CrewRole,
  type EntryStatus,
} from '@trm/rules';
import { Transform, Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  IsUUID,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateIf,
  ValidateNested,
} from 'class-validator';

const STATUSES = [
  'registered',
  'confirmed',
  'started',
  'finished',
  'dnf',
  'dns',
  'dsq',
  'withdrawn',
] as const;
const CHECK_STATES = ['pending', 'passed', 'failed', 'waived'] as const;
const FOUND_BY = ['any', 'vehicle', 'pilot', 'team'] as const;
const LARGEST_NUMBER = 2_147_483_647;
/** Control characters have no place in a name. */
const PRINTABLE = /^\P{Cc}*$/u;
const printable = { message: '$property must not contain control characters' };

class CrewMemberRequest {
  @ApiProperty({ format: 'uuid', description: 'The person: a member of the organisation' })
  @IsUUID()
  personId!: string;

  @ApiProperty({ enum: crewRoles })
  @IsIn([...crewRoles])
  role!: CrewRole;
}

class TrackerRequest {
  @ApiProperty({ example: '001001010000013', description: 'IMEI of a tracker of the organisation' })
  @IsString()
  @Matches(PRINTABLE, printable)
  @MaxLength(40)
  imei!: string;

  @ApiPropertyOptional({
    type: String,
    format: 'uuid',
    nullable: true,
    description: 'Who wears it; left out: on the vehicle',
  })
  @IsOptional()
  @IsUUID()
  wornBy?: string | null;
}

export class RegistrationRequest {
  @ApiPropertyOptional({
    maxLength: 200,
    description: 'As printed on lists; left out: the names of the crew',
  })
  @IsOptional()
  @IsString()
  @Matches(/\S/, { message: 'name must say something' })
  @Matches(PRINTABLE, printable)
  @MaxLength(200)
  name?: string;

  @ApiPropertyOptional({ type: String, maxLength: 200, nullable: true })
  @IsOptional()
  @IsString()
  @Matches(PRINTABLE, printable)
  @MaxLength(200)
  teamName?: string | null;

  @ApiPropertyOptional({ type: String, format: 'uuid', nullable: true })
  @IsOptional()
  @IsUUID()
  classId?: string | null;

  @ApiPropertyOptional({ type: String, format: 'uuid', nullable: true })
  @IsOptional()
  @IsUUID()
  vehicleId?: string | null;

  @ApiPropertyOptional({ type: [CrewMemberRequest], maxItems: 20 })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(20)
  @ValidateNested({ each: true })
  @Type(() => CrewMemberRequest)
  crew?: CrewMemberRequest[];

  @ApiPropertyOptional({ type: [TrackerRequest], maxItems: 20 })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(20)
  @ValidateNested({ each: true })
  @Type(() => TrackerRequest)
  devices?: TrackerRequest[];

  @ApiPropertyOptional({
    oneOf: [
      { type: 'integer', minimum: 0 },
      { type: 'string', enum: ['next'] },
    ],
    description:
      'A number that is wished for, or "next" for the next free one of the class; left out: none yet',
  })
  @IsOptional()
  @ValidateIf((_, value) => value !== 'next')
  @IsInt({ message: 'raceNumber must be a whole number or "next"' })
  @Min(0)
  @Max(LARGEST_NUMBER)
  raceNumber?: number | 'next' | null;

  @ApiPropertyOptional({ default: false, description: 'Wait for a place when the class is full' })
  @IsOptional()
  @IsBoolean()
  waitingList?: boolean;

  @ApiPropertyOptional({
    format: 'uuid',
    description: 'An earlier entry to copy crew, vehicle, name and team from; everything is checked again',
  })
  @IsOptional()
  @IsUUID()
  previousEntryId?: string;
}

export class StatusChangeRequest {
  @ApiProperty({ enum: STATUSES })
  @IsIn([...STATUSES])
  to!: EntryStatus;

  @ApiPropertyOptional({
    maxLength: 500,
    description:
      'Why. Did not finish: begins with mechanical, accident, medical, retired, otl, cutoff, missed_cp or device_lost. Disqualified: "Decision 12: …".',
  })
  @IsOptional()
  @IsString()
  @MaxLength(500)
  reason?: string;

  @ApiPropertyOptional({
    minimum: 0,
    description: 'Of a confirmation: the number of an entry that has none; left out: the next free one',
  })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(LARGEST_NUMBER)
  raceNumber?: number;
}

export class EntryReasonRequest {
  @ApiPropertyOptional({ maxLength: 500, description: 'Why; staff always say so' })
  @IsOptional()
  @IsString()
  @MaxLength(500)
  reason?: string;
}

export class NumberRequest {
  @ApiPropertyOptional({
    minimum: 0,
    description: 'A number that is wished for; left out: the next free one',
  })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(LARGEST_NUMBER)
  raceNumber?: number;
}

export class ClassChangeRequest {
  @ApiProperty({ format: 'uuid' })
  @IsUUID()
  classId!: string;

  @ApiPropertyOptional({
    minimum: 0,
    description: 'Number in the new class; left out: the own when it fits, else the next free one',
  })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(LARGEST_NUMBER)
  raceNumber?: number;

  @ApiPropertyOptional({ default: false })
  @IsOptional()
  @IsBoolean()
  waitingList?: boolean;
}

export class CrewCopyRequest {
  @ApiPropertyOptional({
    format: 'uuid',
    description: 'The entry to copy from; left out: the newest that is found',
  })
  @IsOptional()
  @IsUUID()
  fromEntryId?: string;

  @ApiPropertyOptional({ enum: FOUND_BY, default: 'any', description: 'What the earlier entry is found by' })
  @IsOptional()
  @IsIn([...FOUND_BY])
  foundBy?: (typeof FOUND_BY)[number];
}

export class BindingRequest extends TrackerRequest {}

export class SwapRequest {
  @ApiProperty({ example: '001001010000013', description: 'IMEI of the tracker that comes off' })
  @IsString()
  @Matches(PRINTABLE, printable)
  @MaxLength(40)
  from!: string;

  @ApiProperty({ example: '001001010000021', description: 'IMEI of the tracker that goes on' })
  @IsString()
  @Matches(PRINTABLE, printable)
  @MaxLength(40)
  to!: string;
}

export class ReleaseRequest {
  @ApiProperty({ example: '001001010000013' })
  @IsString()
  @Matches(PRINTABLE, printable)
  @MaxLength(40)
  imei!: string;
}

class CheckRequest {
  @ApiProperty({ enum: checkItems })
  @IsIn([...checkItems])
  item!: CheckItem;

  @ApiProperty({ enum: CHECK_STATES })
  @IsIn([...CHECK_STATES])
  state!: CheckState;

  @ApiPropertyOptional({ maxLength: 500, description: 'Why it is waived' })
  @IsOptional()
  @IsString()
  @Matches(/\S/, { message: 'reason must say something' })
  @MaxLength(500)
  reason?: string;
}

export class ChecksRequest {
  @ApiProperty({ type: [CheckRequest], minItems: 1, maxItems: 20 })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(20)
  @ArrayUnique((check: CheckRequest) => check?.item)
  @ValidateNested({ each: true })
  @Type(() => CheckRequest)
  checks!: CheckRequest[];
}

/** Nothing between two commas, or nothing at all, asks for nothing. */
const list = ({ value }: { value: unknown }): unknown =>
  typeof value === 'string' ? value.split(',').filter((part) => part !== '') : value;

export class EntriesQuery {
  @ApiPropertyOptional({ enum: STATUSES, isArray: true, description: 'Only these, separated by commas' })
  @IsOptional()
  @Transform(list)
  @IsArray()
  @ArrayMaxSize(STATUSES.length)
  @IsIn([...STATUSES], { each: true })
  status?: EntryStatus[];

  @ApiPropertyOptional({ format: 'uuid' })
  @IsOptional()
  @IsUUID()
  classId?: string;

  @ApiPropertyOptional({
    enum: ['true', 'false'],
    description: 'Only those that wait for a place, or that have one',
  })
  @IsOptional()
  @IsIn(['true', 'false'])
  waiting?: 'true' | 'false';

  @ApiPropertyOptional({ type: 'integer', default: 100, minimum: 1, maximum: 1_000 })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(1_000)
  limit: number = 100;

  @ApiPropertyOptional({ type: 'integer', default: 0, minimum: 0, maximum: 1_000_000 })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(1_000_000)
  offset: number = 0;
}

class ViolationResponse {
  @ApiProperty({ example: 'CREW_TOO_FEW' })
  code!: string;

  @ApiProperty({ enum: ['error', 'warning'] })
  severity!: 'error' | 'warning';

  @ApiProperty({ example: '/entry/crew' })
  pointer!: string;

  @ApiProperty({ description: 'What is wrong, and what to do' })
  message!: string;
}

class ChecklistItemResponse {
  @ApiProperty({ enum: checkItems })
  item!: CheckItem;

  @ApiProperty({ enum: ['document', 'readiness'] })
  kind!: 'document' | 'readiness';

  @ApiProperty({ enum: CHECK_STATES })
  state!: CheckState;
}

export class EntryAnswerResponse {
  @ApiProperty({ example: 1 })
  v!: 1;

  @ApiProperty({ format: 'uuid' })
  entryId!: string;

  @ApiProperty({ format: 'uuid' })
  eventId!: string;

  @ApiProperty()
  eventName!: string;

  @ApiProperty()
  name!: string;

  @ApiProperty({ type: Number, nullable: true })
  raceNumber!: number | null;

  @ApiProperty({ type: String, nullable: true, example: 'M-1' })
  classCode!: string | null;

  @ApiProperty({ enum: STATUSES })
  status!: string;

  @ApiProperty({ type: Date, nullable: true, description: 'Since when it waits for a place' })
  waitingSince!: Date | null;

  @ApiProperty({ description: 'False when everything was as wanted before' })
  changed!: boolean;

  @ApiProperty({ example: '#7 is confirmed now.' })
  summary!: string;

  @ApiProperty({
    type: [ViolationResponse],
    description: 'What speaks against the entry; errors forbid to confirm it',
  })
  violations!: readonly ViolationResponse[];

  @ApiProperty()
  mayConfirm!: boolean;

  @ApiProperty({ type: [ViolationResponse], description: 'What keeps it from starting' })
  notReady!: readonly ViolationResponse[];

  @ApiProperty({
    type: [ChecklistItemResponse],
    description: 'Documents are looked at before it is confirmed, readiness before it starts',
  })
  checklist!: readonly ChecklistItemResponse[];
}

class CopiedItemResponse {
  @ApiProperty({ enum: ['person', 'vehicle', 'device', 'document'] })
  what!: string;

  @ApiProperty()
  id!: string;

  @ApiProperty()
  label!: string;

  @ApiPropertyOptional()
  from?: string;

  @ApiPropertyOptional()
  to?: string;

  @ApiProperty({ description: 'Why it is so' })
  reason!: string;
}

export class CopyReportResponse {
  @ApiProperty({ type: [CopiedItemResponse] })
  copied!: readonly CopiedItemResponse[];

  @ApiProperty({ type: [CopiedItemResponse] })
  changed!: readonly CopiedItemResponse[];

  @ApiProperty({ type: [CopiedItemResponse] })
  dropped!: readonly CopiedItemResponse[];
}

export class RegistrationAnswerResponse extends EntryAnswerResponse {
  @ApiProperty({ type: CopyReportResponse, nullable: true })
  copy!: CopyReportResponse | null;
}

export class CrewCopyResponse extends RegistrationAnswerResponse {
  @ApiProperty({ format: 'uuid', description: 'The entry that was copied from' })
  fromEntryId!: string;

  @ApiProperty()
  fromEventName!: string;
}

class NotReadyEntryResponse {
  @ApiProperty({ format: 'uuid' })
  entryId!: string;

  @ApiProperty({ type: Number, nullable: true })
  raceNumber!: number | null;

  @ApiProperty()
  name!: string;

  @ApiProperty({ type: String, nullable: true })
  classCode!: string | null;

  @ApiProperty({ enum: STATUSES })
  status!: string;

  @ApiProperty({ type: Date, nullable: true })
  waitingSince!: Date | null;

  @ApiProperty({ type: [ViolationResponse] })
  because!: readonly ViolationResponse[];
}

class ReadinessCounts {
  @ApiProperty()
  registered!: number;

  @ApiProperty({ description: 'Registered ones that wait for a place' })
  waiting!: number;

  @ApiProperty()
  confirmed!: number;

  @ApiProperty({ description: 'Confirmed ones that can start' })
  ready!: number;
}

class ClassPlaces {
  @ApiProperty({ format: 'uuid' })
  classId!: string;

  @ApiProperty()
  code!: string;

  @ApiProperty()
  name!: string;

  @ApiProperty({ type: Number, nullable: true })
  capacity!: number | null;

  @ApiProperty()
  placesTaken!: number;

  @ApiProperty()
  waiting!: number;
}

export class EventReadinessResponse {
  @ApiProperty({ format: 'uuid' })
  eventId!: string;

  @ApiProperty()
  eventName!: string;

  @ApiProperty({ type: ReadinessCounts })
  counts!: ReadinessCounts;

  @ApiProperty({ type: [ClassPlaces] })
  classes!: readonly ClassPlaces[];

  @ApiProperty({ type: [NotReadyEntryResponse] })
  cannotStart!: readonly NotReadyEntryResponse[];
}

class EntryRowResponse {
  @ApiProperty({ format: 'uuid' })
  entryId!: string;

  @ApiProperty({ type: Number, nullable: true })
  raceNumber!: number | null;

  @ApiProperty()
  name!: string;

  @ApiProperty({ type: String, nullable: true })
  teamName!: string | null;

  @ApiProperty({ enum: STATUSES })
  status!: string;

  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  classId!: string | null;

  @ApiProperty({ type: String, nullable: true })
  classCode!: string | null;

  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  vehicleId!: string | null;

  @ApiProperty({ type: String, nullable: true, example: 'KTM 450 EXC-F' })
  vehicle!: string | null;

  @ApiProperty({ type: Number, nullable: true })
  seed!: number | null;

  @ApiProperty({ type: String, nullable: true })
  priorityGroup!: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'For the office and the crew' })
  statusReason!: string | null;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'For the office and the crew',
  })
  waitingSince!: string | null;

  @ApiProperty({ type: String, format: 'date-time' })
  updatedAt!: string;
}

export class EntriesResponse {
  @ApiProperty({ format: 'uuid' })
  eventId!: string;

  @ApiProperty({ description: 'How many there are beside this page' })
  total!: number;

  @ApiProperty({ type: [EntryRowResponse] })
  entries!: EntryRowResponse[];
}

class CrewRowResponse {
  @ApiProperty({ format: 'uuid' })
  personId!: string;

  @ApiProperty({ enum: crewRoles })
  role!: CrewRole;

  @ApiProperty()
  name!: string;
}

class DeviceRowResponse {
  @ApiProperty({ format: 'uuid' })
  deviceId!: string;

  @ApiProperty()
  imei!: string;

  @ApiProperty()
  kind!: string;

  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  wornBy!: string | null;

  @ApiProperty({ type: String, format: 'date-time' })
  validFrom!: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  validTo!: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  lastPositionAt!: string | null;
}

class CheckRowResponse {
  @ApiProperty({ enum: checkItems })
  item!: CheckItem;

  @ApiProperty({ enum: CHECK_STATES })
  state!: CheckState;

  @ApiProperty({ type: String, nullable: true })
  waivedReason!: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  checkedAt!: string | null;
}

export class EntryResponse extends EntryRowResponse {
  @ApiProperty({ format: 'uuid' })
  eventId!: string;

  @ApiProperty({ type: [CrewRowResponse], nullable: true, description: 'For the office and the crew' })
  crew!: CrewRowResponse[] | null;

  @ApiProperty({ type: [DeviceRowResponse], nullable: true, description: 'For the office and the crew' })
  devices!: DeviceRowResponse[] | null;

  @ApiProperty({ type: [CheckRowResponse], nullable: true, description: 'For the office and the crew' })
  checks!: CheckRowResponse[] | null;
}
