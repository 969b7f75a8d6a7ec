package org.align4j.serve.together;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.Map;
import org.align4j.core.files.Json;
import org.align4j.serve.door.PageTables;
import org.align4j.serve.job.JobRequest.Method;
import org.align4j.serve.together.TogetherFields.Read;
import org.align4j.serve.together.TogetherFields.Rows;
import org.align4j.serve.together.ValidationReports.Format;
import org.align4j.web.Refusal;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What becomes of the fields of Together's client, whose bodies are as it sent them. */
class TogetherFieldsTest {
    /** What {@code client.fine_tuning.create(training_file=…, model="tiny", training_method="dpo", dpo_beta=0.1, lora=True)} sends. */
    private static final String SENT = """
            {"training_file": "file-x", "validation_file": "", "packing": true, "model": "tiny", "n_epochs": 1, "learning_rate": 1e-05,
             "lr_scheduler": {"lr_scheduler_type": "cosine", "lr_scheduler_args": {"min_lr_ratio": 0.0, "num_cycles": 0.5}},
             "warmup_ratio": 0.0, "max_grad_norm": 1.0, "weight_decay": 0.0, "n_checkpoints": 1, "n_evals": 0, "batch_size": "max",
             "early_stopping_enabled": false,
             "training_type": {"lora_r": 16, "lora_alpha": 32, "lora_dropout": 0.0, "lora_trainable_modules": "all-linear", "type": "Lora"},
             "training_method": {"method": "dpo", "dpo_beta": 0.1, "dpo_normalize_logratios_by_length": false, "dpo_reference_free": false}}
            """;

    private static final Rows PAIRS = new Rows(40, Format.PREFERENCE_OPENAI);

    private static Read read(String changes, Rows rows) throws Exception {
        ObjectNode body = (ObjectNode) Json.read(SENT);
        merge(body, Json.read(changes));
        return TogetherFields.read(TogetherFields.known(body), rows);
    }

    private static void merge(ObjectNode into, JsonNode changes) {
        changes.properties().forEach(entry -> {
            boolean whole =
                    entry.getKey().equals("training_method") && entry.getValue().has("method");
            if (!whole && entry.getValue().isObject() && into.get(entry.getKey()) instanceof ObjectNode inner) {
                merge(inner, entry.getValue());
            } else {
                into.set(entry.getKey(), entry.getValue());
            }
        });
    }

    @Test
    void thePageShowsTheTable() throws Exception {
        PageTables.require(
                "serve/together.md",
                Map.of(
                        "fields",
                        PageTables.fields(TogetherFields.TABLE),
                        "chat",
                        PageTables.fields(TogetherChat.CHAT)));
    }

