/**
 * Data work that a cluster shares, a file of rows to a task: {@link org.align4j.core.shards.ShardCluster}. Knows what is asked and what
 * comes back, and no cluster.
 */
@NullMarked
package org.align4j.core.shards;

import org.jspecify.annotations.NullMarked;
