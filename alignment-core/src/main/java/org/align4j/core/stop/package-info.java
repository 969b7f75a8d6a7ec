/**
 * How a run is told to stop: {@link org.align4j.core.stop.StopSignal} turns SIGTERM, SIGINT and SIGHUP into a flag that
 * the engine thread asks between kernels. Depends on nothing.
 */
@NullMarked
package org.align4j.core.stop;

import org.jspecify.annotations.NullMarked;
