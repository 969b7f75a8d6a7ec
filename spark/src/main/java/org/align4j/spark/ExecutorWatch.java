package org.align4j.spark;

import static org.align4j.core.error.RootFormat.format;

import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorAdded;
import org.apache.spark.scheduler.SparkListenerExecutorRemoved;
import org.jspecify.annotations.Nullable;

/** Which executors a cluster gives a command, as Spark, which makes it and has one context a process, reports it on a thread of its own. */
public final class ExecutorWatch extends SparkListener {
    private static volatile @Nullable ExecutorWatch newest;

    private final Map<String, Executor> here = new HashMap<>();
    private final Queue<String> news = new ConcurrentLinkedQueue<>();
    private long aloneSince = System.nanoTime();
    private int most;
    private int mostCores;
    private int lost;

    /** Starts to watch executors. */
    public ExecutorWatch() {
        newest = this;
    }

    private record Executor(String host, int cores) {}

    @Override
    public synchronized void onExecutorAdded(SparkListenerExecutorAdded added) {
        here.put(
                added.executorId(),
                new Executor(
                        added.executorInfo().executorHost(),
                        added.executorInfo().totalCores()));
        most = Math.max(most, here.size());
        mostCores = Math.max(mostCores, cores());
    }

    @Override
    public synchronized void onExecutorRemoved(SparkListenerExecutorRemoved removed) {
        Executor gone = here.remove(removed.executorId());
        if (gone == null) {
            return;
        }
        lost++;
        if (here.isEmpty()) {
            aloneSince = System.nanoTime();
        }
        news.add(format(
                "Executor %s on %s is gone (%s); others take its work again.",
                removed.executorId(), gone.host, firstLine(removed.reason())));
    }

    /** The watch of the context that was made last. */
    static ExecutorWatch newest() {
        return Objects.requireNonNull(newest, "a context by SparkSettings makes one");
    }

    private static String firstLine(String reason) {
        return reason.lines().findFirst().orElse("no reason is known").replaceAll("\\.$", "");
    }

    /** Reports what has happened since it was last asked, on the thread that asks. */
    void tell(Consumer<String> log) {
        for (String sentence = news.poll(); sentence != null; sentence = news.poll()) {
            log.accept(sentence);
        }
    }

    /** The executors that there are. */
    synchronized int executors() {
        return here.size();
    }

    /** Where the executors are that there are, in the order of their numbers. */
    synchronized List<ExecutorPlace> places() {
        return here.entrySet().stream()
                .map(each -> new ExecutorPlace(each.getValue().host(), each.getKey()))
                .sorted(Comparator.comparing((ExecutorPlace place) -> place.id().length())
                        .thenComparing(ExecutorPlace::id))
                .toList();
    }

    /** The most executors that there were at a time. */
    synchronized int most() {
        return most;
    }

    /** Returns the most slices that executors took at a time. */
    synchronized int mostCores() {
        return mostCores;
    }

    /** The executors that went away. */
    synchronized int lost() {
        return lost;
    }

    /** Slices that all executors take at a time. */
    synchronized int cores() {
        return here.values().stream().mapToInt(Executor::cores).sum();
    }

    /** How long there has been no executor; zero where there is one. */
    synchronized Duration alone() {
        return here.isEmpty() ? Duration.ofNanos(System.nanoTime() - aloneSince) : Duration.ZERO;
    }
}
