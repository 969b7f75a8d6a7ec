/**
 * What this machine is: {@link org.align4j.core.machine.Processor}, {@link org.align4j.core.machine.Memory},
 * {@link org.align4j.core.machine.Natives}; what the device that computes wants, {@link org.align4j.core.machine.DeviceProfile}; what a JVM must be told, {@link org.align4j.core.machine.JvmSettings}; {@link org.align4j.core.machine.CacheFolder} on its disk, and the program's
 * {@link org.align4j.core.machine.Version}. Knows no engine, no model, no data and no command.
 */
@NullMarked
package org.align4j.core.machine;

import org.jspecify.annotations.NullMarked;
