package org.align4j.spark;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.align4j.core.cli.train.AlignRuns;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each training method on one, two and four executors leaves the bytes of a run on one machine with the same slices. */
@EnabledIfSystemProperty(named = "align4j.cluster", matches = "true")
class ClusterMethodsTest {
    @TempDir
    Path folder;

    private record Method(String name, TinyRuns.Words words, String... options) {
        @Override
        public String toString() {
            return name + " " + String.join(" ", options);
        }
    }

    static Stream<Method> methods() {
        return Stream.of(
                new Method("dpo", TinyRuns::dpo, "--lora-dropout", "0.1"),
                new Method("dpo", TinyRuns::dpo, "--loss", "aot"),
                new Method("dpo", TinyRuns::dpo, "--loss", "beta_dpo"),
                new Method("dpo", TinyRuns::dpo, "--loss", "sigmoid,sft", "--loss-weights", "1,0.5"),
                new Method("dpo", TinyRuns::dpo, "--method", "full", "--dtype", "bf16"),
                new Method("kto", TinyRuns::kto),
                new Method("sft", TinyRuns::sft, "--lora-dropout", "0.1"),
                new Method("reward", TinyRuns::reward),
                new Method("ppo", TinyRuns::ppo, "--entropy-coefficient", "0.01"),
                new Method("grpo", TinyRuns::ppo, "--algorithm", "grpo", "--dtype", "bf16"),
                new Method("online-dpo", TinyRuns::ppo, "--algorithm", "online-dpo", "--mini-batches", "1"));
    }

    @ParameterizedTest
    @MethodSource("methods")
    void theBytesAreThoseOfOneMachine(Method method) throws IOException {
        Path plain = run(method, "plain");
        for (int executors : List.of(1, 2, 4)) {
            String cluster = "local-cluster[" + executors + ",1,1024]";
            AlignRuns.assertSame(run(method, "on " + executors, "--cluster", cluster), plain);
        }
    }

    private Path run(Method method, String name, String... more) {
        Path out = folder.resolve(name);
        AlignRuns.align(method.words().of(out, AlignRuns.concat(method.options(), more)));
        return out;
    }
}
