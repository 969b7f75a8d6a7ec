package org.align4j.spark;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.rdd.RDD;
import scala.Tuple2;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;
import scala.reflect.ClassTag;
import scala.reflect.ClassTag$;

/**
 * An executor as Spark knows it.
 *
 * @param host its machine
 * @param id its number in the application
 */
record ExecutorPlace(String host, String id) implements Serializable {
    /** Returns the number of the executor in whose process this is called. */
    static String idHere() {
        return SparkEnv.get().executorId();
    }

    /** Names this executor, and then its machine, as Spark's scheduler takes preferences. */
    private Seq<String> preferred() {
        return CollectionConverters.asScala(List.of("executor_" + host + "_" + id))
                .toList();
    }

    /**
     * Makes partitions of one item each, which Spark gives to chosen executors as long as they have a core free in time.
     *
     * @param places one per item
     */
    static <T> JavaRDD<T> pinned(JavaSparkContext spark, List<T> items, List<ExecutorPlace> places) {
        List<Tuple2<T, Seq<String>>> placed = new ArrayList<>();
        for (int i = 0; i < items.size(); i++) {
            placed.add(new Tuple2<>(items.get(i), places.get(i).preferred()));
        }
        ClassTag<T> tag = ClassTag$.MODULE$.apply(Object.class);
        RDD<T> rdd = spark.sc().makeRDD(CollectionConverters.asScala(placed).toList(), tag);
        return JavaRDD.fromRDD(rdd, tag);
    }
}
