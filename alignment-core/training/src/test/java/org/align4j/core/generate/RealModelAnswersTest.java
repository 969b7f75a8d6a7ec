package org.align4j.core.generate;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.family.Families;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.Engine;
import org.align4j.core.model.BaseModel;
import org.align4j.core.reference.Comparisons;
import org.align4j.core.reference.ReferenceFolder;
import org.align4j.core.text.Tokenizer;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Answers of real models against transformers', where the shared models are there. */
@Tag("reference")
class RealModelAnswersTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String STORY = "Once upon a time, there was a little girl";

    private static Path stories() {
        Path model = ReferenceFolder.shared().resolve("models").resolve("tinystories-656k");
        Assumptions.assumeTrue(Files.isDirectory(model), "no shared models");
        return model;
    }

    private static JsonNode golden(Path file) throws IOException {
        return JSON.readTree(Files.readAllBytes(file));
    }

    @Test
    void storiesGoOnAsTheyShould() throws IOException {
        Path model = stories();
        JsonNode cases = golden(model.resolve("golden.json")).path("cases");
        try (BaseModel base = BaseModel.load(model, Families.decoder(model), Dtype.F32, Engine.cpu())) {
            Tokenizer tokenizer = Tokenizer.load(model);
            List<PromptTokens> prompts = new ArrayList<>();
            cases.properties()
                    .forEach(story -> prompts.add(new PromptTokens(
                            prompts.size(), Comparisons.ints(story.getValue().path("prompt_ids")), story.getKey())));
            Generator generator = new Generator(base, base, AnswerEnds.of(tokenizer), 512);
            List<Completion> answers = generator.generate(prompts, GenerationSettings.greedy(60));
            for (Completion answer : answers) {
                JsonNode expected = cases.path(answer.prompt().text());
                assertThat(answer.ids()).isEqualTo(Comparisons.ints(expected.path("greedy_ids")));
                assertThat(answer.text()).isEqualTo(expected.path("greedy_text").asText());
            }
        }
    }

    @Test
    void anAnswerIsCutBeforeAStopText() {
        Path model = stories();
        try (BaseModel base = BaseModel.load(model, Families.decoder(model), Dtype.F32, Engine.cpu())) {
            Tokenizer tokenizer = Tokenizer.load(model);
            PromptTokens prompt = new PromptTokens(0, tokenizer.encode(STORY, true), STORY);
            Generator generator = new Generator(base, base, AnswerEnds.of(tokenizer), 512);
            String whole = text(generator, prompt, List.of(), new StringBuilder());
            StringBuilder streamed = new StringBuilder();
            String cut = text(generator, prompt, List.of("never comes", ". "), streamed);
            assertThat(whole).contains(". ");
            assertThat(cut).isEqualTo(whole.substring(0, whole.indexOf(". ")));
            assertThat(streamed.toString()).isEqualTo(cut);
        }
    }

    private static String text(Generator generator, PromptTokens prompt, List<String> stop, StringBuilder streamed) {
        List<Completion> answers = new ArrayList<>();
        GenerationSettings settings = new GenerationSettings(80, Sampling.GREEDY, 1, 0, stop, false);
        generator.generate(List.of(prompt), settings, new Generator.Listener() {
            @Override
            public void text(PromptTokens answered, int sample, String piece) {
                streamed.append(piece);
            }

            @Override
            public void completed(Completion completion) {
                answers.add(completion);
            }
        });
        assertThat(answers).hasSize(1);
        assertThat(streamed.toString()).isEqualTo(answers.get(0).text());
        assertThat(answers.get(0).finished()).isEqualTo(!stop.isEmpty());
        return String.valueOf(answers.get(0).text());
    }
}
