package org.align4j.serve.batch;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.align4j.core.files.Json;
import org.align4j.serve.chat.TokenCount;
import org.align4j.serve.files.Incoming;
import org.align4j.serve.files.Space;
import org.align4j.serve.files.StoredFiles;
import org.align4j.serve.store.Call;
import org.align4j.serve.store.Store;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Batches of a project that has many, beside those of others: they take turns by project, and by key within one. */
class FairBatchesTest {
    private static final String CHATS = "/v1/chat/completions";

    @TempDir
    Path folder;

    private static String requests(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> Json.text(
                        Map.of("custom_id", "r" + i, "method", "POST", "url", CHATS, "body", Map.of("model", "tiny"))))
                .collect(Collectors.joining("\n"));
    }

    private static void create(StoredFiles files, Batches batches, String project, String key, int requests)
            throws IOException {
        try (Incoming incoming = files.begin(project)) {
            incoming.write(requests(requests).getBytes(StandardCharsets.UTF_8));
            String id = files.admit(incoming, project, new StoredFiles.Label("in.jsonl", "batch", null))
                    .id();
            Batch unused =
                    batches.create(new Batch.Asked(project, key, CHATS, id, null, Map.of()), new Call(id, null, false));
        }
    }

    /**
     * Twenty batches of one project, of fifty requests each, answered one after the other as the test lets them: a batch of one request of another
     * project, and one of another key of the same project, are answered within the next rounds.
     */
    @Test
    void oneRequestOfAnotherProjectWaitsForNoBatch() throws Exception {
        Semaphore mayAnswer = new Semaphore(0);
        CountDownLatch others = new CountDownLatch(2);
        Batches.Answering answering = (Batch.Asked batch, JsonNode body) -> {
            if (batch.key().equals("busy")) {
                mayAnswer.acquireUninterruptibly();
            } else {
                others.countDown();
            }
            return new Batches.Answered(200, Map.of(), TokenCount.NONE);
        };
        try (Store store = Store.open(folder)) {
            StoredFiles files =
                    new StoredFiles(store, folder, new Space(() -> Long.MAX_VALUE, null), InstantSource.system());
            Batches batches = Batches.open(
                    store, files, answering, new Batches.Settings(100, InstantSource.system(), System.out::println));
            for (int i = 0; i < 20; i++) {
                create(files, batches, "big", "busy", 50);
            }
            batches.start();
            try {
                mayAnswer.release(40);
                create(files, batches, "big", "quiet", 1);
                create(files, batches, "small", "own", 1);
                long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
                while (!others.await(50, TimeUnit.MILLISECONDS)) {
                    assertThat(System.nanoTime())
                            .as("others waited for the busy key")
                            .isLessThan(until);
                    mayAnswer.release(2); // some of a thousand go on
                }
                assertThat(batches.list("big", null, 100).items())
                        .filteredOn(batch -> batch.asked().key().equals("busy"))
                        .noneMatch(batch -> batch.state() == Batch.State.COMPLETED);
            } finally {
                mayAnswer.release(10_000);
                batches.close();
            }
        }
    }
}