    @Test
    void whatTheClientSendsBecomesOptionsOfAlignDpo() throws Exception {
        Read read = read("{}", PAIRS);
        assertThat(read.method()).isEqualTo(Method.DPO);
        Map<String, Object> options = new LinkedHashMap<>(read.options());
        assertThat(options.remove("loss"))
                .asInstanceOf(InstanceOfAssertFactories.LIST)
                .containsExactly("sigmoid");
        assertThat(options)
                .containsEntry("beta", 0.1)
                .containsEntry("epochs", 1L)
                .containsEntry("batch-size", 16L)
                .containsEntry("learning-rate", 1e-5)
                .containsEntry("schedule", "cosine")
                .containsEntry("max-grad-norm", 1.0)
                .containsEntry("lora-rank", 16L)
                .containsEntry("lora-alpha", 32.0)
                .containsEntry("lora-targets", "all-linear")
                .doesNotContainKey("warmup-fraction");
        assertThat(read.seed()).isEqualTo(42);
        assertThat(read.validationFile()).isNull();
        assertThat(read.notes())
                .containsExactly(
                        "batch_size max: --batch-size 16.",
                        "n_checkpoints 1: a checkpoint is kept at each epoch's end, and the last three stay.");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"training_method\": {\"rpo_alpha\": 0.5}} | loss | [sigmoid, sft]",
                "{\"training_method\": {\"rpo_alpha\": 0.5}} | loss-weights | [1, 0.5]",
                "{\"training_method\": {\"simpo_gamma\": 0.3, \"dpo_reference_free\": true}} | loss | [simpo]",
                "{\"training_method\": {\"simpo_gamma\": 0.3}} | simpo-gamma | 0.3",
                "{\"training_method\": {\"simpo_gamma\": 0.0}} | loss | [sigmoid]",
                "{\"training_method\": {\"dpo_normalize_logratios_by_length\": true}} | loss | [sigmoid_norm]",
                "{\"training_method\": {\"dpo_reference_free\": true}} | reference | none",
                "{\"batch_size\": 8, \"gradient_accumulation_steps\": 4} | batch-size | 32",
                "{\"lr_scheduler\": {\"lr_scheduler_type\": \"linear\"}} | schedule | linear",
                "{\"lr_scheduler\": {\"lr_scheduler_args\": {\"min_lr_ratio\": 1}}} | schedule | constant",
                "{\"warmup_ratio\": 0.1} | warmup-fraction | 0.1",
                "{\"max_grad_norm\": 0} | max-grad-norm | none",
                "{\"weight_decay\": 0.01} | weight-decay | 0.01",
                "{\"max_seq_length\": 128} | max-length | 128",
                "{\"packing\": false} | packing | false",
                "{\"training_type\": {\"lora_trainable_modules\": \"q_proj, v_proj\"}} | lora-targets | q_proj,v_proj",
                "{\"training_type\": {\"lora_dropout\": 0.1}} | lora-dropout | 0.1",
                "{\"validation_file\": \"file-y\", \"n_evals\": 5, \"batch_size\": 2} | eval-every | 4",
                "{\"validation_file\": \"file-y\", \"n_evals\": 4, \"early_stopping_enabled\": true} | early-stop-patience | 3"
            })
    void eachKnobBecomesAnOption(String changes, String option, String value) throws Exception {
        assertThat(String.valueOf(read(changes, PAIRS).options().get(option))).isEqualTo(value);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"nonsense\": 1} | nonsense | unknown_parameter",
                "{\"training_method\": {\"gamma\": 1}} | training_method.gamma | unknown_parameter",
                "{\"training_type\": {\"r\": 1}} | training_type.r | unknown_parameter",
                "{\"lr_scheduler\": {\"lr_scheduler_args\": {\"power\": 1}}} | lr_scheduler.lr_scheduler_args.power | unknown_parameter",
                "{\"lr_scheduler\": {\"lr_scheduler_args\": {\"num_cycles\": 2}}} | lr_scheduler.lr_scheduler_args.num_cycles | unsupported_parameter",
                "{\"lr_scheduler\": {\"lr_scheduler_args\": {\"min_lr_ratio\": 0.5}}} | lr_scheduler.lr_scheduler_args.min_lr_ratio | unsupported_value",
                "{\"lr_scheduler\": {\"lr_scheduler_type\": \"step\"}} | lr_scheduler.lr_scheduler_type | invalid_value",
                "{\"from_hf_model\": \"a/b\"} | from_hf_model | unsupported_parameter",
                "{\"hf_output_repo_name\": \"a/b\"} | hf_output_repo_name | unsupported_parameter",
                "{\"multimodal_params\": {\"train_vision\": true}} | multimodal_params.train_vision | unsupported_parameter",
                "{\"early_stopping_min_delta\": 0.1} | early_stopping_min_delta | unsupported_parameter",
                "{\"early_stopping_enabled\": true} | early_stopping_enabled | invalid_value",
                "{\"n_evals\": 2} | n_evals | invalid_value",
                "{\"validation_file\": \"file-y\", \"n_evals\": 3, \"early_stopping_enabled\": true} | n_evals | invalid_value",
                "{\"training_type\": {\"type\": \"Full\"}} | training_type.type | unsupported_value",
                "{\"training_type\": {\"lora_r\": 1000}} | training_type.lora_r | integer_above_max_value",
                "{\"training_type\": {\"lora_trainable_modules\": \"regex:.*\"}} | training_type.lora_trainable_modules | invalid_value",
                "{\"training_method\": {\"dpo_beta\": 0}} | training_method.dpo_beta | decimal_below_min_value",
                "{\"training_method\": {\"rpo_alpha\": -1}} | training_method.rpo_alpha | decimal_below_min_value",
                "{\"training_method\": {\"method\": \"ppo\"}} | training_method.method | invalid_value",
                "{\"training_method\": {\"method\": \"dpo\", \"train_on_inputs\": true}} | training_method.train_on_inputs | invalid_value",
                "{\"training_method\": {\"method\": \"sft\", \"dpo_beta\": 0.1}} | training_method.dpo_beta | invalid_value",
                "{\"training_method\": {\"method\": \"sft\", \"train_on_inputs\": true}} | training_method.train_on_inputs | unsupported_value",
                "{\"batch_size\": 200, \"gradient_accumulation_steps\": 2} | gradient_accumulation_steps | integer_above_max_value",
                "{\"batch_size\": 0} | batch_size | integer_below_min_value",
                "{\"n_epochs\": 1.5} | n_epochs | invalid_type",
                "{\"learning_rate\": \"fast\"} | learning_rate | invalid_type",
                "{\"suffix\": \"a/b\"} | suffix | invalid_value",
                "{\"suffix\": \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"} | suffix | string_above_max_length"
            })
    void whatCantBeIsRefusedByItsName(String changes, String param, String code) {
        assertThat(org.assertj.core.api.Assertions.catchThrowableOfType(Refusal.class, () -> read(changes, PAIRS)))
                .satisfies(refusal -> {
                    assertThat(refusal.param()).isEqualTo(param);
                    assertThat(refusal.code()).isEqualTo(code);
                });
    }

    @Test
    void textsAreTrainedOnWholeAndKeysAreNotKept() throws Exception {
        String sft =
                "{\"training_method\": {\"method\": \"sft\", \"train_on_inputs\": true}, \"wandb_key\": \"secret\","
                        + " \"wandb_project_name\": \"mine\"}";
        Read read = read(sft, new Rows(40, Format.GENERAL));
        assertThat(read.method()).isEqualTo(Method.SUPERVISED);
        assertThat(Json.text(read.document())).contains("mine").doesNotContain("secret");
        assertThat(read.notes()).anyMatch(note -> note.startsWith("wandb: nothing is sent anywhere"));
    }
}
