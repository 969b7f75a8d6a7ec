/**
 * The lessons of theory: where the losses come from, with numbers on worlds so small that everything in them can be enumerated; entry
 * {@link org.align4j.examples.lessons.theory.FromLeashToDpo}. It must not depend on kernels, models or policies inside the core.
 */
@NullMarked
package org.align4j.examples.lessons.theory;

import org.jspecify.annotations.NullMarked;
