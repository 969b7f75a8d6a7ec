package org.align4j.core.text;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.align4j.core.error.InputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A model without tokenizer.json is told what to do with what it has. */
class MissingTokenizerTest {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(
            strings = {"tokenizer.model", "spiece.model", "tiktoken.model", "qwen.tiktoken", "tekken.json", "vocab.json"
            })
    void otherFormsAreToldHowToBeConverted(String file) throws IOException {
        Files.writeString(folder.resolve(file), "x");
        assertThatThrownBy(() -> Tokenizer.load(folder))
                .isInstanceOf(InputException.class)
                .hasMessageContainingAll(
                        folder + " has " + file + " but no tokenizer.json",
                        "AutoTokenizer.from_pretrained",
                        "save_pretrained");
    }

    @Test
    void noneAtAllIsMissing() {
        assertThatThrownBy(() -> Tokenizer.load(folder))
                .hasMessageContainingAll("tokenizer.json is missing", "rows of token ids don't");
        assertThatThrownBy(() -> Tokenizer.load(folder.resolve("nowhere")))
                .hasMessageContainingAll("nowhere is no folder", "org/name[@revision]");
    }
}
