/**
 * What this machine is: {@link org.align4j.core.machine.Processor}, {@link org.align4j.core.machine.Memory},
 * {@link org.align4j.core.machine.Natives}, {@link org.align4j.core.machine.EngineStatus} and, with what is wrong about
 * them, {@link org.align4j.core.machine.Environment}; {@link org.align4j.core.machine.CacheFolder} on its disk. Knows no model, no data and no command.
 */
@NullMarked
package org.align4j.core.machine;

import org.jspecify.annotations.NullMarked;
