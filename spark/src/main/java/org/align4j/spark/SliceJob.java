package org.align4j.spark;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.align4j.core.session.cluster.Slice;
import org.align4j.core.session.cluster.SliceAnswer;
import org.apache.spark.SimpleFutureAction;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.jspecify.annotations.Nullable;
import scala.Function2;
import scala.jdk.javaapi.CollectionConverters;
import scala.runtime.BoxedUnit;
import scala.util.Try;

/**
 * The Spark job of a round, with a task per slice. A slice goes to its owner as long as that has a core free in time; without owners the
 * largest are begun first, so that executors wait less for the last to end. A slice's
 * answer is there as soon as its task has ended, whatever the others do.
 */
final class SliceJob implements AutoCloseable {
    private static final Duration LOOK_EVERY = Duration.ofMillis(20);

    private final List<CompletableFuture<SliceAnswer>> answers;
    private final SimpleFutureAction<Object> job;
    private volatile long newest = System.nanoTime();

    /**
     * Has slices taken from now on.
     *
     * @param owners executors that are to take them, one per slice; null: whoever is free takes the largest first
     */
    SliceJob(JavaSparkContext spark, List<Slice> slices, @Nullable List<ExecutorPlace> owners, SliceTask task) {
        this.answers = Stream.generate(CompletableFuture<SliceAnswer>::new)
                .limit(slices.size())
                .toList();
        List<Integer> order = owners == null
                ? Slice.largestFirst(slices)
                : IntStream.range(0, slices.size()).boxed().toList();
        Function2<Object, SliceAnswer, BoxedUnit> arrive = (partition, answer) -> {
            newest = System.nanoTime();
            answers.get(order.get((Integer) partition)).complete(answer);
            return BoxedUnit.UNIT;
        };
        List<Slice> ordered = order.stream().map(slices::get).toList();
        List<Object> partitions =
                IntStream.range(0, slices.size()).<Object>mapToObj(i -> i).toList();
        JavaRDD<Slice> tasks = owners == null
                ? spark.parallelize(ordered, ordered.size())
                : ExecutorPlace.pinned(spark, ordered, owners);
        this.job = spark.sc()
                .submitJob(
                        tasks.rdd(),
                        task,
                        CollectionConverters.asScala(partitions).toList(),
                        arrive,
                        () -> null);
    }

    /** Counts the slices of the job. */
    int slices() {
        return answers.size();
    }

    /** Returns when the newest answer came, by {@link System#nanoTime}. */
    long newest() {
        return newest;
    }

    /**
     * Waits for the answer of a slice.
     *
     * @param look is done now and then; what it throws ends the waiting
     * @throws ExecutionException where Spark has given the job up
     */
    SliceAnswer await(int slice, Runnable look) throws ExecutionException, InterruptedException {
        while (true) {
            try {
                return answers.get(slice).get(LOOK_EVERY.toMillis(), TimeUnit.MILLISECONDS);
            } catch (TimeoutException goesOn) {
                look.run();
                requireGoesOn();
            }
        }
    }

    private void requireGoesOn() throws ExecutionException {
        if (job.isCompleted()) {
            Try<Object> end = job.value().get();
            if (end.isFailure()) {
                throw new ExecutionException(end.failed().get());
            }
        }
    }

    /** Has no slice taken any more. */
    @Override
    public void close() {
        if (!job.isCompleted()) {
            job.cancel();
        }
    }
}
