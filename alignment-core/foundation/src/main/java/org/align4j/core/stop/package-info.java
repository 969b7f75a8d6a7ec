/**
 * How work is asked to stop: {@link org.align4j.core.stop.StopSignal} turns SIGTERM, SIGINT and SIGHUP into a flag that
 * the engine thread asks between kernels, {@link org.align4j.core.stop.StopRequest} lets a program's thread stop one piece of work, {@link
 * org.align4j.core.stop.Control} lets people and other processes have work pause between its steps. Depends on nothing.
 */
@NullMarked
package org.align4j.core.stop;

import org.jspecify.annotations.NullMarked;
