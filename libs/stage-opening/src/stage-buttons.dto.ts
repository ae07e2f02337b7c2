import {
  ArrayMaxSize,
  ArrayMinSize,
  Equals,
  IsArray,
  IsInt,
  IsOptional,
  IsString,
  IsUUID,
  Max,
  MaxLength,
  Min,
} from 'class-validator';

/** What the Admin UI sends when somebody presses a button on a stage: where, and the fields of its dialog. */
export class PressedButton {
  @Equals('stages')
  collection!: string;

  @IsArray()
  @ArrayMinSize(1, { message: 'choose a stage' })
  @ArrayMaxSize(1, { message: 'choose one stage, not several' })
  @IsUUID('all', { each: true })
  keys!: string[];

  @IsOptional()
  @IsString()
  @MaxLength(500, { message: 'the reason must not be longer than 500 characters' })
  reason?: string | null;

  /** Of a delay. */
  @IsOptional()
  @IsInt({ message: 'minutes must be a whole number' })
  @Min(1)
  @Max(1_440)
  minutes?: number | null;

  /** Of a delay: the number of the first segment that it concerns, from 1. */
  @IsOptional()
  @IsInt({ message: 'the segment must be a whole number, 1 for the first' })
  @Min(1)
  from_segment?: number | null;

  get stageId(): string {
    return this.keys[0]?.toLowerCase() ?? '';
  }
}
