package org.align4j.core.fuzz;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.align4j.core.files.Trials;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Reads every input that fuzzing kept, those that once broke a reader among them. {@code -Dalign4j.fuzz.corpus=FOLDER} reads
 * another corpus: a folder with one for each target.
 */
class FuzzCorpusTest {
    private static final Path CORPUS = Path.of(System.getProperty("align4j.fuzz.corpus", "src/test/resources/fuzz"));

    private static final int SOME = 100;

    @TempDir
    Path folder;

    @Tag("long")
    @ParameterizedTest
    @EnumSource
    void everyInputIsReadOrRefusedInWords(FuzzTargets target) throws IOException, InterruptedException {
        FuzzInput reader = new FuzzInput(target, folder, target.allowance());
        List<String> broken = new ArrayList<>();
        int taken = 0;
        int refused = 0;
        for (Path file : inputs(target)) {
            try {
                boolean whole = reader.watched(Files.readAllBytes(file));
                taken += whole ? 1 : 0;
                refused += whole ? 0 : 1;
            } catch (FuzzInput.Broken problem) {
                broken.add(file.getFileName() + " " + problem.getMessage() + " " + where(problem));
            }
        }
        assertThat(broken).as("inputs of %s", target).isEmpty();
        assertThat(taken).as("inputs that are read").isPositive();
        assertThat(refused).as("inputs that are refused").isPositive();
    }

    /** Inputs of which a single value is another or isn't there; where this is no soak, some of them. */
    @Tag("long")
    @ParameterizedTest
    @EnumSource(
            mode = EnumSource.Mode.EXCLUDE,
            names = {"SAFETENSORS", "GGUF", "TEMPLATE"})
    void noSingleValueBreaksAReader(FuzzTargets target) throws IOException, InterruptedException {
        List<byte[]> all = new ArrayList<>();
        for (Path file : inputs(target)) {
            if (Files.size(file) <= target.longest()) {
                all.addAll(EachValue.of(Files.readAllBytes(file)));
            }
        }
        List<byte[]> tried = Trials.of(all, SOME);
        Trials.tell("inputs of " + target + " with a single value changed", tried.size(), all.size());
        FuzzInput reader = new FuzzInput(target, folder, target.allowance());
        assertThat(broken(reader, tried)).as("inputs of %s", target).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "GGUF, huge-tensors, announces 4611686018427387904 tensors",
        "GGUF, huge-text, announces 1099511627776 bytes",
        "GGUF, text-2-gib, announces 2147483647 bytes",
        "GGUF, huge-list, announces 1099511627776 values",
        "GGUF, dimension-huge, which no file can hold",
        "GGUF, cut-tensors, it is truncated",
        "GGUF, overlap, lies over another",
        "GGUF, type-named, is held as Q5_K",
        "GGUF, layers, llama.block_count is 4000000000",
        "CONFIG, share-negative, must be above 0 and at most 1",
        "CONFIG, share-of-two, must be above 0 and at most 1",
        "CONFIG, odd-head, an even number from 2",
        "CONFIG, many-layers, at most 1024 are supported",
        "CONFIG, experts-mixtral, at most 1024 are supported",
        "CONFIG, experts-of-layers, 33024 in all",
        "CONFIG, head-dim, numbers are rotated",
        "TOKENIZER, id-2-gib, must be from 0 to 16777215",
        "TOKENIZER, id-negative, must be from 0 to 16777215",
        "TOKENIZER, library-strip-stop, strips characters from the end",
        "TOKENIZER, library-deep, nesting depth (65)",
        "TOKENIZER, library-number, a number that is too large",
        "TOKENIZER, library-surrogate, half a surrogate pair",
        "TOKENIZER, library-charsmap-cut, its trie has 0 bytes",
        "TOKENIZER, library-charsmap-long, its trie has 1771742824 bytes",
        "TOKENIZER, library-charsmap-null, is no text",
        "TOKENIZER, library-length-0, pieces of length 0",
        "TOKENIZER, library-regex, (a+)+",
        "TOKENIZER, library-regex-alternatives, (a|aa)+",
        "TOKENIZER, library-growth, 1000000000 times as long",
        "TOKENIZER, library-template-token, none of its special_tokens",
        "TOKENIZER, library-template-second, asks for a second",
        "TOKENIZER, library-templates, 2 templates",
        "TOKENIZER, library-id, the id 4294967295",
        "TOKENIZER, library-merge, continuing_subword_prefix",
        "TOKENIZER, library-list, neither an object nor null",
        "HUB, answer-utf-32, does not answer with JSON",
        "HUB, answer-utf-32-cut, does not answer with JSON",
        "RUN, config-null, options must be lines of",
        "RUN, warnings-null, has an entry that is null",
        "RUN, metrics-bytes, metrics.jsonl is not UTF-8 text",
    })
    void anAttackIsRefusedInItsOwnWords(FuzzTargets target, String name, String words) throws IOException {
        byte[] input = Files.readAllBytes(Path.of("src/test/resources/fuzz", target.folder(), name));

        assertThatThrownBy(() -> target.read(input, folder)).hasMessageContaining(words);
    }

    /** The bug: an array as long as the header says, before anybody asks whether the file is. */
    @Tag("long")
    @Test
    void aLengthThatIsNotCheckedIsFound() throws IOException, InterruptedException {
        FuzzTarget careless = (input, own) -> {
            if (input.length >= Long.BYTES) {
                byte[] header = new byte
                        [(int) ByteBuffer.wrap(input)
                                .order(ByteOrder.LITTLE_ENDIAN)
                                .getLong()];
                System.arraycopy(input, 8, header, 0, Math.min(header.length, input.length - 8));
            }
            FuzzTargets.SAFETENSORS.read(input, own);
        };
        List<byte[]> inputs = new ArrayList<>();
        for (Path file : inputs(FuzzTargets.SAFETENSORS)) {
            inputs.add(Files.readAllBytes(file));
        }
        FuzzInput reader = new FuzzInput(careless, folder, FuzzTargets.SAFETENSORS.allowance());
        assertThat(broken(reader, inputs))
                .anyMatch(problem -> problem.contains("NegativeArraySizeException"))
                .anyMatch(problem -> problem.contains("OutOfMemoryError"))
                .anyMatch(problem -> problem.contains("allocated"));
    }

    /** The inputs that break a promise, with what happened and where. */
    private static List<String> broken(FuzzInput reader, List<byte[]> inputs) throws IOException, InterruptedException {
        List<String> broken = new ArrayList<>();
        for (byte[] input : inputs) {
            try {
                reader.watched(input);
            } catch (FuzzInput.Broken problem) {
                broken.add(problem.getMessage() + " " + where(problem) + " at " + new String(input, ISO_8859_1));
            }
        }
        return broken;
    }

    /** The first of the project's own methods on the way. */
    private static String where(Throwable problem) {
        Throwable from = problem.getCause() == null ? problem : problem.getCause();
        return Stream.of(from.getStackTrace())
                .filter(each -> each.getClassName().startsWith("org.align4j.core"))
                .findFirst()
                .map(StackTraceElement::toString)
                .orElse("");
    }

    private static List<Path> inputs(FuzzTargets target) throws IOException {
        try (Stream<Path> files = Files.list(CORPUS.resolve(target.folder()))) {
            return files.sorted().toList();
        }
    }
}
