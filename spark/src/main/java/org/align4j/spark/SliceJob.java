package org.align4j.spark;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectOutputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.SimpleFutureAction;
import org.apache.spark.api.java.JavaSparkContext;
import scala.Function2;
import scala.jdk.javaapi.CollectionConverters;
import scala.runtime.BoxedUnit;
import scala.util.Try;

/**
 * The Spark job of a round, with a task a slice. The largest are begun first, so that executors wait less for the last to end. A slice's
 * answer is there as soon as its task has ended, whatever the others do.
 */
final class SliceJob implements AutoCloseable {
    private static final Duration LOOK_EVERY = Duration.ofMillis(20);

    private final List<CompletableFuture<SliceAnswer>> answers;
    private final SimpleFutureAction<Object> job;
    private volatile long newest = System.nanoTime();

    /** Has slices taken from now on. */
    SliceJob(JavaSparkContext spark, List<Slice> slices, SliceTask task) {
        this.answers = Stream.generate(CompletableFuture<SliceAnswer>::new)
                .limit(slices.size())
                .toList();
        List<Integer> sizes = slices.stream().map(SliceJob::bytes).toList();
        List<Integer> largestFirst = IntStream.range(0, slices.size())
                .boxed()
                .sorted(Comparator.comparing(slice -> -sizes.get(slice)))
                .toList();
        Function2<Object, SliceAnswer, BoxedUnit> arrive = (partition, answer) -> {
            newest = System.nanoTime();
            answers.get(largestFirst.get((Integer) partition)).complete(answer);
            return BoxedUnit.UNIT;
        };
        List<Slice> ordered = largestFirst.stream().map(slices::get).toList();
        List<Object> partitions =
                IntStream.range(0, slices.size()).<Object>mapToObj(i -> i).toList();
        this.job = spark.sc()
                .submitJob(
                        spark.parallelize(ordered, ordered.size()).rdd(),
                        task,
                        CollectionConverters.asScala(partitions).toList(),
                        arrive,
                        () -> null);
    }

    /** Counts a slice's questions as bytes, which grow with the tokens of its forwards: more isn't known of them here. */
    private static int bytes(Slice slice) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(slice);
        } catch (IOException e) {
            throw new UncheckedIOException("A slice can't be sent.", e);
        }
        return bytes.size();
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
