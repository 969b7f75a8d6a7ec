package org.align4j.serve.openai;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.files.FileCreateParams;
import com.openai.models.files.FileObject;
import com.openai.models.files.FilePurpose;
import com.openai.models.finetuning.jobs.FineTuningJob;
import com.openai.models.finetuning.jobs.JobCreateParams;
import java.nio.file.Path;

/** The programs of docs/serve.md and docs/chat.md, so that they compile as they stand there; other tests run their calls. */
final class BookPrograms {
    private BookPrograms() {}

    static FineTuningJob job() {
        OpenAIClient client = OpenAIOkHttpClient.builder()
                .baseUrl("http://127.0.0.1:8411/v1")
                .apiKey("any")
                .build();
        FileObject file = client.files()
                .create(FileCreateParams.builder()
                        .purpose(FilePurpose.FINE_TUNE)
                        .file(Path.of("chats.jsonl"))
                        .build());
        FineTuningJob job = client.fineTuning()
                .jobs()
                .create(JobCreateParams.builder()
                        .model("gpt-4o-mini-2024-07-18")
                        .trainingFile(file.id())
                        .suffix("polite")
                        .build());
        return job;
    }

    static ChatCompletion chat() {
        OpenAIClient client = OpenAIOkHttpClient.builder()
                .baseUrl("http://127.0.0.1:8411/v1")
                .apiKey("any")
                .build();
        ChatCompletion answer = client.chat()
                .completions()
                .create(ChatCompletionCreateParams.builder()
                        .model("smol")
                        .addUserMessage("Name three colours.")
                        .build());
        return answer;
    }
}
