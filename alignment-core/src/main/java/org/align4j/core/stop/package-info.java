/**
 * How work is asked to stop: {@link org.align4j.core.stop.StopSignal} turns SIGTERM, SIGINT and SIGHUP into a flag that
 * the engine thread asks between kernels, {@link org.align4j.core.stop.StopRequest} lets a program's thread stop one piece of work. Depends
 * on nothing.
 */
@NullMarked
package org.align4j.core.stop;

import org.jspecify.annotations.NullMarked;
