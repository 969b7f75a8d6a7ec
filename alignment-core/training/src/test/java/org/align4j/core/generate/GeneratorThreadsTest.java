package org.align4j.core.generate;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.family.Families;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.Engine;
import org.align4j.core.model.BaseModel;
import org.align4j.core.reference.TinyFamilies;
import org.junit.jupiter.api.Test;

/** A model that one thread has loaded answers on others, on four at a time too, as on its own. */
class GeneratorThreadsTest {
    private static final List<PromptTokens> PROMPTS = IntStream.range(0, 6)
            .mapToObj(row -> new PromptTokens(row, new int[] {3 + row, 40, 7 * row + 5}, null))
            .toList();

    private static List<List<Integer>> answers(BaseModel base) {
        GenerationSettings sampled = new GenerationSettings(12, new Sampling(1, 0, 1), 2, 7, List.of(), true);
        return new Generator(base, base, AnswerEnds.ofTokens(), 100)
                .generate(PROMPTS, sampled).stream()
                        .map(answer -> Arrays.stream(answer.ids()).boxed().toList())
                        .toList();
    }

    private static String how(BaseModel base) {
        StringBuilder said = new StringBuilder();
        GenerationSettings settings = new GenerationSettings(1, Sampling.GREEDY, 1, 0, List.of(), true);
        new Generator(base, base, AnswerEnds.ofTokens(), 100).generate(PROMPTS, settings, new Generator.Listener() {
            @Override
            public void prepared(String how) {
                said.append(how);
            }

            @Override
            public void completed(Completion completion) {}
        });
        return said.toString();
    }

    @Test
    void threadsSideBySideAnswerAsOneDoes() {
        Path model = TinyFamilies.of("llama");
        try (BaseModel alone = BaseModel.load(model, Families.decoder(model), Dtype.BF16, Engine.on(Device.cpu(), 1));
                BaseModel three =
                        BaseModel.load(model, Families.decoder(model), Dtype.BF16, Engine.on(Device.cpu(), 3))) {
            assertThat(answers(three)).isEqualTo(answers(alone));
            assertThat(how(three)).contains("3 threads side by side");
            assertThat(how(alone)).doesNotContain("side by side");
        }
    }

    @Test
    void fourThreadsAnswerAtOnce() throws Exception {
        Path model = TinyFamilies.of("llama");
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try (BaseModel base = BaseModel.load(model, Families.decoder(model), Dtype.BF16, Engine.cpu())) {
            List<List<Integer>> expected = answers(base);
            Callable<List<List<Integer>>> work = () -> answers(base);
            for (Future<List<List<Integer>>> own : threads.invokeAll(Collections.nCopies(4, work))) {
                assertThat(own.get()).isEqualTo(expected);
            }
        } finally {
            threads.shutdown();
        }
    }
}
