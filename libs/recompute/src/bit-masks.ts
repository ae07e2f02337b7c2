import { RECOMPUTE_REASON_NAMES, type RecomputeJob } from '@trm/contracts';
import type { RecomputeLayer } from '@trm/rules';

const BITS: Readonly<Record<RecomputeLayer, number>> = { crossings: 1, penalties: 2, results: 4 };

/** Layers as `control.recompute_targets.layers` holds them. */
export function layerBits(layers: readonly RecomputeLayer[]): number {
  return layers.reduce((bits, layer) => bits | BITS[layer], 0);
}

/** The layers of a bit mask, in the order in which one follows from the other. */
export function layersOf(bits: number): RecomputeLayer[] {
  return (Object.keys(BITS) as RecomputeLayer[]).filter((layer) => (bits & BITS[layer]) > 0);
}

/** The reasons of `control.recompute_targets.reasons`; their order in the contract is that of `control.recompute_reasons.bit`. */
export function reasonsOf(bits: number): RecomputeJob['reasons'] {
  return RECOMPUTE_REASON_NAMES.filter((_, place) => (bits & (1 << place)) !== 0);
}
