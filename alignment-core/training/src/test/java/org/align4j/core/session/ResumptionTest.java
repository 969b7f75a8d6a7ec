package org.align4j.core.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.align4j.core.error.InputException;
import org.align4j.core.machine.Ownership;
import org.align4j.core.options.Option;
import org.align4j.core.run.RunBinding.SettledOptions;
import org.align4j.core.run.RunDirectory;
import org.align4j.core.session.options.Continuation;
import org.align4j.core.train.TrainingLog;
import org.jspecify.annotations.Nullable;
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
                    .require(options, Optional.of(threads), before -> false);
            opened.continueFrom(0);
        }
    }

    /** What options of a method look like to whoever takes its run up. */
    record Commanding(
            @Option(help = "rewards", defaultValue = "") List<String> reward,

            @Option(help = "a place", unset = "none") @Nullable
            String environment) {}

    private void requireCommands(Ownership user, List<String> allowed) throws IOException {
        Continuation how = new Continuation(
                new Continuation.ExtentOptions(null, null),
                new Continuation.TakerOptions(null, 60, false, null),
                null,
                false,
                allowed);
        try (RunDirectory opened = RunDirectory.open(run)) {
            new Resumption(opened, how, TrainingLog.SILENT)
                    .requireCommands(new Commanding(List.of("length", "exec:python3 a.py"), "exec:./b"), user);
        }
    }

    /** What somebody wrote into a run is not started by whoever resumes it, unless that one says so too. */
    @Test
    void commandsOfAnotherAccountsRunAreStartedWhereTheyAreGivenAgain() throws IOException {
        RunDirectory.create(run, "threads: 1\n", Map.of("command", "array")).close();
        Ownership own = Ownership.ofProcess();
        Ownership other = new Ownership(own.user() + 1);
        requireCommands(own, List.of());
        requireCommands(other, List.of("exec:./b", "exec:python3 a.py"));
        assertThatThrownBy(() -> requireCommands(other, List.of("exec:./b")))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(run + " belongs to another account and would start exec:python3 a.py;")
                .hasMessageContaining("align resume " + run + " --allow-command 'exec:python3 a.py'");
        assertThatThrownBy(() -> requireCommands(own, List.of("exec:./c")))
                .hasMessageContaining("allow-command is exec:./c, which " + run + " doesn't start")
                .hasMessageContaining("exec:python3 a.py, exec:./b");
    }

    @Test
    void fewerCoresThanThreadsAreRefused() {
        int cores = Runtime.getRuntime().availableProcessors();
        assertThatThrownBy(() -> requireThreads(cores + 1, cores + 1, false))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("threads of " + run + " is " + (cores + 1) + " but this machine has fewer cores ("
                        + cores + ";")
                .hasMessageContaining("align resume " + run + " --threads " + cores)
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

    /** What config.yaml doesn't say was as it was before there was an option for it: nothing is measured. */
    @Test
    void anEarlierRunMultipliesAsItStored() {
        assertThat(Resumption.multiplied("dtype: bf16\nthreads: 1\n"))
                .isEqualTo("dtype: bf16\nthreads: 1\nproducts: bf16\n");
        assertThat(Resumption.multiplied("dtype: fp32\n")).contains("products: fp32");
        String both = "dtype: bf16\nproducts: fp32\n";
        assertThat(Resumption.multiplied(both)).isEqualTo(both);
        assertThat(Resumption.multiplied("threads: 1\n")).isEqualTo("threads: 1\n");
    }
}
