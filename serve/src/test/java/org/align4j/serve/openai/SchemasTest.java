package org.align4j.serve.openai;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The oracle finds what is wrong: a test of it that couldn't fail would be none. */
class SchemasTest {
    private static final String JOB = """
            {"id": "ftjob-1", "object": "fine_tuning.job", "created_at": 1, "error": null, "fine_tuned_model": null, "finished_at": null,
             "hyperparameters": {"n_epochs": "auto", "batch_size": 4, "learning_rate_multiplier": 0.5}, "model": "m",
             "organization_id": "o", "result_files": [], "status": "queued", "trained_tokens": null, "training_file": "f",
             "validation_file": null, "seed": 1}""";

    @Test
    void aJobIsAsDescribed() {
        Schemas.require("FineTuningJob", JOB);
    }

    @Test
    void whatOpenAiForbidsIsFound() {
        assertThat(Schemas.problems("FineTuningJob", JOB.replace("\"queued\"", "\"paused\"")))
                .isNotEmpty();
        assertThat(Schemas.problems("FineTuningJob", JOB.replace("\"batch_size\": 4", "\"batch_size\": 400")))
                .isNotEmpty();
        assertThat(Schemas.problems("FineTuningJob", JOB.replace("0.5", "0"))).isNotEmpty();
        assertThat(Schemas.problems("FineTuningJob", JOB.replace("\"error\": null,", "")))
                .isNotEmpty();
        assertThat(Schemas.problems("FineTuningJob", JOB.replace("\"seed\": 1", "\"seed\": null")))
                .isNotEmpty();
        assertThat(Schemas.problems("ErrorResponse", "{\"error\":{\"message\":\"m\"}}"))
                .isNotEmpty();
    }

    @Test
    void nullIsTakenWhereOpenAiTakesIt() {
        String chunk = "{\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":"
                + "[{\"index\":0,\"delta\":{},\"logprobs\":null,\"finish_reason\":null}]}";
        Schemas.require("CreateChatCompletionStreamResponse", chunk);
        assertThat(Schemas.problems(
                        "CreateChatCompletionStreamResponse",
                        chunk.replace("\"finish_reason\":null", "\"finish_reason\":\"tired\"")))
                .isNotEmpty();
        assertThat(Schemas.problems(
                        "CreateChatCompletionStreamResponse", chunk.replace("\"index\":0", "\"index\":null")))
                .isNotEmpty();
    }
}
