/** Injection tokens; a module asks for these and knows nothing of its placement (E7). */

/** Provides a `Coupling`. */
export const COUPLING: symbol = Symbol.for('atlas.coupling');
/** Provides a `ModuleRegistry`. */
export const MODULE_REGISTRY: symbol = Symbol.for('atlas.module-registry');
