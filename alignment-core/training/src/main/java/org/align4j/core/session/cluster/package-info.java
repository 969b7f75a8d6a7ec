/**
 * How a command is connected to a cluster that takes its forwards: {@link org.align4j.core.session.cluster.ClusterSource} on the driver, {@link
 * org.align4j.core.session.cluster.Taker} on an executor. It must not depend on the session, nor on any cluster.
 */
@NullMarked
package org.align4j.core.session.cluster;

import org.jspecify.annotations.NullMarked;
