/**
 * What a training run will take, before its first step: memory from sizes alone. Entry:
 * {@link org.align4j.core.forecast.Forecast}. Must not load a weight or look at memory that is free at the moment.
 */
@NullMarked
package org.align4j.core.forecast;

import org.jspecify.annotations.NullMarked;
