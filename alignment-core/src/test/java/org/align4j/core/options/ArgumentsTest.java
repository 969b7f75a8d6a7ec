package org.align4j.core.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.align4j.core.error.InputException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ArgumentsTest {
    enum Divergence {
        REVERSE_KL,
        JS
    }

    enum Loss {
        SIGMOID,
        IPO_SUM;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    record Colour(int red) {
        public static Colour parse(String text) {
            if (!text.startsWith("#")) {
                throw new InputException("it must start with #.");
            }
            return new Colour(Integer.parseInt(text.substring(1), 16));
        }

        @Override
        public String toString() {
            return "#" + Integer.toHexString(red);
        }
    }

    record Adam(
            @Option(help = "First moment.", defaultValue = "0.9")
            double adamBeta1,

            @Option(help = "Rate.", unset = "auto") @Nullable
            Double learningRate) {
        Adam {
            if (adamBeta1 < 0) {
                throw new InputException("adam-beta1 is " + adamBeta1 + " but must be 0 or more.");
            }
        }
    }

    record Options(
            @Option(help = "The model.") String model,

            @Option(help = "Losses.", defaultValue = "sigmoid")
            List<Loss> loss,

            @Option(help = "Divergence.", defaultValue = "reverse-kl")
            Divergence fDivergence,

            Adam adam,

            @Option(help = "Shuffle.", defaultValue = "true")
            boolean shuffle,

            @Option(help = "Only look.") boolean dryRun,
            @Option(help = "Steps.") OptionalInt maxSteps,
            @Option(help = "Files.", defaultValue = "") List<Path> data,
            @Option(help = "Ranks.", defaultValue = "") Map<String, Integer> loraRankPattern,

            @Option(help = "Arguments.", defaultValue = "{}")
            Map<String, Object> templateArgs,

            @Option(help = "Stop.") Optional<String> stop,
            @Option(help = "Colour.", defaultValue = "#f") Colour colour,
            @Option(help = "System.") @Nullable String system,

            @Positional(label = "RUN…", help = "Runs.") @Nullable
            List<String> runs) {}

    @TempDir
    Path folder;

    private static Options parse(String... arguments) {
        OptionsSpec<Options> spec = OptionsSpec.of(Options.class);
        return Arguments.parse(spec, "align test", List.of(arguments)).create(spec);
    }

    @Test
    void defaultsStandWhereNothingIsGiven() {
        Options options = parse("--model", "m");
        assertThat(options)
                .isEqualTo(new Options(
                        "m",
                        List.of(Loss.SIGMOID),
                        Divergence.REVERSE_KL,
                        new Adam(0.9, null),
                        true,
                        false,
                        OptionalInt.empty(),
                        List.of(),
                        Map.of(),
                        Map.of(),
                        Optional.empty(),
                        new Colour(15),
                        null,
                        null));
    }

    @Test
    void everyFormOfAnOptionIsRead() {
        Options options = parse(
                "runs/a",
                "--model=m=1",
                "--loss",
                "IPO-sum,sigmoid",
                "--f_divergence",
                "reverse_kl",
                "--dry-run",
                "runs/b",
                "--shuffle",
                "false",
                "--learning-rate",
                "2e-5",
                "--max-steps",
                "012",
                "--data",
                "a.jsonl,b\\,c.jsonl",
                "--lora-rank-pattern",
                "q_proj=8,k_proj=4",
                "--template-args",
                "{\"think\": [true, 1]}",
                "--stop",
                "-",
                "--adam-beta1",
                ".5",
                "--",
                "--c");
        assertThat(options.runs()).containsExactly("runs/a", "runs/b", "--c");
        assertThat(options.model()).isEqualTo("m=1");
        assertThat(options.loss()).containsExactly(Loss.IPO_SUM, Loss.SIGMOID);
        assertThat(options.dryRun()).isTrue();
        assertThat(options.shuffle()).isFalse();
        assertThat(options.adam()).isEqualTo(new Adam(0.5, 2e-5));
        assertThat(options.maxSteps()).hasValue(12);
        assertThat(options.data()).containsExactly(Path.of("a.jsonl"), Path.of("b,c.jsonl"));
        assertThat(options.loraRankPattern()).containsEntry("q_proj", 8).containsEntry("k_proj", 4);
        assertThat(options.templateArgs()).isEqualTo(Map.of("think", List.of(true, 1)));
        assertThat(options.stop()).hasValue("-");
        assertThat(parse("--model", "m", "--learning-rate", "AUTO").adam().learningRate())
                .isNull();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            --lerning-rate 1             | align test has no option --lerning-rate; did you mean --learning-rate?
            -model m                     | align test has no option -model; did you mean --model?
            --jsn                        | align test has no option --jsn; did you mean --json?
            --shuffle                    | --model is missing: The model.
            --model                      | --model needs a value.
            --model --shuffle            | --model needs a value, not --shuffle.
            --model a --model b          | --model is given twice; give it once.
            --model a --loss sigmiod     | --loss is "sigmiod" but must be one of sigmoid, ipo_sum; did you mean sigmoid?
            --model a --learning-rate hi | --learning-rate is "hi" but must be a number, or auto.
            --model a --adam-beta1 NaN   | --adam-beta1 is "NaN" but must be a number.
            --model a --adam-beta1 1e999 | --adam-beta1 is "1e999" but must be a number from -1e9 to 1e9.
            --model a --adam-beta1 -1    | adam-beta1 is -1.0 but must be 0 or more.
            --model a --max-steps 1.5    | --max-steps is "1.5" but must be a whole number.
            --model a --max-steps 9999999999 | --max-steps is "9999999999" but must be a whole number of at most 2147483647 either way.
            --model a --shuffle=maybe    | --shuffle is "maybe" but must be true or false.
            --model a --data a,,b        | --data has an empty item; write items with one comma between them.
            --model a --lora-rank-pattern q | --lora-rank-pattern has the item "q" but items must be key=value, comma separated.
            --model a --lora-rank-pattern q=1,q=2 | --lora-rank-pattern names q twice; keep one.
            --model a --lora-rank-pattern q=x | --lora-rank-pattern of q is "x" but must be a whole number.
            --model a --colour red       | --colour is "red": it must start with #.
            """)
    void wrongArgumentsAreOneSentence(String arguments, String message) {
        assertThatThrownBy(() -> parse(arguments.strip().split(" ")))
                .isInstanceOf(InputException.class)
                .hasMessage(message);
    }

    record Texts(
            @Option(help = "Stops.", defaultValue = "", escapes = true)
            List<String> stop,

            @Option(help = "Separator.", unset = "auto", escapes = true) @Nullable
            String separator) {}

    private static Texts texts(String... arguments) {
        OptionsSpec<Texts> spec = OptionsSpec.of(Texts.class);
        return Arguments.parse(spec, "align test", List.of(arguments)).create(spec);
    }

    @Test
    void whiteSpaceInTextsCounts() {
        assertThat(texts("--stop", "\n").stop()).containsExactly("\n");
        assertThat(texts("--stop", " the").stop()).containsExactly(" the");
        assertThat(texts("--stop", "a , b\t").stop()).containsExactly("a ", " b\t");
        assertThat(texts("--stop", " ").stop()).containsExactly(" ");
        assertThat(texts("--separator", " \n\n ").separator()).isEqualTo(" \n\n ");
    }

    @Test
    void escapesStandForWhatCannotBeTyped() {
        assertThat(texts("--stop", "\\n,\\n\\n,\\tx,a\\,b").stop()).containsExactly("\n", "\n\n", "\tx", "a,b");
        assertThat(texts("--stop", "\\\\n,\\\\,\\d,\\").stop()).containsExactly("\\n", "\\", "\\d", "\\");
        assertThat(texts("--separator", "\\n#").separator()).isEqualTo("\n#");
        assertThat(texts("--separator", "\\\\n").separator()).isEqualTo("\\n");
        assertThatThrownBy(() -> texts("--stop", "a,,b")).hasMessageContaining("--stop has an empty item");
    }

    @Test
    void textsReadBackFromYamlAsTheyWere() {
        for (String text : List.of("\n", " the", "\\n", "\\", "a,b", "\t", "\\\\n", "\\,", "it's \"q\"", "\u00e9 \r")) {
            Texts texts = new Texts(List.of(text, "x" + text), text);
            String yaml = OptionsYaml.write(texts);
            assertThat(OptionsYaml.parse(yaml, "config.yaml", Texts.class))
                    .as(yaml)
                    .isEqualTo(texts);
        }
        assertThat(OptionsYaml.parse("stop: ' the,\\n'\nseparator: \\n\n", "run.yaml", Texts.class))
                .isEqualTo(new Texts(List.of(" the", "\n"), "\n"));
        assertThat(OptionsYaml.parse("separator: \"\\n\"\n", "run.yaml", Texts.class)
                        .separator())
                .isEqualTo("\n");
    }

    @Test
    void aBrokenJsonObjectIsRefused() {
        assertThatThrownBy(() -> parse("--model", "m", "--template-args", "{\"a\": 1, \"a\": 2}"))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("must be a JSON object");
        assertThatThrownBy(() -> parse("--model", "m", "--template-args", "[1]"))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("must be a JSON object");
    }

    @Test
    void theCommandLineWinsOverTheFile() throws IOException {
        Path file = Files.writeString(folder.resolve("run.yaml"), """
                # as one would write it
                model: other
                loss: [sigmoid, ipo-sum]
                max_steps: 010
                learning-rate: 5e-7
                shuffle: false
                system: null
                template-args: {think: true, depth: 010}
                """);
        Options options = parse("--config", file.toString(), "--model", "mine");
        assertThat(options.model()).isEqualTo("mine");
        assertThat(options.loss()).containsExactly(Loss.SIGMOID, Loss.IPO_SUM);
        assertThat(options.maxSteps()).hasValue(10);
        assertThat(options.adam().learningRate()).isEqualTo(5e-7);
        assertThat(options.shuffle()).isFalse();
        assertThat(options.templateArgs()).isEqualTo(Map.of("think", true, "depth", 10));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            model: m\\nlerning-rate: 1     | run.yaml:2: there is no option lerning-rate here; did you mean learning-rate?
            model: m\\nmodel: n            | run.yaml:2: model is given twice; keep one.
            model: m\\nmax-steps: 1\\nmax_steps: 2 | run.yaml:3: max-steps is given twice; keep one.
            model: m\\n\\nshuffle: on      | run.yaml:3: shuffle is "on" but must be true or false.
            model: m\\nadam-beta1: fast    | run.yaml:2: adam-beta1 is "fast" but must be a number.
            model: [a, b]                  | run.yaml:1: model is a list but must be one value (text).
            model: null                    | run.yaml:1: model is missing: The model.
            runs: [a]                      | run.yaml:1: there is no option runs here.
            just words                     | run.yaml:1: options must be lines of "name: value".
            """)
    void wrongFilesAreOneSentenceWithTheLine(String text, String message) {
        assertThatThrownBy(() -> OptionsYaml.parse(text.replace("\\n", "\n"), "run.yaml", Options.class))
                .isInstanceOf(InputException.class)
                .hasMessage(message);
    }

    @Test
    void brokenYamlNamesItsLine() {
        assertThatThrownBy(() -> OptionsYaml.parse("model: m\nloss: [a\n", "run.yaml", Options.class))
                .isInstanceOf(InputException.class)
                .hasMessageMatching("(?s)run.yaml:[23]: this is not YAML: .*");
        assertThatThrownBy(() -> parse("--config", folder.resolve("none.yaml").toString()))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("There is no file");
    }

    @Test
    void whatIsWrittenReadsBackEqual() {
        for (String nasty : List.of(
                "null",
                "~",
                "true",
                "012",
                "5e-7",
                "",
                " a ",
                "a: b",
                "#x",
                "- a",
                "é\uD83D\uDE00",
                "a\nb\n",
                "\u0085",
                "\"q\"",
                "it's",
                "{a}",
                "yes",
                "\\,",
                "a\tb",
                "\u2028x",
                "1:30",
                "2026-01-15",
                "auto")) {
            Options options = new Options(
                    nasty.isEmpty() ? "x" : nasty,
                    List.of(Loss.IPO_SUM),
                    Divergence.JS,
                    new Adam(1e-8, 1e-5),
                    false,
                    true,
                    OptionalInt.of(3),
                    List.of(Path.of("a,b.jsonl"), Path.of("0x.jsonl")),
                    Map.of("q_proj", 8),
                    Map.of("k", List.of(nasty, 1, 2.5, true), "m", Map.of("n", nasty)),
                    Optional.of(nasty),
                    new Colour(7),
                    nasty,
                    null);
            String yaml = OptionsYaml.write(options);
            assertThat(OptionsYaml.parse(yaml, "config.yaml", Options.class))
                    .as(yaml)
                    .isEqualTo(options);
        }
    }

    /** Reading one takes a time that grows with its square. */
    @Test
    void endlessLinesAreRefusedBeforeTheyAreRead() throws IOException {
        Path line = Files.writeString(folder.resolve("line.yaml"), "beta: 0.1\nsystem: " + "a".repeat(300_000));
        assertThatThrownBy(() -> OptionsYaml.read(line, Options.class))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("line.yaml:2: the line has more than 262144 characters");
        Path file = Files.writeString(folder.resolve("file.yaml"), "# comment\n".repeat(200_000));
        assertThatThrownBy(() -> OptionsYaml.read(file, Options.class))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("file.yaml has more than 1048576 bytes");
    }

    @Test
    void unsetIsWrittenWithItsWord() {
        assertThat(OptionsYaml.write(parse("--model", "HuggingFaceTB/SmolLM2-135M")))
                .contains("model: HuggingFaceTB/SmolLM2-135M\n")
                .contains("learning-rate: auto\n")
                .contains("system: null\n")
                .contains("f-divergence: reverse-kl\n")
                .contains("loss: [sigmoid]\n")
                .doesNotContain("runs");
    }

    @Test
    void aRecordWithAComponentThatIsNoOptionIsRefused() {
        record Broken(int rows) {}
        assertThatThrownBy(() -> OptionsSpec.of(Broken.class)).hasMessageContaining("rows");
    }

    record Repeated(
            @Option(help = "Items.", defaultValue = "", repeats = true)
            List<String> item,

            @Option(help = "Number.", defaultValue = "1") int number) {}

    @Test
    void anOptionThatRepeatsTakesItsItemsOneAtATime(@TempDir Path folder) throws IOException {
        OptionsSpec<Repeated> spec = OptionsSpec.of(Repeated.class);
        assertThat(Arguments.parse(spec, "align x", List.of()).create(spec).item())
                .isEmpty();
        assertThat(Arguments.parse(spec, "align x", List.of("--item", "a, b", "--item=c\\nd"))
                        .create(spec)
                        .item())
                .containsExactly("a, b", "c\nd");
        Path file = Files.writeString(folder.resolve("x.yaml"), "item:\n  - a, b\n  - c\n");
        assertThat(Arguments.parse(spec, "align x", List.of("--config", file.toString()))
                        .create(spec)
                        .item())
                .containsExactly("a, b", "c");
        assertThatThrownBy(() -> Arguments.parse(spec, "align x", List.of("--number", "1", "--number", "2")))
                .hasMessageContaining("given twice");
    }
}
