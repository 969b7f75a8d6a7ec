/**
 * How a training is connected to a cluster that takes its forwards: {@link org.align4j.core.session.cluster.ClusterSource}. It must not depend on
 * the session, nor on any cluster.
 */
@NullMarked
package org.align4j.core.session.cluster;

import org.jspecify.annotations.NullMarked;
