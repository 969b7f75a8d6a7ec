package org.align4j.ppo;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.core.cli.train.Refusals;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@code align ppo} says of bad input, and what it leaves where a reward fails in the middle. */
class BadInputTest {
    @TempDir
    Path folder;

    private PpoRuns runs;

    @BeforeEach
    void prepare() throws IOException {
        runs = new PpoRuns(folder);
        Moody.become(Moody.Mood.FINE);
    }

    private void assertRefused(List<String> words, String... said) throws IOException {
        Refusals.assertRefused(folder, words, said);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        --rollouts-per-step 10 --samples-per-prompt 4               | rollouts-per-step is 10 | not divisible by samples-per-prompt 4
        --rollouts-per-step 8 --mini-batches 3                      | rollouts-per-step is 8  | 3 mini-batches
        --algorithm grpo --samples-per-prompt 1                     | samples-per-prompt is 1 | grpo compares the responses to a prompt
        --algorithm rloo --samples-per-prompt 1                     | samples-per-prompt is 1 | at least 2
        --algorithm online-dpo --samples-per-prompt 1               | samples-per-prompt is 1 | at least 2
        --algorithm grpo --value-clip-range 0.3                     | value-clip-range        | grpo: it has no critic
        --algorithm rloo --group-loss dapo                          | group-loss is dapo      | it belongs to grpo
        --algorithm rloo --ratio token                              | ratio is token          | one action
        --algorithm ppo --advantage-scale batch                     | advantage-scale is batch | no advantages of groups
        --algorithm grpo --kl-estimator k1                          | kl-estimator is k1      | by k3
        --algorithm grpo --group-loss cispo --dual-clip 3           | dual-clip is 3.0        | cispo has no clip
        --algorithm grpo --group-loss sapo --clip-range 0.3         | clip-range is 0.3       | sapo has no clip
        --algorithm grpo --group-loss vespo --clip-range-high 0.3   | clip-range-high is 0.3  | vespo has no clip
        --algorithm grpo --group-loss sapo --sapo-temperature-pos 0 | sapo-temperature-pos is 0.0 | positive
        --algorithm grpo --group-loss sapo --sapo-temperature-neg -1 | sapo-temperature-neg is -1.0 | 1.05 is usual
        --algorithm grpo --sapo-temperature-neg 1.2                 | sapo-temperature-neg is 1.2 | group-loss sapo
        --algorithm ppo --vespo-k-pos 2                             | vespo-k-pos is 2.0      | group-loss vespo
        --algorithm grpo --group-loss vespo --vespo-lambda-neg 0    | vespo-lambda-neg is 0.0 | positive
        --algorithm online-dpo --kl-coefficient 0                   | kl-coefficient is 0     | beta
        --algorithm online-dpo --kl-target 3                        | kl-target is 3.0        | no ratio to clip
        --batch-size 16                                             | batch-size is 16        | rollouts-per-step (8)
        --lora-dropout 0.1                                          | lora-dropout is 0.1     | without dropout
        --temperature 0                                             | temperature is 0.0      | above 0
        --kl-coefficient -1                                         | kl-coefficient is -1.0  | 0 or more
        --kl-horizon 10                                             | kl-horizon is 10.0      | no kl-target
        --clip-range 0                                              | clip-range is 0.0       | positive
        --dual-clip 1                                               | dual-clip is 1.0        | above 1
        --ppo-epochs 0                                              | ppo-epochs is 0         | at least 1
        --gae-lambda 1.5                                            | gae-lambda is 1.5       | from 0 to 1
        --max-length-ratio 1                                        | max-length-ratio is 1.0 | above 1.0
        --reward-normalization group                                | reward-normalization is group | it belongs to grpo
        --algorithm grpo --reward-normalization group --advantage-scale group | advantage-scale is group | already
        --algorithm grpo --reward-normalization group --reward-clip 2 | reward-clip is given    | drop one of the two
        --algorithm grpo --reward-normalization group --missing-eos-penalty 2 | missing-eos-penalty is given | before the sum
        --ensemble-penalty -1                                       | ensemble-penalty is -1.0 | 0 or more
        --reward ensemble:length                                    | an ensemble of one      | at least two
        --reward ensemble:length+regex:a                            | an ensemble with length | no reward model
        --reward-weights 1,2                                        | reward-weights has 2    | reward names 1
        --reward lenght                                             | reward is lenght        | length
        --reward org.example.Missing                                | org.example.Missing     | ALIGN4J_CLASSPATH
        --reward lexicon:none.txt                                   | none.txt                | read
        --reward regex:(                                            | regular expression      | Unclosed group
        --reward http://                                            | http://                 | address
        --reward java.lang.String                                   | java.lang.String        | RewardFunction
        --reward-timeout 0                                          | reward-timeout is 0.0   | positive
        --max-length 65                                             | max-length is 65        | positions for 64 tokens
        --early-stop-patience 2 --eval-fraction 0.2                 | early-stop-patience is 2 | keep-best
        """)
    void anOptionThatIsWrong(String options, String given, String required) throws IOException {
        assertRefused(runs.words("run", options.split(" ")), given, required);
    }

    @Test
    void dataWithoutPrompts() throws IOException {
        Path data = Files.writeString(folder.resolve("texts.jsonl"), "{\"text\": \"once upon\"}\n".repeat(4));
        List<String> words = runs.words("run", "--data", data.toString());
        String log = Refusals.refusal(folder, words, "texts.jsonl:1", "texts.jsonl:3, …)", "\"prompt\" is missing");
        assertThat(log.strip().lines().toList()).hasSize(2).last().asString().isEqualTo("All 4 rows are bad.");
    }

    @Test
    void aPromptLongerThanTheContext() throws IOException {
        Path data =
                Files.writeString(folder.resolve("long.jsonl"), "{\"prompt\": \"" + "1234567890".repeat(7) + "\"}\n");
        assertRefused(
                runs.words("run", "--data", data.toString()), "None of the 1 rows", "prompt alone fills max-length");
    }

    @Test
    void aLongPromptAmongOthersIsDroppedAndCounted() throws IOException {
        Files.writeString(
                runs.prompts(),
                Files.readString(runs.prompts()) + "{\"prompt\": \"" + "1234567890".repeat(7) + "\"}\n");
        AlignRuns.align(runs.words("run", "--max-steps", "1"));
        assertThat(AlignRuns.json(runs.at("run").resolve("manifest.json")).toString())
                .contains("\"read\":13", "\"used\":12", "prompt alone fills max-length");
    }

    @Test
    void anAnswerThatARowLacks() throws IOException {
        String said = "exact-answer needs an answer in every row";
        assertRefused(runs.words("run", "--reward", "exact-answer"), said, "row 0 has none", "columns answer=");
        assertRefused(runs.words("run", "--reward", "exact-answer", "--dry-run", "true"), said);
    }

    @Test
    void aRewardOfWordsForAModelWithoutATokenizer() throws IOException {
        for (String file : List.of("tokenizer.json", "tokenizer_config.json", "chat_template.jinja")) {
            Files.delete(runs.model().resolve(file));
        }
        Files.writeString(runs.prompts(), "{\"prompt_ids\": [5, 6, 7]}\n".repeat(8));
        assertRefused(runs.words("run", "--reward", "regex:x"), "the reward reads text", "no tokenizer");
        AlignRuns.align(runs.words("run", "--reward", "length", "--max-steps", "1"));
    }

    /** Two steps are done and saved; the third leaves no trace, and the mended run goes on as if nothing had been. */
    @Tag("long")
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        THROWS       | failed: no pencil
        NOT_A_NUMBER | gave a score that is not finite
        TOO_FEW      | gave 5 scores for 8 responses
        """)
    void aRewardThatFailsInTheThirdStep(Moody.Mood mood, String said) throws IOException {
        String[] options = {"--reward", Moody.class.getName(), "--max-steps", "4", "--save-every", "1"};
        AlignRuns.align(runs.words("undisturbed", options));
        Moody.become(mood);
        String log = AlignRuns.ends(1, runs.words("run", options));
        assertThat(log).contains("Moody", said, "(row", "Nothing of this step was applied");
        assertThat(AlignRuns.steps(runs.at("run"))).hasSize(2);
        assertThat(AlignRuns.json(runs.at("run").resolve("result.json"))
                        .get("status")
                        .asText())
                .isEqualTo("failed");
        Moody.become(Moody.Mood.FINE);
        AlignRuns.align(List.of("resume", runs.at("run").toString()));
        AlignRuns.assertSame(runs.at("run"), runs.at("undisturbed"));
    }

    @Test
    void aServiceThatIsTooLate() throws IOException {
        CountDownLatch over = new CountDownLatch(1);
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            try {
                over.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            exchange.close();
        });
        server.start();
        try {
            String address = "http://127.0.0.1:" + server.getAddress().getPort();
            String log = AlignRuns.ends(1, runs.words("run", "--reward", address, "--reward-timeout", "0.2"));
            assertThat(log)
                    .contains(
                            address, "gave no scores within reward-timeout (0.2 s)", "(rows ", "Nothing of this step");
        } finally {
            over.countDown();
            server.stop(0);
        }
    }

    /** Refused at step 2; the rollouts stay, and nothing but the size of forwards changes. */
    @Test
    void aRewardModelWithoutMemoryIsAskedAgain() throws IOException {
        String[] options = {"--max-steps", "2", "--micro-batch-tokens", "64"};
        AlignRuns.align(runs.words("usual", options));
        String log = AlignRuns.align(runs.words("run", AlignRuns.concat(options, "--reward", Cramped.class.getName())));
        assertThat(log).contains("Out of memory with micro-batch-tokens 64: the same rows again with 32.");
        assertThat(AlignRuns.steps(runs.at("run")).get(1).get("objective/scores"))
                .isEqualTo(AlignRuns.steps(runs.at("usual")).get(1).get("objective/scores"));
        assertThat(Files.readString(runs.at("run").resolve("warnings.json"))).contains("out-of-memory");
    }

    @Test
    void aDryRunWritesNothing() {
        AlignRuns.align(runs.words("run", "--dry-run", "true"));
        assertThat(runs.at("run")).doesNotExist();
    }
}
