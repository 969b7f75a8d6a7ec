package org.align4j.examples.build;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.data.encode.TemplateOptions;
import org.align4j.core.family.GgufArchitecture;
import org.align4j.core.files.Folders;
import org.align4j.core.files.Json;
import org.align4j.core.generate.Completion;
import org.align4j.core.generate.GenerationSettings;
import org.align4j.core.gguf.GgufFile;
import org.align4j.core.gguf.GgufType;
import org.align4j.core.machine.DeviceChoice;
import org.align4j.core.machine.DtypeChoice;
import org.align4j.core.session.ModelPlace.GgufFolder;
import org.align4j.core.session.ModelSession;
import org.align4j.core.session.options.EngineOptions;
import org.align4j.core.session.options.ModelOptions;
import org.align4j.core.text.Tokenizer;
import org.align4j.core.train.TrainingLog;
import org.align4j.core.weights.WeightStore;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * llama.cpp and its converter, pinned, on files that {@code align export} wrote: {@code mvn verify -Pexternal}, which needs python3 and a package
 * index, or {@code -Dalign4j.gguf.python=PYTHON}, one that has the packages of {@code gguf-requirements.txt}. SmolLM2's folder is named by {@code
 * -Dalign4j.smollm2=FOLDER}; its test is skipped without.
 */
@Tag("external")
@EnabledIfSystemProperty(named = "align4j.external", matches = "true")
class ExternalGgufTest {
    private static final Path ROOT = Path.of(System.getProperty("align4j.root"));
    private static final Path SCRIPTS = ROOT.resolve("examples/src/test/external");
    private static final List<String> TEXTS = List.of(
            "Once upon a time, there were 12345 cats.",
            "  two spaces\tand a tab",
            "a\n\nb",
            "don't, we'll, I'VE",
            "Grüße aus Köln",
            "日本語のテキスト",
            "emoji 🎉🎊!",
            "<|im_start|>user\nHello<|im_end|>\n",
            "x = [1, 2.5];",
            "https://example.org/a?b=c",
            "UPPER lower MiXeD",
            "3.14159 2,718",
            "...",
            "(a)(b)[c]{d}",
            "tabs\t\tand  runs   of",
            "naïve café",
            "e\u0301",
            "the end.",
            " leading",
            "trailing ");

    /** Types that the converter writes too. */
    private static final List<GgufType> CONVERTED = List.of(GgufType.F32, GgufType.F16, GgufType.BF16, GgufType.Q8_0);

    @TempDir
    static Path shared;

    @TempDir
    Path folder;

    private static String python = "";

    @BeforeAll
    static void makeModels() throws Exception {
        String own = System.getProperty("align4j.gguf.python", "");
        python = own.isEmpty()
                ? ServedZip.python(shared.resolve("venv"), SCRIPTS.resolve("gguf-requirements.txt"))
                : own;
        script("gguf_models.py", shared.resolve("models"), ROOT.resolve("data/play/model"));
    }

    private static String script(String name, Object... words) throws Exception {
        List<String> command =
                new ArrayList<>(List.of(python, SCRIPTS.resolve(name).toString()));
        Stream.of(words).map(Object::toString).forEach(command::add);
        return ServedZip.run(command, Map.of());
    }

    private static Path exported(Path model, GgufType type, Path file) throws IOException {
        AlignRuns.align(List.of(
                "export",
                "--model",
                model.toString(),
                "--to",
                "gguf",
                "--out",
                file.toString(),
                "--type",
                type.label(),
                "--threads",
                "1"));
        return file;
    }

    /**
     * Equal in fp32, but for tokens that are as good as alike: llama.cpp looks GELU up in a table of half precision. In f16 equal until two tokens are
     * close, in bf16 until they are less so, since llama.cpp rounds activations to it too. In blocks of few bits it is another model.
     */
    private static String close(GgufType type) {
        return switch (type) {
            case F32 -> "0.001";
            case F16 -> "0.05";
            case BF16 -> "1";
            default -> "inf";
        };
    }

    @ParameterizedTest
    @ValueSource(strings = {"demo", "play", "tools"})
    void llamaCppReadsAndAnswersAsTheModelDoes(String name) throws Exception {
        answersAlike(ROOT.resolve("data/" + name + "/model"));
    }

    @Test
    void smolLm2IsWrittenAsByTheConverter() throws Exception {
        String given = System.getProperty("align4j.smollm2", "");
        assumeTrue(!given.isEmpty(), "SmolLM2 isn't tried: -Dalign4j.smollm2=FOLDER names none");
        Path model = Path.of(given);
        answersAlike(model);
        List<Object> words = new ArrayList<>(List.of(model, "smollm"));
        for (GgufType type : CONVERTED) {
            words.add(type.label() + "=" + exported(model, type, folder.resolve("smollm2." + type.label() + ".gguf")));
        }
        assertThat(script("gguf_converted.py", words.toArray()))
                .contains("f32 272 tensors are equal", "q8_0 272 tensors are equal");
    }

