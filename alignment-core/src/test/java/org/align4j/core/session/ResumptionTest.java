package org.align4j.core.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.align4j.core.error.InputException;
import org.align4j.core.run.RunBinding.SettledOptions;
import org.align4j.core.run.RunDirectory;
import org.align4j.core.session.options.Continuation;
import org.align4j.core.train.TrainingLog;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs that are taken up on a machine with fewer cores. */
class ResumptionTest {
    @TempDir
    Path folder;

    private Path run;

    @BeforeEach
    void name() {
        run = folder.resolve("run");
    }

    private JsonNode manifest() throws IOException {
        return new ObjectMapper().readTree(run.resolve("manifest.json").toFile());
    }

    private void requireThreads(int threads, int coresBefore, boolean accepting) {
        RunDirectory.create(run, "threads: " + threads + "\n", Map.of("command", "array", "cores", coresBefore))
                .close();
        SettledOptions options = SettledOptions.ofYaml("threads: " + threads);
        try (RunDirectory opened = RunDirectory.open(run)) {
            new Resumption(opened, Continuation.AS_BEFORE.accepting(accepting), TrainingLog.SILENT)
                    .require(options, Optional.of(threads));
            opened.continueFrom(0);
        }
    }

    @Test
    void fewerCoresThanThreadsAreRefused() {
        int cores = Runtime.getRuntime().availableProcessors();
        assertThatThrownBy(() -> requireThreads(cores + 1, cores + 1, false))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("threads of " + run + " is " + (cores + 1) + " but this machine has fewer cores ("
                        + cores + ";")
                .hasMessageContaining("set threads to " + cores)
                .hasMessageContaining("align resume " + run + " --accept-changes");
    }

    @Test
    void fewerCoresAreGoneOnWithWhenAccepted() throws IOException {
        int cores = Runtime.getRuntime().availableProcessors();
        requireThreads(cores + 1, cores + 1, true);
        assertThat(manifest().get("changes").findValuesAsText("name")).containsExactly("cores");
        assertThat(manifest().get("changes").findValuesAsText("after")).containsExactly("" + cores);
    }

    /** Who asked for more threads than there were cores gets them again. */
    @Test
    void threadsThatWereAlwaysMoreThanTheCoresAreNoChange() throws IOException {
        int cores = Runtime.getRuntime().availableProcessors();
        requireThreads(cores + 1, cores, false);
        assertThat(manifest().has("changes")).isFalse();
    }
}
