package org.align4j.serve.tinker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.align4j.serve.tinker.ModelCalls.Call;
import org.align4j.serve.tinker.ModelCalls.Form;
import org.align4j.serve.tinker.ModelCalls.Kind;
import org.align4j.serve.tinker.ModelCalls.Outcome;
import org.align4j.web.Refusal;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The order of a model's calls, their log and their results, without a model; the clock is the test's own. */
class ModelCallsTest {
    private static final byte[] BODY = "{}".getBytes(StandardCharsets.UTF_8);

    @TempDir
    Path folder;

    private final AtomicLong millis = new AtomicLong(1_000_000_000_000L);

    private final AtomicLong free = new AtomicLong(Long.MAX_VALUE);

    private final ModelCalls.Settings settings =
            new ModelCalls.Settings(120_000, 3_600_000, 1 << 20, free::get, () -> Instant.ofEpochMilli(millis.get()));

    @BeforeEach
    void begin() throws IOException {
        ModelCalls.begin(folder, null);
    }

    private ModelCalls open() throws IOException {
        return new ModelCalls(folder, settings);
    }

    private static long make(ModelCalls calls) {
        Call call = calls.ready().orElseThrow();
        calls.done(
                call,
                new Outcome(Form.DOCUMENT, String.valueOf(call.number()).getBytes(StandardCharsets.UTF_8)),
                false);
        return call.number();
    }

    private static String result(ModelCalls calls, long number) {
        Outcome outcome = calls.await(number, 0);
        return outcome == null ? "pending" : new String(outcome.body(), StandardCharsets.UTF_8);
    }

    @Test
    void callsAreMadeInTheOrderOfTheirNumbers() throws IOException {
        try (ModelCalls calls = open()) {
            calls.submit(2, Kind.STEP, BODY);
            assertThat(calls.ready()).isEmpty();
            assertThat(calls.due()).isFalse();
            calls.submit(1, Kind.FORWARD, BODY);
            calls.submit(1, Kind.FORWARD, new byte[5]);
            assertThat(make(calls)).isEqualTo(1);
            assertThat(make(calls)).isEqualTo(2);
            assertThat(calls.ready()).isEmpty();
            calls.submit(2, Kind.STEP, BODY);
            assertThat(calls.ready()).as("made once").isEmpty();
            assertThat(result(calls, 2)).isEqualTo("2");
        }
    }

    @Test
    void aNumberHasOneKindOfCall() throws IOException {
        try (ModelCalls calls = open()) {
            calls.submit(1, Kind.STEP, BODY);
            assertThatThrownBy(() -> calls.submit(1, Kind.SAVE, BODY))
                    .isInstanceOf(Refusal.class)
                    .hasMessageContaining("another call");
            assertThatThrownBy(() -> calls.submit(20_000, Kind.SAVE, BODY)).hasMessageContaining("count on");
            assertThatThrownBy(() -> calls.submit(0, Kind.SAVE, BODY)).hasMessageContaining("count on");
        }
    }

    @Test
    void aGapWaitsTwoMinutesAndFails() throws IOException {
        try (ModelCalls calls = open()) {
            calls.submit(2, Kind.STEP, BODY);
            millis.addAndGet(119_000);
            calls.sweep();
            assertThat(result(calls, 2)).isEqualTo("pending");
            millis.addAndGet(1_000);
            calls.sweep();
            assertThat(result(calls, 2)).contains("Call 2 waited 120 s for call 1, which never came");
            calls.submit(1, Kind.STEP, BODY);
            calls.submit(3, Kind.STEP, BODY);
            assertThat(make(calls)).isEqualTo(1);
            assertThat(make(calls)).as("2 stays failed").isEqualTo(3);
        }
        try (ModelCalls again = open()) {
            assertThat(result(again, 2)).contains("never came");
            assertThat(make(again)).isEqualTo(1);
            assertThat(make(again)).isEqualTo(3);
        }
    }

    @Test
    void aRefusedCallHoldsNothingUpAndMayComeBetter() throws IOException {
        try (ModelCalls calls = open()) {
            calls.refuse(1);
            calls.submit(1, Kind.STEP, BODY);
            assertThat(make(calls)).isEqualTo(1);
            calls.refuse(2);
            assertThat(calls.ready()).isEmpty();
            calls.submit(3, Kind.STEP, BODY);
            assertThat(calls.due()).isTrue();
            assertThat(make(calls)).isEqualTo(3);
            assertThatThrownBy(() -> calls.submit(2, Kind.STEP, BODY)).hasMessageContaining("later calls");
        }
        try (ModelCalls again = open()) {
            assertThatThrownBy(() -> again.submit(2, Kind.STEP, BODY)).hasMessageContaining("later calls");
            assertThat(make(again)).isEqualTo(1);
            assertThat(make(again)).isEqualTo(3);
        }
    }

