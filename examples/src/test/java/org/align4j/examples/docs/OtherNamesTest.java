package org.align4j.examples.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.align4j.core.cli.Align;
import org.align4j.core.cli.Command;
import org.align4j.core.error.InputException;
import org.align4j.core.options.Arguments;
import org.align4j.core.options.OptionSpec;
import org.align4j.core.options.OptionsSpec;
import org.align4j.core.options.OptionsYaml;
import org.align4j.core.options.OtherNames;
import org.align4j.core.terminal.Terminal;
import org.align4j.dpo.DpoOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Names of TRL, PEFT, transformers, OpenAI and PyTorch are taken where they mean the same, else named; nothing is suggested from afar. */
class OtherNamesTest {
    private static final Map<String, Command<?>> COMMANDS = Align.commands();
    private static final Pattern NAMED = Pattern.compile("--([a-z0-9-]+)");
    private static final Pattern RUN = Pattern.compile("align ([a-z-]+)");
    private static final Pattern GIVEN = Pattern.compile("--([a-z0-9-]+) ([a-z0-9_.,-]+)");

    @ParameterizedTest
    @CsvSource(
            delimiter = '¦',
            value = {
                "grpo                          ¦ There is no command grpo; did you mean ppo --algorithm grpo?",
                "kto --model m                 ¦ There is no command kto; did you mean dpo --loss kto?",
                "train                         ¦ There is no command train; did you mean sft, dpo, reward or ppo?",
                "rlhf                          ¦ There is no command rlhf; did you mean ppo?",
                "generat                       ¦ There is no command generat; did you mean generate?",
                "fly                           ¦ There is no command fly.",
                "dpo --lr 1                    ¦ align dpo has no option --lr; did you mean --learning-rate?",
                "dpo --output_dir x            ¦ align dpo has no option --output_dir; did you mean --out?",
                "sft --model_name_or_path x    ¦ align sft has no option --model_name_or_path; did you mean --model?",
                "dpo --use_dora true           ¦ align dpo has no option --use_dora; did you mean --lora-variant dora?",
                "dpo --loss_type x             ¦ align dpo has no option --loss_type; did you mean --loss?",
                "ppo --loss_type x             ¦ align ppo has no option --loss_type; did you mean --group-loss?",
                "ppo --num_generations 8       ¦ align ppo has no option --num_generations; did you mean --samples-per-prompt?",
                "generate --num_return_sequences 8 ¦ align generate has no option --num_return_sequences; did you mean --samples?",
                "generate --lr 1               ¦ align generate has no option --lr.",
                "dpo --per_device_train_batch_size 1 ¦ did you mean --batch-size (rows of a whole optimizer step)?",
                "dpo --lr 1                    ¦ did you mean --learning-rate? It takes number|auto (default auto).",
                "dpo --report-to wandb         ¦ did you mean --track (tensorboard, mlflow:URL#EXPERIMENT or none;",
                "sft --optim adamw_8bit        ¦ align sft has no option --optim; that isn't here: AdamW moves all weights, as --adam-beta1,",
                "dpo --push-to-hub             ¦ that isn't here: a training sends nothing; align push RUN org/name sends what the run made.",
                "dpo --spin                    ¦ that isn't here: a round of self-play is two commands: align generate",
                "sft --streaming true          ¦ that isn't here: all rows are read and checked before the first step",
                "sft --neftune-alpha 5         ¦ that isn't here: no noise is put on embeddings; --lora-dropout 0.05",
                "ppo --use_vllm true           ¦ that isn't here: answers are made in the same process",
                "dpo --deepspeed ds.json       ¦ that isn't here: a model isn't divided over processes; --processes 2",
                "dpo --fsdp full_shard         ¦ that isn't here: a model isn't divided over processes; --processes 2",
                "dpo --gradient-accumulation-steps 4 ¦ did you mean --batch-size (rows of a whole optimizer step)?",
                "dpo --bf16                    ¦ did you mean --dtype bf16?",
                "dpo --lora-r 8                ¦ did you mean --lora-rank? It takes integer (default 16).",
                "dpo --use-peft                ¦ did you mean --method (lora, qlora or full)?",
                "dpo --load-in-4bit            ¦ did you mean --method qlora?",
                "dpo --num-train-epochs 3      ¦ did you mean --epochs? It takes number|auto (default auto).",
                "dpo --logging-steps 10        ¦ did you mean --log-every? It takes integer (default 1).",
                "dpo --warmup-ratio 0.1        ¦ did you mean --warmup-fraction? It takes number|none (default none).",
                "dpo --gradient-checkpointing  ¦ did you mean --recompute? It takes true|false|auto (default auto).",
                "generate --deepspeed x        ¦ align generate has no option --deepspeed; that isn't here:",
                "eval --task x                 ¦ did you mean --tasks?",
                "dpo --zzz 1                   ¦ align dpo has no option --zzz.",
                "dpo --learning 1              ¦ align dpo has no option --learning; did you mean --learning-rate?",
                "dpo --data d --out o --model m --loss r-dpo ¦ did you mean rdpo?",
                "dpo --data d --out o --model m --loss cdpo  ¦ did you mean --loss sigmoid --label-smoothing 0.1?",
                "dpo --data d --out o --model m --loss grpo  ¦ did you mean align ppo --algorithm grpo?",
                "dpo --data d --out o --model m --dtype fp16 ¦ must be one of auto, bf16, fp32; did you mean bf16?",
                "ppo --data d --out o --model m --reward length --algorithm gspo ¦ did you mean --algorithm grpo --ratio sequence?",
            })
    void isNamed(String words, String says) {
        Terminal terminal = Terminal.captured();
        assertThat(Align.run(terminal, words.split(" "))).isEqualTo(2);
        assertThat(terminal.captureLog()).contains(says).doesNotContain("?.");
    }

