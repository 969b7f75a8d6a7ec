package org.align4j.core.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.align4j.core.error.RunException;
import org.align4j.core.run.EventSink;
import org.align4j.core.run.Run;
import org.align4j.core.run.RunEvent;
import org.align4j.core.run.RunEvent.Evaluated;
import org.align4j.core.run.RunEvent.Finished;
import org.align4j.core.run.RunEvent.Recorded;
import org.align4j.core.run.RunEvent.Started;
import org.align4j.core.run.RunEvent.Step;
import org.align4j.core.run.RunEvent.Warned;
import org.align4j.core.run.RunResult;
import org.align4j.core.run.StepMetrics;
import org.align4j.core.web.Transfer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EventStreamTest {
    @TempDir
    Path run;

    private final List<RunEvent> followed = new CopyOnWriteArrayList<>();

    private EventStream stream(EventSink... sinks) {
        EventStream stream = new EventStream(followed::add);
        stream.keepIn(run, 0, List.of(sinks));
        return stream;
    }

    private static Step step(int number) {
        return new Step(number, 10, StepMetrics.EMPTY.with("step", number).with("loss", 0.5));
    }

    private static Evaluated evaluated(int step, double loss) {
        return new Evaluated(step, 10, StepMetrics.EMPTY.with("step", step).with("eval_loss", loss));
    }

    private List<RunEvent> kept() {
        return new Run(run).events().stream().map(Recorded::event).toList();
    }

    private List<String> lines() throws IOException {
        return Files.readAllLines(run.resolve("events.jsonl"));
    }

    /** What is heard before there is a directory stands first; every kind of event is read as it was written. */
    @Test
    void everyEventIsALineThatReadsBack() throws IOException {
        EventStream stream = new EventStream(followed::add);
        new TrainingLog(stream).note("The rows are read.");
        new TrainingLog(stream).downloads().accept(new Transfer("org/name", false, 0, 3_000));
        stream.keepIn(run, 0, List.of());
        List<RunEvent> events = List.of(
                new Started(0, 10),
                step(1),
                evaluated(1, Double.NaN),
                new RunEvent.Sampled(7, "Why?", "So.", null, "Therefore."),
                new RunEvent.Saved(1, "checkpoints/step-000001"),
                new Warned("few-rows", "There are 3 rows.", "Add more."),
                new RunEvent.Progress("Rows", 3L, 4L),
                new RunEvent.Stopped("SIGINT"),
                new Finished(RunResult.Status.STOPPED, "SIGINT", null));
        events.forEach(stream::accept);
        stream.close();
        assertThat(kept()).hasSize(11).endsWith(events.toArray(RunEvent[]::new)).isEqualTo(followed);
        assertThat(new Run(run).events())
                .extracting(Recorded::sequence)
                .containsExactly(1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L, 10L, 11L);
        assertThat(lines().get(0))
                .matches(
                        "\\{\"sequence\":1,\"time\":\"[^\"]+Z\",\"type\":\"progress\",\"step\":0,\"label\":\"The rows are read\\.\"}");
        assertThat(lines().get(1)).contains("\"type\":\"downloading\"", "\"bytes\":3000");
        assertThat(lines().get(2)).contains("\"type\":\"started\",\"step\":0,\"from\":0,\"total_steps\":10");
        assertThat(lines().get(4)).contains("\"type\":\"evaluated\"", "\"eval_loss\":null");
        assertThat(lines().get(5)).contains("\"type\":\"sample\"").doesNotContain("after");
        assertThat(lines().get(10)).contains("\"type\":\"finished\"", "\"status\":\"stopped\"");
    }

    /** The thousand oldest of the events before there is a directory are kept; that others are missing is an event of its own. */
    @Test
    void tooManyEarlyEventsAreCountedAndWarnedOf() {
        EventStream stream = new EventStream(followed::add);
        for (int note = 0; note < 1_003; note++) {
            new TrainingLog(stream).note("Note " + note + ".");
        }
        stream.keepIn(run, 0, List.of());
        stream.close();
        assertThat(followed).hasSize(1_004);
        assertThat(kept()).hasSize(1_001).startsWith(followed.get(0)).endsWith(followed.get(1_003));
        assertThat(followed.get(1_003).toString()).contains("events-lost", "3 events from before");
    }

    /** A resumed run only adds; who reads leaves out what it took again. */
    @Test
    void aResumedRunSaysFromWhere() throws IOException {
        try (EventStream first = stream()) {
            first.accept(new Started(0, 10));
            first.accept(evaluated(0, 1));
            first.accept(step(1));
            first.accept(step(2));
            first.accept(step(3));
        }
        List<String> before = lines();
        try (EventStream second = stream()) {
            second.accept(new Started(2, 10));
            second.accept(step(3));
            second.accept(evaluated(3, 2));
        }
        assertThat(lines()).startsWith(before.toArray(String[]::new));
        assertThat(kept())
                .containsExactly(
                        new Started(0, 10),
                        evaluated(0, 1),
                        step(1),
                        step(2),
                        new Started(2, 10),
                        step(3),
                        evaluated(3, 2));
        assertThat(new Run(run).events()).extracting(Recorded::sequence).containsExactly(1L, 2L, 3L, 4L, 6L, 7L, 8L);
        try (EventStream third = stream()) { // killed before its first checkpoint: the first evaluation is made again
            third.accept(new Started(0, 10));
            third.accept(evaluated(0, 3));
        }
        assertThat(kept()).containsExactly(new Started(0, 10), new Started(0, 10), evaluated(0, 3));
    }

    /** What is heard before a resumed run begins its steps counts as long as the steps before it do. */
    @Test
    void earlyEventsOfAResumedRunHaveItsStep() {
        try (EventStream first = stream()) {
            first.accept(new Started(0, 10));
            first.accept(step(1));
            first.accept(step(2));
        }
        RunEvent read = RunEvent.Progress.sentence("The rows are read.");
        EventStream resumed = new EventStream(followed::add);
        resumed.accept(read);
        resumed.keepIn(run, 2, List.of());
        resumed.accept(new Started(2, 10));
        resumed.close();
        assertThat(new Run(run).events())
                .filteredOn(recorded -> recorded.event().equals(read))
                .singleElement()
                .satisfies(recorded -> assertThat(recorded.step()).isEqualTo(2));
    }

    @Test
    void aTornLastLineIsCutAndItsNumberNotUsedAgain() throws IOException {
        try (EventStream first = stream()) {
            first.accept(new Started(0, 10));
            first.accept(step(1));
        }
        Path file = run.resolve("events.jsonl");
        Files.writeString(file, Files.readString(file) + "{\"sequence\":3,\"time\":\"2026-0");
        assertThat(kept()).hasSize(2);
        try (EventStream second = stream()) {
            second.accept(new Started(1, 10));
        }
        assertThat(lines()).hasSize(3);
        assertThat(new Run(run).events()).extracting(Recorded::sequence).containsExactly(1L, 2L, 4L);
        Files.writeString(
                file,
                Files.readString(file)
                        + "{\"sequence\":9,\"time\":\"2026-11-29T12:00:00Z\",\"type\":\"of a newer version\"}\n");
        assertThat(kept()).hasSize(3);
    }

    private abstract static class Sink implements EventSink {
        @Override
        public String name() {
            return "sink";
        }

        @Override
        public boolean begin(Run run) {
            return true;
        }
    }

    /** A sink that gets through hears each event once, in order, after it stands in the file. */
    @Test
    void aSinkHearsAll() {
        List<Recorded> heard = new CopyOnWriteArrayList<>();
        EventStream stream = stream(new Sink() {
            @Override
            public void hear(Recorded event) {
                assertThat(new Run(run).events()).contains(event);
                heard.add(event);
            }
        });
        stream.accept(new Started(0, 10));
        stream.accept(step(1));
        stream.accept(new Finished(RunResult.Status.DONE, null, null));
        stream.close();
        assertThat(heard).isEqualTo(new Run(run).events()).hasSize(3);
    }

    @Test
    void aSinkThatThrowsIsWarnedOf() {
        EventStream stream = stream(new Sink() {
            @Override
            public void hear(Recorded event) throws IOException {
                throw new IOException("no route to host");
            }
        });
        stream.accept(new Started(0, 10));
        stream.accept(step(1));
        stream.accept(new Finished(RunResult.Status.DONE, null, null));
        stream.close();
        List<RunEvent> kept = kept();
        assertThat(kept).contains(step(1)).last().isInstanceOf(Finished.class);
        assertThat(kept.stream()
                        .filter(Warned.class::isInstance)
                        .map(Warned.class::cast)
                        .toList())
                .isNotEmpty()
                .last()
                .satisfies(warned -> {
                    assertThat(warned.code()).isEqualTo("events-lost");
                    assertThat(warned.seen()).contains("The sink sink has lost", "no route to host");
                });
        assertThat(followed).isEqualTo(kept);
    }

    /** The queue is bounded: a sink that hangs costs the run no step, and the end two seconds. */
    @Test
    void aSinkThatBlocksSlowsNothing() {
        CountDownLatch never = new CountDownLatch(1);
        int events = 5 * EventSink.QUEUE;
        EventStream stream = stream(new Sink() {
            @Override
            public void hear(Recorded event) throws InterruptedException {
                never.await();
            }
        });
        long begun = System.nanoTime();
        for (int i = 1; i <= events; i++) {
            stream.accept(step(i));
        }
        stream.accept(new Finished(RunResult.Status.DONE, null, null));
        stream.close();
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(20));
        assertThat(kept().stream().filter(Step.class::isInstance)).hasSize(events);
        List<Warned> warned = new ArrayList<>();
        kept().forEach(event -> {
            if (event instanceof Warned loss) {
                warned.add(loss);
            }
        });
        assertThat(warned).hasSize(2);
        assertThat(warned.get(0).seen()).contains("has lost 1 of 1,02", "slower than the run");
        assertThat(warned.get(1).seen()).contains("has lost 5,121 of 5,121 events");
    }

    /** Unlike a sink, who follows on the thread that trains ends the run by what it throws. */
    @Test
    void aFollowerEndsTheRun() {
        EventStream stream = new EventStream(event -> {
            throw new IllegalStateException("enough");
        });
        stream.keepIn(run, 0, List.of());
        assertThatThrownBy(() -> stream.accept(step(1))).hasMessage("enough");
        stream.close();
        assertThat(kept()).containsExactly(step(1));
    }

    @Test
    void aFileThatCantBeWrittenFailsTheRun() throws IOException {
        Files.createDirectory(run.resolve("events.jsonl"));
        assertThatThrownBy(() -> stream()).isInstanceOf(RunException.class).hasMessageContaining("events.jsonl");
    }
}
