package org.align4j.core.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.align4j.core.terminal.Progress;
import org.align4j.core.terminal.Terminal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AlignTest {
    private final Terminal terminal = Terminal.captured();

    @Test
    void resultsGoToTheOutputAndNothingElse() {
        assertThat(Align.run(terminal, "echo", "--text", "héllo")).isZero();
        assertThat(terminal.captureOutput()).isEqualTo("héllo" + System.lineSeparator());
        assertThat(terminal.captureLog()).isEmpty();
    }

    /** As with values, - and _ mean the same, and capital letters are small ones. */
    @Test
    void aCommandsNameIsTakenWithEitherDash() {
        assertThat(Align.run(terminal, "GPU_setup", "--help")).isZero();
        assertThat(terminal.captureOutput()).contains("Usage: align gpu-setup");
    }

    @Test
    void jsonIsOneDocument() {
        assertThat(Align.run(terminal, "echo", "--json")).isZero();
        assertThat(terminal.captureOutput()).isEqualToIgnoringNewLines("{\n  \"text\" : \"hello\"\n}\n");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            stopped | 143 | ''
            input   | 2   | beta is -1 but must be positive.
            run     | 1   | Loss became NaN at step 3.
            heap    | 1   | Out of memory on the Java heap (Java heap space). Give it more with ALIGN4J_HEAP, such as ALIGN4J_HEAP=4g.
            os      | 1   | The system refused memory to Java (unable to create native thread). Lower ALIGN4J_HEAP or micro-batch-tokens, or raise the limit (ulimit -v, ulimit -u).
            engine  | 1   | Out of memory in the engine (DefaultCPUAllocator: can't allocate memory). Maybe lower micro-batch-tokens or max-length, use recompute true, or a smaller dtype.
            disk    | 1   | Reading or writing failed: No space left on device
            bug     | 1   | Unexpected IllegalArgumentException: surprise (--debug shows where).
            nested  | 1   | Unexpected IllegalStateException: the kernels are malformed; because of UncheckedIOException: java.nio.file.NoSuchFileException: /tmp/kernels.pt (--debug shows where).
            signal  | 130 | Stopped by SIGINT.
            lost    | 1   | Reading or writing failed: The report; because of AccessDeniedException: /runs/report.html
            link    | 1   | A native library could not be loaded: /a/libx.so: failed to map segment from shared object. Either memory is refused (raise ulimit -v) or files of its folder may not be run (noexec).
            cut     | 1   | A native library could not be loaded: /a/libx.so: failed to map [in thread "encode"]. Either memory is refused (raise ulimit -v) or files of its folder may not be run (noexec).
            """)
    void endingsHaveTheirCodeAndOneLine(String fate, int code, String message) {
        assertThat(Align.run(terminal, "echo", "--fate", fate)).isEqualTo(code);
        assertThat(terminal.captureLog().strip()).isEqualTo(message);
    }

    @Test
    void debugAddsTheStackTrace() {
        assertThat(Align.run(terminal, "echo", "--fate", "bug", "--debug")).isEqualTo(1);
        assertThat(terminal.captureLog()).contains("at org.align4j.core.cli.EchoCommand.run");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            ehco             | There is no command ehco; did you mean echo?
            echo --txet a    | align echo has no option --txet; did you mean --text?
            echo more        | align echo takes no argument "more", only options; align echo --help lists them.
            echo --threads x | --threads is "x" but must be a whole number, or auto.
            echo --device tpu | --device is "tpu": it must be auto, cpu, gpu, gpu:N with N from 0, or gpu:N,gpu:M,… with processes.
            help ehco        | There is no command ehco; did you mean echo?
            """)
    void mistypedNamesOfferTheNearest(String arguments, String message) {
        assertThat(Align.run(terminal, arguments.strip().split(" "))).isEqualTo(2);
        assertThat(terminal.captureLog().strip()).isEqualTo(message);
        assertThat(terminal.captureOutput()).isEmpty();
    }

    @Test
    void helpListsNameTypeDefaultAndSentence() {
        assertThat(Align.run(terminal, "echo", "--help")).isZero();
        assertThat(terminal.captureOutput())
                .contains("Usage: align echo")
                .contains("--text  text  (default hello)")
                .contains("What to say.")
                .contains(
                        "--fate  done|stopped|input|option|run|heap|os|engine|disk|bug|nested|signal|lost|link|cut  (default done)")
                .contains("--threads  integer|auto  (default auto)");
    }

    @Test
    void overviewAndVersion() {
        assertThat(Align.run(terminal, "--help")).isZero();
        assertThat(Align.run(terminal, "--version")).isZero();
        assertThat(terminal.captureOutput()).contains("echo").containsPattern("Align4J \\d+\\.\\d+\\.\\d+");
        assertThat(Align.run(terminal)).isEqualTo(2);
    }

    @Test
    void versionIsACommandToo() {
        assertThat(Align.run(terminal, "version")).isZero();
        assertThat(terminal.captureOutput()).startsWith("Align4J ");
        Terminal json = Terminal.captured();
        assertThat(Align.run(json, "version", "--json")).isZero();
        assertThat(json.captureOutput()).contains("\"version\"");
    }

    @Test
    void progressIsSilentWhereNobodyWatches() {
        try (Progress progress = terminal.progress("reading", 3)) {
            progress.advance(3);
        }
        assertThat(terminal.captureLog()).isEmpty();
    }
}