    /** A file of options is told as the command line is. */
    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "optim: adamw_torch       ; there is no option optim here; that isn't here: AdamW moves all weights",
                "report_to: wandb         ; there is no option report_to here; did you mean track (tensorboard,",
                "num_train_epochs: 3      ; there is no option num_train_epochs here; did you mean epochs? It takes number|auto"
            })
    void isNamedInAFile(String line, String says) {
        String text = line + "\nmodel: m\ndata: d\nout: o\n";
        assertThatThrownBy(() -> OptionsYaml.parse(text, "run.yaml", DpoOptions.class))
                .isInstanceOf(InputException.class)
                .hasMessageStartingWith("run.yaml:1: " + says);
    }

    @ParameterizedTest
    @CsvSource({
        "--loss, dpo, sigmoid",
        "--loss, DPO, sigmoid",
        "--device, cuda, gpu",
        "--device, cuda:1, gpu:1",
        "--dtype, bfloat16, bf16",
        "--f-divergence, js_divergence, js"
    })
    void isTaken(String option, String given, String here) {
        assertThat(dpo(option, given)).isEqualTo(dpo(option, here));
    }

    @Test
    void isTakenInAMix() {
        assertThat(dpo("--loss", "dpo,sft")).isEqualTo(dpo("--loss", "sigmoid,sft"));
    }

    private static DpoOptions dpo(String option, String value) {
        OptionsSpec<DpoOptions> spec = OptionsSpec.of(DpoOptions.class);
        return Arguments.parse(spec, "align dpo", List.of("--model", "m", "--data", "d", "--out", "o", option, value))
                .create(spec);
    }

    /** What the table says to be here is here: each command, each option, and each value that it gives for one. */
    @Test
    void whatTheTableNamesIsThere() {
        Set<String> options = new HashSet<>(Arguments.COMMON);
        COMMANDS.values()
                .forEach(command ->
                        options.addAll(OptionsSpec.of(command.options()).names()));
        for (OtherNames.Line line : OtherNames.lines()) {
            for (String meaning : line.meanings()) {
                String first = meaning.replaceFirst("[^a-z0-9-].*", "");
                switch (line.about()) {
                    case "commands" -> assertThat(COMMANDS).as(line.toString()).containsKey(first);
                    case "options" -> assertThat(options).as(line.toString()).contains(first);
                    case "not here" -> assertNotHere(line, meaning, options);
                    default -> assertThat(options).as(line.toString()).contains(line.about());
                }
                if (!line.about().equals("not here")) {
                    line.names().forEach(name -> assertGiven(line, meaning.replace("NAME", name), options));
                }
            }
        }
    }

    /** No option of ours bears a name that is said not to be here, nor does another line say what it is. */
    private static void assertNotHere(OtherNames.Line line, String reason, Set<String> options) {
        for (String name : line.names()) {
            assertThat(options).as(name).doesNotContain(name.replace('_', '-'));
            assertThat(OtherNames.lines().stream()
                            .filter(each -> Set.of("options", "not here").contains(each.about()))
                            .flatMap(each -> each.names().stream())
                            .filter(name::equals))
                    .as(name)
                    .hasSize(1);
        }
        NAMED.matcher(reason)
                .results()
                .forEach(match -> assertThat(options).as(reason).contains(match.group(1)));
        RUN.matcher(reason)
                .results()
                .forEach(match -> assertThat(COMMANDS).as(reason).containsKey(match.group(1)));
    }

    private static void assertGiven(OtherNames.Line line, String meaning, Set<String> options) {
        List<String> given = new ArrayList<>();
        GIVEN.matcher(meaning).results().forEach(match -> {
            given.add(match.group(1));
            assertThat(options).as(line.toString()).contains(match.group(1));
            for (String value : match.group(2).split(",")) {
                assertThat(isValue(match.group(1), value))
                        .as(match.group() + " of " + line)
                        .isTrue();
            }
        });
        boolean plain = line.meanings().size() == 1 && given.isEmpty() && !meaning.startsWith("align ");
        if (plain && !Set.of("commands", "options").contains(line.about())) {
            for (String value : meaning.split(" or ")) {
                assertThat(isValue(line.about(), value))
                        .as(value + " of " + line)
                        .isTrue();
            }
        }
    }

    /** Whether some command's option lists the value, or takes numbers. */
    private static boolean isValue(String option, String value) {
        return COMMANDS.values().stream()
                .flatMap(command -> OptionsSpec.of(command.options()).options().stream())
                .filter(each -> each.name().equals(option))
                .map(OptionSpec::typeText)
                .anyMatch(types -> types.matches("(integer|number).*")
                        || List.of(types.replace(",…", "").split("\\|")).contains(value.replace('-', '_'))
                        || List.of(types.replace(",…", "").split("\\|")).contains(value.replace('_', '-')));
    }
}
