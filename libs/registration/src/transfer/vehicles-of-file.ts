import type { ClassFile } from '../registration-store.js';
import type { VehicleRecord } from './entry-record.js';
import type { Findings } from './findings.js';
import type { ImportFacts } from './plan-entry-import.js';
import type { EntryRow, NamedVehicle } from './read-entry-rows.js';
import { isSameVehicle, key, plateKey } from './same-entry.js';

/** Which vehicles are meant in a file. */
export class VehiclesOfFile {
  readonly created: VehicleRecord[] = [];
  private readonly byPlate = new Map<string, VehicleRecord>();
  private readonly bySailNumber = new Map<string, VehicleRecord>();
  private readonly nameless = new Map<string, VehicleRecord[]>();
  /** In which entry, in words, a vehicle is. */
  private readonly entryOf = new Map<string, string>();

  constructor(
    { vehicles, entries }: ImportFacts,
    private readonly newId: () => string,
  ) {
    for (const vehicle of vehicles) this.know(vehicle);
    for (const { vehicle, raceNumber, name } of entries)
      if (vehicle !== null)
        this.entryOf.set(vehicle.vehicleId, raceNumber === null ? `"${name}"` : `#${raceNumber}`);
  }

  find(named: NamedVehicle, chosen: ClassFile | null, row: EntryRow, findings: Findings): VehicleRecord {
    const vehicle = this.known(named, findings) ?? this.create(named, chosen, findings);
    const elsewhere = this.entryOf.get(vehicle.vehicleId);
    if (elsewhere !== undefined)
      findings.warning(
        columnOfVehicle(named),
        'VEHICLE_IN_OTHER_ENTRY',
        `The ${vehicle.make} is the vehicle of ${elsewhere} as well.`,
      );
    this.entryOf.set(vehicle.vehicleId, `row ${row.row}`);
    return vehicle;
  }

  private known(named: NamedVehicle, findings: Findings): VehicleRecord | undefined {
    const vehicle = plateKey(named.plate)
      ? this.byPlate.get(plateKey(named.plate))
      : plateKey(named.sailNumber)
        ? this.bySailNumber.get(plateKey(named.sailNumber))
        : // Several may be alike: each entry takes one that no other has.
          this.nameless
            .get(key(named.make))
            ?.find((one) => !this.entryOf.has(one.vehicleId) && isSameVehicle(named, one));
    if (vehicle === undefined) return undefined;
    const other = isSameVehicle({ ...named, plate: null, sailNumber: null }, vehicle)
      ? named.rating !== null && named.rating !== vehicle.rating
      : true;
    if (other)
      findings.warning(
        columnOfVehicle(named),
        'VEHICLE_DESCRIBED_OTHERWISE',
        `Your organisation has this vehicle as ${[vehicle.make, vehicle.model, vehicle.year, `(${vehicle.kind}${vehicle.rating === null ? '' : `, rating ${vehicle.rating}`})`].filter(Boolean).join(' ')}; that stays.`,
      );
    return vehicle;
  }

  private create(named: NamedVehicle, chosen: ClassFile | null, findings: Findings): VehicleRecord {
    const kind = named.kind ?? chosen?.vehicleKind ?? null;
    if (named.make === null)
      findings.violation('vehicle_make', 'VEHICLE_INCOMPLETE', 'The vehicle is new here. Give its make.');
    if (kind === null)
      findings.violation(
        'vehicle_kind',
        'VEHICLE_INCOMPLETE',
        'The vehicle is new here. Say of which kind it is.',
      );
    const vehicle: VehicleRecord = {
      ...named,
      vehicleId: this.newId(),
      kind: kind ?? 'car',
      make: named.make ?? '',
    };
    this.created.push(vehicle);
    this.know(vehicle);
    return vehicle;
  }

  private know(vehicle: VehicleRecord): void {
    const [plate, sailNumber] = [plateKey(vehicle.plate), plateKey(vehicle.sailNumber)];
    if (plate !== '' && !this.byPlate.has(plate)) this.byPlate.set(plate, vehicle);
    if (sailNumber !== '' && !this.bySailNumber.has(sailNumber)) this.bySailNumber.set(sailNumber, vehicle);
    if (plate !== '' || sailNumber !== '') return;
    this.nameless.set(key(vehicle.make), [...(this.nameless.get(key(vehicle.make)) ?? []), vehicle]);
  }
}

function columnOfVehicle({ plate, sailNumber }: NamedVehicle): string {
  return plate !== null ? 'vehicle_plate' : sailNumber !== null ? 'vehicle_sail_number' : 'vehicle_make';
}
