package org.align4j.desk.watch;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.align4j.core.cli.Align;
import org.align4j.core.run.Run;
import org.align4j.core.run.RunEvent;
import org.align4j.core.run.RunResult.Status;
import org.align4j.core.terminal.Terminal;
import org.align4j.desk.Sweeps;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A training that serves its own page: two browsers follow it, pause it, let it go on and stop it. */
class WatchedTrainingTest {
    private static final Pattern ADDRESS = Pattern.compile("http://127\\.0\\.0\\.1:\\d+/#[0-9a-f]{32}");
    private static final int MORE_STEPS_THAN_ARE_TAKEN = 4000;

    @TempDir
    Path folder;

    private static String address(Terminal terminal) throws InterruptedException {
        for (int look = 0; look < 1200; look++) {
            Matcher found = ADDRESS.matcher(terminal.captureLog());
            if (found.find()) {
                return found.group();
            }
            Thread.sleep(100);
        }
        throw new AssertionError(terminal.captureLog());
    }

    @Tag("long")
    @Test
    void isPausedGoneOnWithAndStoppedByThePageWithItsToken() throws Exception {
        Path out = folder.resolve("run");
        List<String> words = new ArrayList<>(List.of("dpo", "--out", out.toString(), "--watch", "true"));
        words.addAll(Sweeps.options(folder, MORE_STEPS_THAN_ARE_TAKEN));
        Terminal terminal = Terminal.captured();
        CompletableFuture<Integer> training =
                CompletableFuture.supplyAsync(() -> Align.run(terminal, words.toArray(String[]::new)));
        try (PageClient one = new PageClient(address(terminal), "")) {
            new PageClient(address(terminal), "").close(); // a browser that goes away
            JsonNode running = one.await(message -> PageClient.isScene(message)
                    && message.path("data").path("line").path("step").asInt() >= 2);
            assertThat(running.path("data").path("line").path("state").asText()).isEqualTo("running");
            assertThat(running.path("data").path("line").path("figures").asText())
                    .contains("loss ");
            assertThat(one.ask("pause", new String[0])).isEqualTo(403);
            assertThat(one.ask("pause", "X-Align4J-Token", "0".repeat(32))).isEqualTo(403);
            assertThat(one.ask("pause", "X-Align4J-Token", one.token(), "Origin", "http://elsewhere.example"))
                    .isEqualTo(403);
            assertThat(one.ask("hurry")).isEqualTo(400);
            assertThat(one.ask("continue")).as("it isn't paused").isEqualTo(409);
            assertThat(out.resolve("control")).doesNotExist();
            assertThat(one.ask("pause")).isEqualTo(200);
            int step = one.awaitState("paused").path("step").asInt();
            assertThat(new Run(out).checkpoints()).containsKey(step);
            assertThat(one.ask("continue")).isEqualTo(200);
            one.await(message -> PageClient.isScene(message)
                    && message.path("data").path("line").path("state").asText().equals("running")
                    && message.path("data").path("line").path("step").asInt() > step);
            assertThat(one.ask("stop")).isEqualTo(200);
            one.awaitState("stopped");
            one.await(message -> message.path("type").asText().equals("end"));
            assertThat(one.part("settings")).contains("learning-rate");
        }
        assertThat(training.get(2, TimeUnit.MINUTES)).isEqualTo(143);
        assertThat(new Run(out).status()).isEqualTo(Status.STOPPED);
        assertThat(new Run(out).result().reason()).contains("the word stop");
        assertThat(secretsKept(out)).as("files that hold the token").isEmpty();
    }

    @Tag("long")
    @Test
    void aSweepIsPausedGoneOnWithAndStoppedAsAWhole() throws Exception {
        Path out = folder.resolve("sweep");
        List<String> words = new ArrayList<>(
                List.of("sweep", "dpo", "--set", "seed=1,2", "--out", out.toString(), "--watch", "true"));
        words.addAll(Sweeps.options(folder, MORE_STEPS_THAN_ARE_TAKEN));
        Terminal terminal = Terminal.captured();
        CompletableFuture<Integer> sweep =
                CompletableFuture.supplyAsync(() -> Align.run(terminal, words.toArray(String[]::new)));
        String address = address(terminal);
        try (PageClient whole = new PageClient(address, "")) {
            whole.await(message -> PageClient.isScene(message)
                    && message.path("data").path("line").path("step").asInt() >= 2);
            try (PageClient trial = new PageClient(address, "000")) {
                assertThat(trial.awaitState("running").path("command").asText()).isEqualTo("dpo");
                assertThat(whole.ask("pause")).isEqualTo(200);
                trial.awaitState("paused");
                JsonNode paused = whole.awaitState("paused");
                assertThat(paused.path("figures").asText()).isEqualTo("1 waiting, 1 paused");
                assertThat(out.resolve("control")).hasContent("pause");
                assertThat(whole.ask("continue")).isEqualTo(200);
                trial.awaitState("running");
            }
            whole.awaitState("running");
            assertThat(whole.ask("stop")).isEqualTo(200);
            assertThat(sweep.get(2, TimeUnit.MINUTES)).isEqualTo(143);
        }
        assertThat(new Run(out.resolve("trials/000")).status()).isEqualTo(Status.STOPPED);
        assertThat(out.resolve("trials/001")).doesNotExist();
        assertThat(terminal.captureLog()).contains("align resume " + out);
    }

    /** The address's secret is the console's alone. */
    private static List<String> secretsKept(Path run) throws IOException {
        return new Run(run)
                .events().stream()
                        .map(RunEvent.Recorded::event)
                        .map(Object::toString)
                        .filter(text -> ADDRESS.matcher(text).find())
                        .toList();
    }

    @Test
    void aSweepsOptionIsTheSweepsOwn() throws IOException {
        List<String> words =
                new ArrayList<>(List.of("sweep", "dpo", "--set", "seed=1,2", "--watch", "true", "--dry-run"));
        words.addAll(Sweeps.options(folder, 4));
        Terminal terminal = Terminal.captured();
        assertThat(Align.run(terminal, words.toArray(String[]::new))).isEqualTo(2);
        assertThat(terminal.captureLog()).contains("watch is true but out is missing");
        words.remove("--dry-run");
        words.addAll(List.of(
                "--set", "watch=true,false", "--out", folder.resolve("sweep").toString()));
        assertThat(Align.run(terminal, words.toArray(String[]::new))).isEqualTo(2);
        assertThat(folder.resolve("sweep")).doesNotExist();
    }
}
