package org.align4j.core.text;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import org.align4j.core.fuzz.FuzzFiles;
import org.align4j.core.fuzz.FuzzTarget;
import org.align4j.core.generate.AnswerEnds;

/** Reads {@code tokenizer.json} and the files beside it, all that the program does before and beside the native library. */
public final class TokenizerFuzz implements FuzzTarget {
    private static final Set<String> NAMES = Set.of(
            "tokenizer_config.json",
            "special_tokens_map.json",
            "generation_config.json",
            "config.json",
            "chat_template.json");

    @Override
    public void read(byte[] input, Path folder) throws IOException {
        FuzzFiles.write(folder, input, NAMES);
        AnswerEnds.load(folder, () -> {
            throw new IllegalStateException("there is no tokenizer.json yet");
        });
        Path file =
                FuzzFiles.write(folder, "tokenizer.json", FuzzFiles.parts(input).getOrDefault("", new byte[0]));
        Vocabulary vocabulary = Vocabulary.read(file);
        new TokenBytes(vocabulary).of(0);
        new PrefixedTokens(vocabulary).among(new int[] {0, 1});
        vocabulary.addedAfterGaps();
        ControlTokenSearch search = new ControlTokenSearch(vocabulary.controlTokens());
        search.all("<s>Hello <|im_end|> there</s>");
        SpecialTokens special = new SpecialTokensReader(folder, vocabulary, id -> "<" + id + ">").read();
        ChatTemplate.load(folder, null, special);
    }
}
