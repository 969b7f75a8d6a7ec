package org.align4j.spark;

import org.align4j.core.session.ClusterSource;
import org.align4j.core.session.options.ClusterOptions;
import org.align4j.core.train.TrainingLog;

/** Connects trainings to clusters of Apache Spark. */
public final class SparkSource implements ClusterSource {
    @Override
    public Connection connect(ClusterOptions cluster, Work work, TrainingLog log) {
        return SparkConnection.open(cluster, work, log);
    }
}
