package org.align4j.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What clients read of sentences that name places on the server's machine. */
class HiddenPathsTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "/home/me/server/runs/ftjob-1/config.yaml can't be read. | config.yaml can't be read.",
                "data is /tmp/x/rows.jsonl:17: broken | data is rows.jsonl:17: broken",
                "'/var/lib/align4j/models/' holds no model | 'models' holds no model",
                "read (/usr/share/a) and \"/etc/passwd\". | read (a) and \"passwd\".",
                "C:\\Users\\me\\server\\serve.db can't be used | serve.db can't be used",
                "send it to /v1/files, or /together/v1/fine-tunes/ft-1 | send it to /v1/files, or"
                        + " /together/v1/fine-tunes/ft-1",
                "see http://127.0.0.1:8411/home/x and HuggingFaceTB/SmolLM2 | see http://127.0.0.1:8411/home/x and"
                        + " HuggingFaceTB/SmolLM2",
                "1/2 of 3/4, a /dev | 1/2 of 3/4, a /dev",
            })
    void ofAPathTheLastNameStays(String sentence, String shown) {
        assertThat(HiddenPaths.in(sentence)).isEqualTo(shown);
        assertThat(new Refusal(400, sentence).message()).isEqualTo(shown);
        assertThat(new Refusal(400, sentence).about("a", "b").message()).isEqualTo(shown);
    }

    @Test
    void namesBelowAFolderMayHoldAnything() {
        Path folder = Path.of("/home/me/My (own) server").toAbsolutePath();
        assertThat(HiddenPaths.below(folder, folder.resolve("runs") + " is full"))
                .isEqualTo("runs is full");
        assertThat(HiddenPaths.below(folder, folder + " is full")).isEqualTo("the server's folder is full");
    }
}
