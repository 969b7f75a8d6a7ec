package org.align4j.examples.build;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.data.encode.TemplateOptions;
import org.align4j.core.files.Json;
import org.align4j.core.generate.Completion;
import org.align4j.core.generate.GenerationSettings;
import org.align4j.core.machine.DeviceChoice;
import org.align4j.core.machine.DtypeChoice;
import org.align4j.core.session.ModelSession;
import org.align4j.core.session.options.EngineOptions;
import org.align4j.core.session.options.ModelOptions;
import org.align4j.core.text.Tokenizer;
import org.align4j.core.train.TrainingLog;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** llama.cpp, pinned, on files that {@code align export} wrote: {@code mvn verify -Pexternal}, which needs python3 and a package index. */
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

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"demo", "play", "tools"})
    void llamaCppReadsAndAnswersAsTheModelDoes(String name) throws Exception {
        String python = ServedZip.python(folder.resolve("venv"), SCRIPTS.resolve("gguf-requirements.txt"));
        Path model = ROOT.resolve("data/" + name + "/model");
        Path file = folder.resolve(name + ".gguf");
        AlignRuns.align(List.of(
                "export", "--model", model.toString(), "--to", "gguf", "--out", file.toString(), "--type", "f32"));
        Path expected = Files.write(folder.resolve("expected.json"), Json.bytes(expected(model)));
        ServedZip.run(
                List.of(python, SCRIPTS.resolve("gguf_file.py").toString(), file.toString(), expected.toString()),
                Map.of());
        assertThat(file).isNotEmptyFile();
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
