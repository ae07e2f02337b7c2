import {
  ArrayMaxSize,
  ArrayMinSize,
  Equals,
  IsArray,
  IsOptional,
  IsString,
  IsUUID,
  MaxLength,
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

  get stageId(): string {
    return this.keys[0]?.toLowerCase() ?? '';
  }
}
