package org.align4j.spark;

import org.align4j.core.error.InputException;
import org.align4j.core.session.cluster.ClusterSource;
import org.align4j.core.session.options.ClusterOptions;
import org.align4j.core.train.TrainingLog;

/** Connects trainings to clusters of Apache Spark. */
public final class SparkSource implements ClusterSource {
    @Override
    public void requireReady(ClusterOptions cluster) {
        try {
            Class.forName("org.apache.spark.SparkContext", false, getClass().getClassLoader());
        } catch (ClassNotFoundException e) {
            throw new InputException(
                    "cluster is " + cluster.cluster()
                            + " but Apache Spark is not on the class path; add it: ALIGN4J_MAVEN_ARGS=-Dspark ./align …, or start by"
                            + " spark-submit (docs/cluster.md).",
                    e);
        }
    }

    @Override
    public Connection connect(ClusterOptions cluster, Work work, TrainingLog log) {
        return SparkConnection.open(cluster, work, log);
    }
}
