/**
 * The lessons of tools: a small model learns by GRPO to call a calculator, and to ask a table; entry {@link
 * org.align4j.examples.lessons.tools.UseOfATool}. It must not depend on kernels, models or policies inside the core.
 */
@NullMarked
package org.align4j.examples.lessons.tools;

import org.jspecify.annotations.NullMarked;