    private void answersAlike(Path model) throws Exception {
        Path file = exported(model, GgufType.F32, folder.resolve("model.gguf"));
        Path expected = Files.write(folder.resolve("expected.json"), Json.bytes(expected(model)));
        assertThat(script("gguf_file.py", file, expected, "0")).contains("20 texts are equal; 0 of 20 answers part");
    }

    /** Every class that is written, in every type that is written. */
    @TestFactory
    Stream<DynamicTest> everyFamilyIsWrittenAsByTheConverterAndAnswersAlike() throws IOException {
        List<Path> models = Folders.list(shared.resolve("models"));
        TreeSet<String> classes = new TreeSet<>();
        models.forEach(model -> classes.add(name(model).replaceFirst("-.*", "")));
        TreeSet<String> written = new TreeSet<>();
        Stream.of(GgufArchitecture.values()).forEach(each -> written.addAll(each.classes()));
        assertThat(classes).isEqualTo(written);
        return models.stream().map(model -> DynamicTest.dynamicTest(name(model), () -> family(model)));
    }

    private void family(Path model) throws Exception {
        Path expected = Files.write(folder.resolve(name(model) + ".json"), Json.bytes(expected(model)));
        List<Object> words = new ArrayList<>(List.of(model, "gpt-2"));
        for (GgufType type : GgufType.values()) {
            if (type == GgufType.Q4_K || type == GgufType.Q6_K) {
                continue; // read only
            }
            Path file = exported(model, type, folder.resolve(name(model) + "." + type.label() + ".gguf"));
            assertThat(script("gguf_file.py", file, expected, close(type)))
                    .as("%s", type)
                    .contains("20 texts are equal");
            if (CONVERTED.contains(type)) {
                words.add(type.label() + "=" + file);
            }
        }
        assertThat(script("gguf_converted.py", words.toArray()).lines())
                .filteredOn(line -> line.endsWith("tensors are equal"))
                .hasSize(CONVERTED.size());
    }

    /** A file of llama.cpp's own K-quants is a model of the numbers that llama.cpp reads in its blocks. */
    @Test
    void kQuantsOfLlamaCppAreReadAsItReadsThem() throws Exception {
        Path model = shared.resolve("models/LlamaForCausalLM-wide");
        Path whole = exported(model, GgufType.F32, folder.resolve("whole.gguf"));
        Path blocks = folder.resolve("blocks.gguf");
        Path numbers = folder.resolve("numbers.gguf");
        script("gguf_blocks.py", whole, blocks, numbers);
        assertThat(GgufFile.open(blocks).tensors().values())
                .extracting(tensor -> tensor.type())
                .contains(GgufType.Q4_K, GgufType.Q6_K);
        GgufFolder.write(blocks, folder.resolve("blocks"));
        GgufFolder.write(numbers, folder.resolve("numbers"));
        WeightStore read = WeightStore.open(folder.resolve("blocks"));
        WeightStore theirs = WeightStore.open(folder.resolve("numbers"));
        assertThat(read.names()).hasSizeGreaterThan(15).isEqualTo(theirs.names());
        for (String name : read.names()) {
            assertThat(Objects.requireNonNull(read.find(name)).floats())
                    .as(name)
                    .isEqualTo(Objects.requireNonNull(theirs.find(name)).floats());
        }
        Path expected = Files.write(folder.resolve("expected.json"), Json.bytes(expected(blocks)));
        assertThat(script("gguf_file.py", numbers, expected, "0")).contains("0 of 20 answers part");
        assertThat(script("gguf_file.py", blocks, expected, "inf")).contains("20 texts are equal");
    }

    private static String name(Path path) {
        return String.valueOf(path.getFileName());
    }

    private static Map<String, Object> expected(Path model) {
        List<Object> texts = new ArrayList<>();
        List<PromptTokens> prompts = new ArrayList<>();
        EngineOptions engine = new EngineOptions(DeviceChoice.parse("cpu"), DtypeChoice.FP32, 1, 0);
        ModelOptions options = new ModelOptions(model.toString(), null, null, engine, TemplateOptions.USUAL);
        try (ModelSession session = ModelSession.open(options, TrainingLog.SILENT)) {
            Tokenizer tokenizer = session.text().tokenizer();
            for (String text : TEXTS) {
                int[] ids = tokenizer.encode(text, true);
                texts.add(Map.of("text", text, "ids", list(ids)));
                prompts.add(new PromptTokens(prompts.size(), ids, null));
            }
            List<Completion> answers = session.generator().generate(prompts, GenerationSettings.greedy(24));
            List<Object> greedy = IntStream.range(0, prompts.size())
                    .<Object>mapToObj(i -> Map.of(
                            "prompt",
                            list(prompts.get(i).prompt()),
                            "ids",
                            list(answers.get(i).ids())))
                    .toList();
            return Map.of("texts", texts, "greedy", greedy);
        }
    }

    private static List<Integer> list(int[] ids) {
        return Arrays.stream(ids).boxed().toList();
    }
}
