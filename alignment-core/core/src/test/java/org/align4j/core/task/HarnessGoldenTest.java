package org.align4j.core.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.align4j.core.Align4j;
import org.align4j.core.LanguageModel;
import org.align4j.core.files.Checkout;
import org.align4j.core.task.TaskReport.TaskResult;
import org.align4j.core.task.TaskSettings.AnswerSettings;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Multiple choice against lm-evaluation-harness 0.4.13 on the demo's model, item by item: queries that end with white space, an empty
 * one, choices of several bytes a character, equal choices; without examples, with few and many, and by the chat template. The golden
 * files were made by make_golden.sh beside them.
 */
class HarnessGoldenTest {
    private static final Path GOLDEN = Checkout.resource("training", "tasks");
    private static LanguageModel model;

    @BeforeAll
    static void open() {
        model = Align4j.model(Checkout.DEMO.resolve("model").toString())
                .option("dtype", "fp32")
                .option("threads", 1)
                .open();
    }

    @AfterAll
    static void close() {
        model.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"plain", "few-shot", "many-shot", "chat"})
    void choicesAndLogLikelihoodsAreThoseOfTheHarness(String name) throws IOException {
        JsonNode golden =
                new ObjectMapper().readTree(GOLDEN.resolve(name + ".json").toFile());
        TaskSettings settings = new TaskSettings(
                golden.path("few_shot").asInt(),
                null,
                golden.path("chat_template").asBoolean(),
                golden.path("seed").asLong(),
                null,
                false,
                AnswerSettings.USUAL);
        List<String> files = List.of(GOLDEN.resolve("choices.jsonl").toString());
        TaskResult result =
                model.evaluate(TaskSuite.read("tasks", files, settings)).get(0);
        assertThat(result.items()).hasSize(golden.path("log_likelihoods").size());
        for (TaskItem item : result.items()) {
            double[] found = (double[]) item.details().get("log_likelihoods");
            JsonNode expected = golden.path("log_likelihoods").get(item.item());
            assertThat(found).as("item %d", item.item()).hasSize(expected.size());
            for (int choice = 0; choice < found.length; choice++) {
                assertThat(found[choice])
                        .as("item %d, choice %d", item.item(), choice)
                        .isCloseTo(expected.get(choice).asDouble(), within(1e-3));
            }
        }
        golden.path("figures")
                .propertyStream()
                .forEach(figure -> assertThat((Double) result.figures().get(figure.getKey()))
                        .as(figure.getKey())
                        .isCloseTo(figure.getValue().asDouble(), within(1e-12)));
    }
}