    @Test
    void resultsAreKeptAnHour() throws IOException {
        try (ModelCalls calls = open()) {
            calls.submit(1, Kind.STEP, BODY);
            make(calls);
            calls.snapshot(state -> Files.createDirectory(state));
            millis.addAndGet(3_599_000);
            calls.sweep();
            assertThat(result(calls, 1)).isEqualTo("1");
            millis.addAndGet(2_000);
            calls.sweep();
            assertThatThrownBy(() -> result(calls, 1)).hasMessageContaining("for an hour");
            assertThatThrownBy(() -> calls.submit(1, Kind.STEP, BODY))
                    .isInstanceOfSatisfying(
                            Refusal.class, gone -> assertThat(gone.status()).isEqualTo(410));
            calls.submit(2, Kind.STEP, BODY);
            make(calls);
            calls.snapshot(state -> Files.createDirectory(state));
        }
        try (var files = Files.list(folder)) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .as("old results and snapshots go")
                    .containsExactlyInAnyOrder("at-2", "results-1.log");
        }
    }

    @Test
    void whoGoesOnMakesTheCallsSinceTheSnapshotAgain() throws IOException {
        try (ModelCalls calls = open()) {
            for (long number = 1; number <= 5; number++) {
                calls.submit(number, number == 5 ? Kind.SAVE : Kind.STEP, BODY);
            }
            make(calls);
            make(calls);
            calls.snapshot(state -> Files.createDirectory(state));
            make(calls);
        }
        try (ModelCalls again = open()) {
            assertThat(again.state()).contains(folder.resolve("at-2/state"));
            assertThat(result(again, 3)).isEqualTo("3");
            assertThat(result(again, 1)).isEqualTo("1");
            assertThat(again.due()).isTrue();
            Call third = again.ready().orElseThrow();
            assertThat(third.number()).isEqualTo(3);
            assertThat(third.known()).isTrue();
            again.done(third, Outcome.document("other"), false);
            assertThat(result(again, 3)).as("as it was told").isEqualTo("3");
            Call fourth = again.ready().orElseThrow();
            assertThat(fourth.known()).isFalse();
            make(again);
            assertThat(again.ready().orElseThrow().kind()).isEqualTo(Kind.SAVE);
        }
    }

    /** A kill at any byte of the log leaves the calls before it, and the torn one comes again. */
    @Test
    void aTornLogHasTheCallsBeforeIt() throws IOException {
        try (ModelCalls calls = open()) {
            calls.submit(1, Kind.STEP, BODY);
            calls.submit(2, Kind.STEP, new byte[100]);
        }
        Path log = folder.resolve("at-0/calls.log");
        byte[] whole = Files.readAllBytes(log);
        int first = CallLog.HEAD + BODY.length;
        for (int length = first; length < whole.length; length += 9) {
            Files.write(log, Arrays.copyOf(whole, length), StandardOpenOption.TRUNCATE_EXISTING);
            try (ModelCalls again = open()) {
                assertThat(again.ready().map(Call::number)).isEqualTo(Optional.of(1L));
                again.submit(2, Kind.STEP, new byte[100]);
            }
            assertThat(Files.readAllBytes(log)).hasSize(whole.length);
        }
        byte[] changed = whole.clone();
        changed[whole.length - 3] ^= 1;
        Files.write(log, changed);
        try (ModelCalls again = open()) {
            assertThatThrownBy(() -> again.await(2, 0)).hasMessageContaining("no such call yet");
        }
    }

    @Test
    void waitingCallsTakeBoundedRoom() throws IOException {
        try (ModelCalls calls = open()) {
            calls.submit(2, Kind.FORWARD, new byte[1 << 20]);
            calls.submit(3, Kind.FORWARD, new byte[1]);
            assertThatThrownBy(() -> calls.submit(4, Kind.FORWARD, new byte[1]))
                    .isInstanceOfSatisfying(Refusal.class, full -> {
                        assertThat(full.status()).isEqualTo(429);
                        assertThat(full.headers()).containsKey("Retry-After");
                    });
            assertThat(List.of(calls.sinceSnapshot()[0])).containsExactly(0L);
        }
    }

    @Test
    void aDiskThatIsNearlyFullTakesNoNewCallButARepeatedOne() throws IOException {
        try (ModelCalls calls = open()) {
            calls.submit(1, Kind.STEP, BODY);
            free.set((64 << 20) - 1);
            calls.submit(1, Kind.STEP, BODY);
            assertThatThrownBy(() -> calls.submit(2, Kind.STEP, BODY))
                    .isInstanceOfSatisfying(
                            Refusal.class, full -> assertThat(full.status()).isEqualTo(507))
                    .hasMessageContaining("less than 64 MiB left")
                    .hasMessageContaining("make room");
            assertThat(make(calls)).isEqualTo(1);
            free.set(64 << 20);
            calls.submit(2, Kind.STEP, BODY);
            assertThat(make(calls)).isEqualTo(2);
        }
    }

    @Test
    void aCallThatNeverCameHasNoPromise() throws IOException {
        try (ModelCalls calls = open()) {
            calls.submit(1, Kind.STEP, BODY);
            assertThatThrownBy(() -> result(calls, 2))
                    .isInstanceOfSatisfying(
                            Refusal.class, none -> assertThat(none.status()).isEqualTo(404))
                    .hasMessageContaining("no such call yet");
        }
    }
}
